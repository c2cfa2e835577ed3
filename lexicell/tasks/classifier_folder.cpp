#include "lexicell/tasks/classifier_folder.h"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "lexicell/base/error.h"
#include "lexicell/tasks/version.h"

namespace lexicell {

using nlohmann::json;

namespace {

constexpr const char* kModelType = "expression_classifier";
constexpr const char* kNamesFile = "names.json";

[[noreturn]] void misfit(const std::filesystem::path& folder, const std::string& file, std::string message) {
    throw Error(ErrorKind::model, {.type = "model-malformed", .message = std::move(message), .file = (folder / file).string(),
                                   .hint = "train the classifier again, or copy the whole folder anew"});
}

}  // namespace

ModelFolder to_folder(const CalibratedClassifier& model, const ModelCard& card) {
    ModelFolder folder;
    // log_normalised: log1p of counts scaled to 1e4 over all genes of the file.
    folder.config = json{{"model_type", kModelType}, {"kind", std::string(model.classifier->kind())}, {"lexicell_version", version()},
                         {"values", "log_normalised"}, {"target_sum", kTargetSum}, {"temperature", model.temperature}, {"threshold", model.threshold}}.dump(2);
    folder.model = model.classifier->tensors();
    folder.texts[kNamesFile] = json{{"genes", model.classifier->classifier_genes()}, {"classes", model.classifier->classes()}}.dump(0);
    folder.card = model_card(card);
    return folder;
}

CalibratedClassifier read_classifier(const std::filesystem::path& path) {
    const ModelFolder folder = read_model_folder(path);
    const json config = json::parse(folder.config, nullptr, false);
    if (config.value("model_type", "") != kModelType) misfit(path, "config.json", "this is not a classifier of cells");
    if (!folder.texts.contains(kNamesFile)) misfit(path, kNamesFile, "the model folder lacks this file");
    try {
        const json names = json::parse(folder.texts.at(kNamesFile));
        CalibratedClassifier model;
        model.temperature = config.at("temperature").get<double>();
        model.threshold = config.at("threshold").get<double>();
        if (!(model.temperature > 0) || !std::isfinite(model.temperature)) misfit(path, "config.json", "the temperature is not a positive number");
        model.classifier = load_classifier(config.at("kind").get<std::string>(), folder.model, names.at("genes").get<std::vector<std::string>>(),
                                           names.at("classes").get<std::vector<std::string>>());
        return model;
    } catch (const json::exception& e) {
        misfit(path, "config.json", fmt::format("the model's description is damaged: {}", e.what()));
    }
}

}  // namespace lexicell
