#include "lexicell/tasks/run_folder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <optional>

#include "lexicell/base/error.h"

namespace lexicell {
namespace {

namespace fs = std::filesystem;

class RunFolderTest : public testing::Test {
protected:
    void SetUp() override { fs::create_directories(folder_); }
    void TearDown() override { fs::remove_all(folder_); }
    fs::path folder_ = fs::temp_directory_path() / ("lexicell_run_folder_" + std::to_string(::getpid()));
};

TEST_F(RunFolderTest, TheTargetAppearsWhole) {
    RunFolder run(folder_ / "out", false, Resume::never, "a", silence());
    std::ofstream(run.partial() / "report.html") << "x";
    EXPECT_FALSE(fs::exists(folder_ / "out"));
    run.publish();
    EXPECT_TRUE(fs::exists(folder_ / "out" / "report.html"));
    EXPECT_FALSE(fs::exists(folder_ / "out" / ".lock"));
    EXPECT_FALSE(fs::exists(folder_ / ".out.partial"));
    EXPECT_THROW(RunFolder(folder_ / "out", false, Resume::never, "a", silence()), Error);
}

TEST_F(RunFolderTest, ResumesOnlyTheSameRun) {
    const auto interrupted = [&](Resume resume, const std::string& identity) {
        RunFolder run(folder_ / "out/", false, resume, identity, silence());
        const bool kept = fs::exists(run.partial() / "checkpoint");
        std::ofstream(run.partial() / "checkpoint") << "x";
        EXPECT_EQ(run.resumed(), kept);
        return kept;
    };
    EXPECT_FALSE(interrupted(Resume::automatic, "a"));
    EXPECT_TRUE(interrupted(Resume::automatic, "a"));
    EXPECT_FALSE(interrupted(Resume::automatic, "b"));
    EXPECT_FALSE(interrupted(Resume::never, "b"));
}

TEST_F(RunFolderTest, OneProcessAtATime) {
    RunFolder run(folder_ / "out", false, Resume::never, "a", silence());
    try {
        RunFolder second(folder_ / "out", false, Resume::automatic, "a", silence());
        FAIL();
    } catch (const Error& e) {
        EXPECT_EQ(e.exit_code(), 2);
    }
}

}  // namespace
}  // namespace lexicell
