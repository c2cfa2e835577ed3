#include "lexicell/train/model_folder.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "lexicell/base/atomic_file.h"
#include "lexicell/base/error.h"
#include "lexicell/train/sealed_folder.h"

namespace lexicell {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr int format_version = 1;
constexpr const char* hash_list = "SHA256SUMS";
constexpr std::uintmax_t longest_text = 256u << 20;

bool plain_name(const std::string& name, std::initializer_list<std::string_view> endings) {
    const bool known = std::any_of(endings.begin(), endings.end(), [&](auto ending) { return name.ends_with(ending); });
    return known && name.front() != '.' && name.find('/') == std::string::npos && name != "config.json" && name != "model.safetensors";
}

json parse_config(const std::string& text, const fs::path& file) {
    const json config = json::parse(text, nullptr, false);
    if (!config.is_object() || !config.contains("model_type") || !config["model_type"].is_string())
        throw Error(ErrorKind::model, {.type = "config-malformed", .message = "this is not the configuration of a model", .file = file.string(),
                                       .key = "model_type", .expected = "a JSON object that names its model_type"});
    return config;
}

std::string yaml_text(const std::string& text) { return json(text).dump(-1, ' ', false, json::error_handler_t::replace); }

void yaml_list(std::string& yaml, const char* key, const std::vector<std::string>& values) {
    if (values.empty()) return;
    yaml += fmt::format("{}:\n", key);
    for (const auto& value : values) yaml += fmt::format("  - {}\n", yaml_text(value));
}

std::string read_text(const fs::path& path) {
    if (fs::file_size(path) > longest_text)
        throw Error(ErrorKind::model, {.type = "file-too-long", .message = "a text of a model folder is too long", .file = path.string(),
                                       .expected = fmt::format("at most {} bytes", longest_text)});
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::string model_card(const ModelCard& card) {
    std::string text = fmt::format("---\nlibrary_name: lexicell\nlicense: {}\n", yaml_text(card.license));
    if (!card.base_model.empty()) text += fmt::format("base_model: {}\n", yaml_text(card.base_model));
    yaml_list(text, "tags", card.tags);
    yaml_list(text, "datasets", card.datasets);
    text += fmt::format("---\n\n# {}\n\n{}\n", card.name, card.description);
    if (!card.facts.empty()) text += "\n| | |\n|---|---|\n";
    for (const auto& [name, value] : card.facts) text += fmt::format("| {} | {} |\n", name, value);
    return text;
}

void write_model_folder(const ModelFolder& model, const fs::path& path, bool overwrite) {
    if (!overwrite && fs::exists(path))
        throw Error(ErrorKind::usage, {.type = "output-exists", .message = "the output already exists", .file = path.string(),
                                       .hint = "choose another -o or add --overwrite"});
    json config = parse_config(model.config, path / "config.json");
    config["format_version"] = format_version;
    const fs::path target = fs::absolute(path).lexically_normal();
    const fs::path partial = target.parent_path() / fmt::format(".{}.partial.{}", target.filename().string(), ::getpid());
    std::error_code failed;
    fs::remove_all(partial, failed);
    try {
        fs::create_directories(partial);
        write_file_atomically(partial / "config.json", config.dump(2) + "\n");
        write_file_atomically(partial / "README.md", model.card);
        write_safetensors(model.model, partial / "model.safetensors");
        for (const auto& [name, file] : model.arrays) {
            LEXICELL_ASSERT(plain_name(name, {".safetensors"}), "a further array file is named *.safetensors");
            write_safetensors(file, partial / name);
        }
        for (const auto& [name, text] : model.texts) {
            LEXICELL_ASSERT(plain_name(name, {".json", ".txt"}), "a further text is named *.json or *.txt");
            write_file_atomically(partial / name, text);
        }
        seal_folder(partial, hash_list);
        publish_folder(partial, target, overwrite);
    } catch (const fs::filesystem_error& e) {
        fs::remove_all(partial, failed);
        throw Error(ErrorKind::write, {.type = "write-failed", .message = "cannot write the model: " + e.code().message(),
                                       .file = path.string(), .hint = "check the disk and its permissions"});
    } catch (...) {
        fs::remove_all(partial, failed);
        throw;
    }
}

ModelFolder read_model_folder(const fs::path& path) {
    verify_sealed_folder(path, hash_list);
    for (const char* needed : {"config.json", "model.safetensors"})
        if (!fs::exists(path / needed))
            throw Error(ErrorKind::model, {.type = "file-missing", .message = "the model folder is incomplete", .file = (path / needed).string()});
    ModelFolder model;
    model.config = read_text(path / "config.json");
    const json config = parse_config(model.config, path / "config.json");
    if (!config.contains("format_version") || config["format_version"] != format_version)
        throw Error(ErrorKind::model, {.type = "model-format-version", .message = "this program cannot read that version of a model folder",
                                       .file = (path / "config.json").string(), .key = "format_version",
                                       .found = config.contains("format_version") ? config["format_version"].dump() : "none",
                                       .expected = std::to_string(format_version)});
    model.model = read_safetensors(path / "model.safetensors");
    for (const auto& entry : fs::directory_iterator(path)) {
        const std::string name = entry.path().filename().string();
        if (plain_name(name, {".safetensors"})) model.arrays[name] = read_safetensors(entry.path());
        else if (plain_name(name, {".json", ".txt"})) model.texts[name] = read_text(entry.path());
        else if (name == "README.md") model.card = read_text(entry.path());
    }
    return model;
}

}  // namespace lexicell
