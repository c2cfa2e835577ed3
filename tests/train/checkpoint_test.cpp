#include "lexicell/train/checkpoint.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "lexicell/base/error.h"
#include "tests/train/temporary_folder.h"

namespace lexicell {
namespace {

namespace fs = std::filesystem;

Checkpoint at_step(std::uint64_t step) {
    const float values[] = {1.5f, static_cast<float>(step)};
    Checkpoint checkpoint{.step = step, .sampler = "{}", .trainer = "{\"step\": " + std::to_string(step) + "}"};
    checkpoint.model.tensors["w"] = HostTensor::of(std::span(values), {2});
    checkpoint.optimizer.tensors["m.w"] = HostTensor::of(std::span(values), {2});
    return checkpoint;
}

std::size_t checkpoints(const fs::path& folder) {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(folder)) count += entry.is_directory();
    return count;
}

TEST(CheckpointStore, ReturnsWhatWasSavedAndKeepsTheNewest) {
    const TemporaryFolder folder;
    CheckpointStore store(folder / "run");
    EXPECT_FALSE(store.newest(silence()).has_value());
    for (const std::uint64_t step : {9, 10, 100}) store.save(at_step(step));
    const auto newest = store.newest(silence());
    ASSERT_TRUE(newest);
    EXPECT_EQ(newest->step, 100u);
    EXPECT_EQ(newest->model.tensors.at("w").to_float(), (std::vector<float>{1.5f, 100}));
    EXPECT_EQ(newest->trainer, at_step(100).trainer);
    EXPECT_FALSE(newest->best);
    EXPECT_EQ(checkpoints(folder / "run"), 2u);
    std::ifstream latest(folder / "run" / "latest");
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(latest), {}), "checkpoint-100\n");
    EXPECT_TRUE(fs::exists(folder / "run" / "checkpoint-100" / "COMPLETE"));
}

TEST(CheckpointStore, ASecondSaveOfAStepReplacesIt) {
    const TemporaryFolder folder;
    CheckpointStore store(folder / "run");
    store.save(at_step(5));
    Checkpoint changed = at_step(5);
    changed.best = changed.model;
    store.save(changed);
    EXPECT_EQ(checkpoints(folder / "run"), 1u);
    EXPECT_TRUE(store.newest(silence())->best.has_value());
}

// Every way in which the newest checkpoint can be damaged leads to the one before it.
TEST(CheckpointStore, ADamagedCheckpointIsPassedOver) {
    const auto damages = std::vector<std::pair<const char*, void (*)(const fs::path&)>>{
        {"a flipped byte", [](const fs::path& c) {
             std::fstream file(c / "model.safetensors", std::ios::in | std::ios::out | std::ios::binary);
             file.seekp(-1, std::ios::end);
             file.put('\x7f');
         }},
        {"a shortened file", [](const fs::path& c) { fs::resize_file(c / "optimizer.safetensors", fs::file_size(c / "optimizer.safetensors") - 1); }},
        {"a missing file", [](const fs::path& c) { fs::remove(c / "trainer_state.json"); }},
        {"no COMPLETE", [](const fs::path& c) { fs::remove(c / "COMPLETE"); }},
        {"an empty COMPLETE", [](const fs::path& c) { fs::resize_file(c / "COMPLETE", 0); }},
        {"a file that is not listed", [](const fs::path& c) { std::ofstream(c / "extra") << "x"; }},
        {"an empty folder", [](const fs::path& c) { for (const auto& e : fs::directory_iterator(c)) fs::remove(e.path()); }},
    };
    for (const auto& [name, damage] : damages) {
        SCOPED_TRACE(name);
        const TemporaryFolder folder;
        CheckpointStore store(folder / "run");
        store.save(at_step(1));
        store.save(at_step(2));
        damage(folder / "run" / "checkpoint-2");
        RecordingSink sink;
        const auto newest = store.newest(sink);
        ASSERT_TRUE(newest);
        EXPECT_EQ(newest->step, 1u);
        ASSERT_EQ(sink.warnings.size(), 1u);
        EXPECT_EQ(sink.warnings[0].name, "damaged-checkpoint");
        damage(folder / "run" / "checkpoint-1");
        try {
            store.newest(silence());
            FAIL();
        } catch (const Error& e) {
            EXPECT_EQ(e.exit_code(), 5);
            EXPECT_EQ(e.detail().type, "no-usable-checkpoint");
        }
    }
}

TEST(CheckpointStore, RemovesWhatAKilledRunLeftUnfinished) {
    const TemporaryFolder folder;
    fs::create_directories(folder / "run/.checkpoint-7.partial");
    std::ofstream(folder / "run/.checkpoint-7.partial/model.safetensors") << "half";
    CheckpointStore store(folder / "run");
    EXPECT_FALSE(fs::exists(folder / "run/.checkpoint-7.partial"));
    EXPECT_FALSE(store.newest(silence()).has_value());
}

TEST(CheckpointStore, AFolderThatCannotBeWrittenIsAWriteError) {
    const TemporaryFolder folder;
    std::ofstream(folder / "file") << "x";
    try {
        CheckpointStore store(folder / "file");
        store.save(at_step(1));
        FAIL();
    } catch (const Error& e) {
        EXPECT_EQ(e.exit_code(), 8);
    }
}

}  // namespace
}  // namespace lexicell
