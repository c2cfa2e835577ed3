#include "lexicell/tasks/placement_folder.h"

#include <cmath>

#include <nlohmann/json.hpp>

#include "lexicell/base/error.h"
#include "lexicell/models/baseline/expression_classifier.h"
#include "lexicell/models/baseline/harmony_encoder.h"
#include "lexicell/tasks/version.h"

namespace lexicell {

using nlohmann::json;

namespace {

constexpr const char* kGenesFile = "genes.json";

[[noreturn]] void misfit(const std::filesystem::path& folder, const std::string& file, std::string message) {
    throw Error(ErrorKind::model, {.type = "model-malformed", .message = std::move(message), .file = (folder / file).string(),
                                   .hint = "make the reference again, or copy the whole folder anew"});
}

double positive(const json& config, const char* key, const std::filesystem::path& path) {
    const double value = config.at(key).get<double>();
    if (!(value > 0) || !std::isfinite(value)) misfit(path, "config.json", std::string(key) + " is not a positive number");
    return value;
}

}  // namespace

std::optional<ModelFolder> to_folder(const PlacedCells& placed, const LoadedCells& cells, const std::string& batch, const ModelCard& card) {
    if (!placed.encoder) return std::nullopt;
    ModelFolder folder;
    json config = {{"model_type", placed.harmony ? "harmony" : "pca"}, {"lexicell_version", version()}, {"species", cells.species},
                   {"values", placed.encoder->reads_counts() ? "counts" : "log_normalised"}, {"target_sum", kTargetSum}};
    if (placed.harmony) {
        const HarmonyEncoder encoder(*placed.encoder, placed.harmony->reference, batch);
        config["batch"] = batch;
        config["sigma"] = encoder.reference().sigma;
        config["lambda"] = encoder.reference().lambda;
        folder.model = encoder.tensors();
    } else {
        folder.model = placed.encoder->tensors();
    }
    folder.config = config.dump(2);
    folder.texts[kGenesFile] = json{{"genes", placed.encoder->encoder_genes()}}.dump(0);
    folder.card = model_card(card);
    return folder;
}

LoadedModel read_placement(const ModelFolder& folder, const std::filesystem::path& path) {
    if (!folder.texts.contains(kGenesFile)) misfit(path, kGenesFile, "the model folder lacks this file");
    try {
        const json config = json::parse(folder.config);
        LoadedModel out{.type = config.at("model_type").get<std::string>(), .species = config.at("species").get<std::string>()};
        if (config.at("values") == "log_normalised") out.reads = ValueScale::log_normalised;
        const std::optional<double> target_sum = out.reads == ValueScale::counts ? std::optional(positive(config, "target_sum", path)) : std::nullopt;
        const TensorReader tensors(folder.model);
        PcaEncoder components = PcaEncoder::load(tensors, json::parse(folder.texts.at(kGenesFile)).at("genes").get<std::vector<std::string>>(), target_sum);
        if (out.type == "harmony") {
            const auto encoder = std::make_shared<const HarmonyEncoder>(HarmonyEncoder::load(
                tensors, std::move(components), config.at("batch").get<std::string>(), positive(config, "sigma", path), positive(config, "lambda", path)));
            out.cells = encoder.get();
            out.owner = encoder;
        } else {
            const auto encoder = std::make_shared<const PcaEncoder>(std::move(components));
            out.cells = encoder.get();
            out.owner = encoder;
        }
        return out;
    } catch (const json::exception& e) {
        misfit(path, "config.json", std::string("the model's description is damaged: ") + e.what());
    }
}

}  // namespace lexicell
