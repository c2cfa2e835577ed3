#pragma once
// A trained model on disk (formats.md 8.1): config.json, model.safetensors, the featurizer's state, vocabularies, a card,
// and SHA256SUMS over all of them. Embeddings made from the folder alone equal those at training time.

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "lexicell/io/safetensors.h"

namespace lexicell {

struct ModelFolder {
    std::string config;     // a JSON object with at least "model_type"; "format_version" is added when written
    SafetensorsFile model;  // the weights
    std::map<std::string, SafetensorsFile> arrays;  // further *.safetensors, e.g. "featurizer.safetensors"
    std::map<std::string, std::string> texts;       // further *.json and *.txt, e.g. "featurizer.json", "genes.txt"
    std::string card;       // README.md, see model_card
};

// What a reader of the model should know; becomes README.md with a YAML head (Hugging Face style).
struct ModelCard {
    std::string name;
    std::string description;             // a paragraph: what it was trained on, what it is for, where it fails
    std::string license = "other";
    std::string base_model;              // "" when trained from scratch
    std::vector<std::string> tags;
    std::vector<std::string> datasets;   // names, not paths
    std::vector<std::pair<std::string, std::string>> facts;  // rows of a table, e.g. {"cells", "2,430"}
};

std::string model_card(const ModelCard& card);

// Builds the folder beside `path` and makes it appear whole. Error(usage, "output-exists") when it exists and may not be
// overwritten; Error(write) otherwise.
void write_model_folder(const ModelFolder& model, const std::filesystem::path& path, bool overwrite);

// Error(model) when a file is missing, extra, changed or malformed, or the format is newer than this program.
ModelFolder read_model_folder(const std::filesystem::path& path);

}  // namespace lexicell
