#include "lexicell/train/model_folder.h"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>

#include "lexicell/base/error.h"
#include "tests/train/temporary_folder.h"

namespace lexicell {
namespace {

namespace fs = std::filesystem;

ModelFolder small_model() {
    const float values[] = {1, 2, 3};
    ModelFolder model{.config = R"({"model_type": "scilama", "latent": 20})"};
    model.model.tensors["w"] = HostTensor::of(std::span(values), {3});
    model.arrays["featurizer.safetensors"].tensors["mean"] = HostTensor::of(std::span(values), {3, 1});
    model.texts["featurizer.json"] = "{}\n";
    model.texts["genes.txt"] = "A\nB\nC\n";
    model.card = model_card({.name = "pbmc", .description = "A model.", .license = "mit", .tags = {"single-cell", "a \"tag\""},
                             .datasets = {"pbmc3k"}, .facts = {{"cells", "2,700"}}});
    return model;
}

TEST(ModelFolder, ReadsBackWhatWasWritten) {
    const TemporaryFolder folder;
    write_model_folder(small_model(), folder / "model", false);
    const ModelFolder read = read_model_folder(folder / "model");
    EXPECT_EQ(read.model.tensors.at("w").to_float(), (std::vector<float>{1, 2, 3}));
    EXPECT_EQ(read.arrays.at("featurizer.safetensors").tensors.at("mean").shape, (std::vector<std::int64_t>{3, 1}));
    EXPECT_EQ(read.texts, small_model().texts);
    EXPECT_EQ(read.card, small_model().card);
    EXPECT_NE(read.config.find("\"latent\": 20"), std::string::npos);
    EXPECT_NE(read.config.find("\"format_version\": 1"), std::string::npos);
    EXPECT_TRUE(read.card.starts_with("---\nlibrary_name: lexicell\nlicense: \"mit\"\n"));
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
}

TEST(ModelFolder, AModelThatWasReadCanBeWrittenAgain) {
    const TemporaryFolder folder;
    write_model_folder(small_model(), folder / "a", false);
    const ModelFolder read = read_model_folder(folder / "a");
    write_model_folder(read, folder / "b", false);
    EXPECT_EQ(read_model_folder(folder / "b").config, read.config);
}

TEST(ModelFolder, OverwritesOnlyWhenAsked) {
    const TemporaryFolder folder;
    write_model_folder(small_model(), folder / "model", false);
    try {
        write_model_folder(small_model(), folder / "model", false);
        FAIL();
    } catch (const Error& e) {
        EXPECT_EQ(e.exit_code(), 2);
    }
    ModelFolder other = small_model();
    other.texts.erase("genes.txt");
    write_model_folder(other, folder / "model", true);
    EXPECT_EQ(read_model_folder(folder / "model").texts.size(), 1u);
}

TEST(ModelFolder, AnythingThatWasChangedIsRefused) {
    const auto append = [](const fs::path& file) { std::ofstream(file, std::ios::app) << " "; };
    const std::vector<std::pair<const char*, std::function<void(const fs::path&)>>> changes = {
        {"weights", [&](const fs::path& f) { append(f / "model.safetensors"); }},
        {"config", [&](const fs::path& f) { append(f / "config.json"); }},
        {"featurizer", [&](const fs::path& f) { append(f / "featurizer.json"); }},
        {"a file removed", [&](const fs::path& f) { fs::remove(f / "genes.txt"); }},
        {"a file added", [&](const fs::path& f) { append(f / "more.json"); }},
        {"a link", [&](const fs::path& f) {
             fs::rename(f / "genes.txt", f.parent_path() / "outside.txt");
             fs::create_symlink(f.parent_path() / "outside.txt", f / "genes.txt");
         }},
        {"no hashes", [&](const fs::path& f) { fs::remove(f / "SHA256SUMS"); }},
        {"hashes that are none", [&](const fs::path& f) { std::ofstream(f / "SHA256SUMS") << "hello\n"; }},
        {"a path in the list", [&](const fs::path& f) { std::ofstream(f / "SHA256SUMS") << std::string(64, 'a') << "  ../config.json\n"; }},
        {"not a folder", [&](const fs::path& f) { fs::remove_all(f); }},
    };
    for (const auto& [name, change] : changes) {
        SCOPED_TRACE(name);
        const TemporaryFolder folder;
        write_model_folder(small_model(), folder / "model", false);
        change(folder / "model");
        try {
            read_model_folder(folder / "model");
            FAIL();
        } catch (const Error& e) {
            EXPECT_EQ(e.exit_code(), 5);
            EXPECT_FALSE(e.detail().file.empty());
        }
    }
}

TEST(ModelFolder, AConfigThatNamesNoModelIsRefusedBeforeAnythingIsWritten) {
    const TemporaryFolder folder;
    ModelFolder model = small_model();
    for (const char* config : {"", "[]", "{}", R"({"model_type": 3})"}) {
        model.config = config;
        EXPECT_THROW(write_model_folder(model, folder / "model", false), Error);
        EXPECT_TRUE(fs::is_empty(folder.path()));
    }
}

}  // namespace
}  // namespace lexicell
