#include "lexicell/models/vae/scilama_config.h"

#include <gtest/gtest.h>

#include "lexicell/models/vae/resolve_auto.h"

namespace lexicell {
namespace {

ErrorDetail refusal(const std::string& json, ErrorKind kind = ErrorKind::usage) {
    try {
        parse_scilama_config(json, kind, "config.json");
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), kind);
        EXPECT_EQ(error.detail().file, "config.json");
        return error.detail();
    }
    ADD_FAILURE() << "accepted " << json;
    return {};
}

TEST(ScilamaConfig, RoundTripsThroughJson) {
    for (const std::string preset : {"recommended", "exact"}) {
        const ScilamaConfig config = scilama_preset(preset);
        EXPECT_EQ(parse_scilama_config(to_json(config)), config) << preset;
    }
    ScilamaConfig other = scilama_preset("recommended");
    other.genes.reset();
    other.gradient_clip.reset();
    other.hidden = {7};
    other.encoder = ScilamaConfig::Encoder::panel_free;
    other.learning_rate = 3e-4;
    other.seed = 18446744073709551615ull;
    EXPECT_EQ(parse_scilama_config(to_json(other)), other);
}

TEST(ScilamaConfig, ReadsPresetsAndOverrides) {
    EXPECT_EQ(parse_scilama_config("{}"), ScilamaConfig());
    const ScilamaConfig exact = parse_scilama_config(R"({"preset": "exact", "latent": 40, "genes": 3000, "mode": "stepwise"})");
    EXPECT_EQ(exact.hidden, (std::vector<std::int64_t>{900, 400}));
    EXPECT_EQ(exact.latent, 40);
    EXPECT_EQ(exact.genes, 3000);
    EXPECT_EQ(exact.mode, ScilamaConfig::Mode::stepwise);
    EXPECT_EQ(exact.dot_scale, ScilamaConfig::DotScale::none);
}

TEST(ScilamaConfig, RefusalsNameKeyFoundAndExpected) {
    EXPECT_EQ(refusal(R"({"latnet": 3})").key, "latnet");
    EXPECT_EQ(refusal(R"({"latent": 0})").found, "0");
    EXPECT_EQ(refusal(R"({"latent": "ten"})").expected, "an integer of at least 1");
    EXPECT_EQ(refusal(R"({"latent": 2.5})").key, "latent");
    EXPECT_EQ(refusal(R"({"dropout": 1.0})").key, "dropout");
    EXPECT_EQ(refusal(R"({"activation": "Leaky"})").found, "Leaky");
    EXPECT_EQ(refusal(R"({"fusion": "MoE"})").expected, "one of average, poe, moe, moe_stratified");
    EXPECT_EQ(refusal(R"({"hidden": []})").key, "hidden");
    EXPECT_EQ(refusal(R"({"hidden": [256, -1]})").key, "hidden");
    EXPECT_EQ(refusal(R"({"preset": "fast"})").key, "preset");
    EXPECT_EQ(refusal(R"({"genes": "some"})").key, "genes");
    EXPECT_EQ(refusal(R"({"mode": 3})").key, "mode");
    EXPECT_EQ(refusal(R"({"joint": 1})").expected, "true or false");
    EXPECT_EQ(refusal(R"({"likelihood": "nb", "input": "scaled"})").type, "config-conflict");
    EXPECT_EQ(refusal("[1]", ErrorKind::model).found, "array");
    EXPECT_EQ(refusal("{", ErrorKind::model).type, "bad-config");
}

TEST(ScilamaConfig, ResolvesAutomaticChoices) {
    const ScilamaConfig counts = resolve_auto(ScilamaConfig(), {.counts = true, .vector_share = 0.9, .panel_free_cost = 0.005});
    EXPECT_EQ(counts.likelihood, "nb");
    EXPECT_EQ(counts.input, ScilamaConfig::Input::counts);
    EXPECT_EQ(counts.encoder, ScilamaConfig::Encoder::panel_free);
    const ScilamaConfig logs = resolve_auto(ScilamaConfig(), {.counts = false, .vector_share = 0.9});
    EXPECT_EQ(logs.likelihood, "gaussian");
    EXPECT_EQ(logs.input, ScilamaConfig::Input::lognorm);
    EXPECT_EQ(logs.encoder, ScilamaConfig::Encoder::columns) << "its cost was not measured";
    EXPECT_EQ(resolve_auto(ScilamaConfig(), {.vector_share = 0.5, .panel_free_cost = 0}).encoder, ScilamaConfig::Encoder::columns);
}

}  // namespace
}  // namespace lexicell
