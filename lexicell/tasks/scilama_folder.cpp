#include "lexicell/tasks/scilama_folder.h"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "lexicell/base/error.h"
#include "lexicell/report/table.h"
#include "lexicell/tasks/version.h"

namespace lexicell {

using nlohmann::json;

namespace {

constexpr const char* kGenesFile = "genes.json";
constexpr const char* kFeaturizerFile = "featurizer.json";
constexpr const char* kFeaturizerArrays = "featurizer.safetensors";
constexpr const char* kScaleFile = "scale.safetensors";

[[noreturn]] void misfit(const std::filesystem::path& folder, const std::string& file, const std::string& message) {
    throw Error(ErrorKind::model, {.type = "model-malformed", .message = message, .file = (folder / file).string(),
                                   .hint = "train the model again, or copy the whole folder anew"});
}

HostTensor to_host(const HostArray& array) {
    return std::visit([&](const auto& values) { return HostTensor::of(std::span(values), array.shape); }, array.values);
}

HostArray to_array(const HostTensor& tensor) {
    if (tensor.dtype == "F32") return {tensor.shape, tensor.to_float()};
    if (tensor.dtype == "F64") return {tensor.shape, tensor.to_double()};
    return {tensor.shape, tensor.to_int64()};
}

}  // namespace

ModelCard model_card_of(const LoadedCells& cells, const ScilamaModel& model, const RunOptions& options) {
    const std::string file = options.input.filename().string();
    return {.name = "sciLaMA of " + file,
            .description = "Representations of single cells and of genes, trained by lexicell on one data set. It places cells of the same kind of tissue; "
                           "cells far from the training data get a position too, without a warning.",
            .tags = {"single-cell", "scilama"},
            .datasets = {file},
            .facts = {{"cells", format_count(cells.values.rows)},
                      {"genes", format_count(static_cast<std::int64_t>(model.genes.size()))},
                      {"likelihood", model.trained->network().config().likelihood}}};
}

ModelFolder to_folder(const ScilamaModel& model, const ModelCard& card) {
    ModelFolder folder;
    json sources = json::array();
    SafetensorsFile scale;
    for (std::size_t s = 0; s < model.vectors.sources.size(); ++s) {
        sources.push_back({{"name", model.vectors.sources[s]}, {"sha256", model.vectors.hashes[s]}, {"width", model.vectors.tables[s].cols},
                           {"unit", model.vectors.scales[s].unit}});
        const std::vector<float>& mean = model.vectors.scales[s].mean;
        if (!mean.empty())
            scale.tensors[fmt::format("vector_mean.{}", s)] = HostTensor::of(std::span(mean), {static_cast<std::int64_t>(mean.size())});
    }
    folder.config = json{{"model_type", "scilama"},
                         {"architectures", {"Scilama"}},
                         {"lexicell_version", version()},
                         {"species", model.species},
                         {"sources", sources},
                         {"scilama", json::parse(to_json(model.trained->network().config()))}}.dump(2);
    folder.model.tensors = model.trained->network().to_tensors();
    folder.texts[kGenesFile] = json{{"genes", model.genes}, {"text_ids", model.text_ids}, {"tied", model.tied}}.dump(0);
    const FeaturizerState state = model.trained->featurizer().state();
    folder.texts[kFeaturizerFile] = state.json;
    SafetensorsFile arrays;
    for (const auto& [name, array] : state.arrays) arrays.tensors[name] = to_host(array);
    if (!arrays.tensors.empty()) folder.arrays[kFeaturizerArrays] = std::move(arrays);
    if (!scale.tensors.empty()) folder.arrays[kScaleFile] = std::move(scale);
    folder.card = model_card(card);
    return folder;
}

ScilamaModel read_scilama(const std::filesystem::path& path) {
    const ModelFolder folder = read_model_folder(path);
    const json config = json::parse(folder.config, nullptr, false);
    if (config.value("model_type", "") != "scilama") misfit(path, "config.json", "this is not a sciLaMA model");
    for (const char* needed : {kGenesFile, kFeaturizerFile})
        if (!folder.texts.contains(needed)) misfit(path, needed, "the model folder lacks this file");

    ScilamaModel model;
    try {
        const json genes = json::parse(folder.texts.at(kGenesFile));
        model.genes = genes.at("genes").get<std::vector<std::string>>();
        model.text_ids = genes.at("text_ids").get<std::vector<std::string>>();
        model.tied = genes.at("tied").get<std::vector<bool>>();
        model.species = config.at("species").get<std::string>();
        FeaturizerState state{.json = folder.texts.at(kFeaturizerFile)};
        if (const auto arrays = folder.arrays.find(kFeaturizerArrays); arrays != folder.arrays.end())
            for (const auto& [name, tensor] : arrays->second.tensors) state.arrays.emplace(name, to_array(tensor));
        std::unique_ptr<Featurizer> featurizer = load_featurizer(state);
        const ScilamaConfig settings = parse_scilama_config(config.at("scilama").dump(), ErrorKind::model, (path / "config.json").string());
        if (model.text_ids.size() != model.genes.size() || model.tied.size() != model.genes.size())
            misfit(path, kGenesFile, "the lists of genes differ in length");

        std::vector<std::int64_t> tied;
        for (std::size_t g = 0; g < model.tied.size(); ++g)
            if (model.tied[g]) tied.push_back(static_cast<std::int64_t>(g));
        const auto rows = static_cast<std::int64_t>(tied.size());
        ScilamaGenes blank;
        blank.keys = torch::zeros({static_cast<std::int64_t>(model.genes.size())}, torch::kInt64);
        blank.tied = torch::tensor(tied, torch::kInt64);
        const json& sources = config.at("sources");
        for (std::size_t s = 0; s < sources.size(); ++s) {
            const auto width = sources[s].at("width").get<std::int64_t>();
            if (width <= 0 || width > 1'000'000) misfit(path, "config.json", "a vector source has an impossible width");
            blank.vectors.push_back(torch::zeros({rows, width}));
            model.vectors.sources.push_back(sources[s].at("name").get<std::string>());
            model.vectors.hashes.push_back(sources[s].at("sha256").get<std::string>());
            VectorScale scale{.unit = sources[s].at("unit").get<bool>()};
            if (const auto arrays = folder.arrays.find(kScaleFile); arrays != folder.arrays.end())
                if (const auto mean = arrays->second.tensors.find(fmt::format("vector_mean.{}", s)); mean != arrays->second.tensors.end())
                    scale.mean = mean->second.to_float();
            model.vectors.scales.push_back(std::move(scale));
        }
        if (sources.size() > 1) blank.present = torch::zeros({rows, static_cast<std::int64_t>(sources.size())});
        auto network = std::make_unique<Scilama>(settings, std::move(blank), featurizer->covariates() ? featurizer->covariates()->width() : 0);
        network->from_tensors(folder.model.tensors);
        model.trained = std::make_unique<TrainedScilama>(std::move(network), std::move(featurizer));
    } catch (const json::exception& e) {
        misfit(path, "config.json", fmt::format("the model's description is damaged: {}", e.what()));
    }
    return model;
}

}  // namespace lexicell
