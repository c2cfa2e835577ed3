#include "lexicell/base/atomic_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "lexicell/base/error.h"
#include "lexicell/base/hash.h"
#include "lexicell/base/parallel.h"

namespace lexicell {
namespace {

namespace fs = std::filesystem;

class AtomicFile : public testing::Test {
protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("lexicell_atomic_" + std::to_string(::getpid()));
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }
    std::string read(const fs::path& path) {
        std::ifstream file(path);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    std::size_t entries() { return std::distance(fs::directory_iterator(folder_), fs::directory_iterator()); }
    fs::path folder_;
};

TEST_F(AtomicFile, ReplacesTheTarget) {
    write_file_atomically(folder_ / "a", "old");
    write_file_atomically(folder_ / "a", "new");
    EXPECT_EQ(read(folder_ / "a"), "new");
    EXPECT_EQ(entries(), 1u);
}

TEST_F(AtomicFile, AFailureLeavesTheTargetAndNoTemporary) {
    write_file_atomically(folder_ / "a", "old");
    EXPECT_THROW(write_file_atomically(folder_ / "a", [](const fs::path&) { throw std::runtime_error("no"); }), std::runtime_error);
    EXPECT_EQ(read(folder_ / "a"), "old");
    EXPECT_EQ(entries(), 1u);
}

TEST_F(AtomicFile, AMissingFolderIsAWriteError) {
    try {
        write_file_atomically(folder_ / "none" / "a", "x");
        FAIL();
    } catch (const Error& e) {
        EXPECT_EQ(e.exit_code(), 8);
    }
}

TEST_F(AtomicFile, PublishesAFolderOnce) {
    fs::create_directories(folder_ / "part" / "deep");
    write_file_atomically(folder_ / "part" / "deep" / "f", "1");
    publish_folder(folder_ / "part", folder_ / "out", false);
    EXPECT_EQ(read(folder_ / "out" / "deep" / "f"), "1");
    fs::create_directories(folder_ / "part");
    EXPECT_THROW(publish_folder(folder_ / "part", folder_ / "out", false), Error);
    publish_folder(folder_ / "part", folder_ / "out", true);
    EXPECT_FALSE(fs::exists(folder_ / "out" / "deep"));
    EXPECT_FALSE(fs::exists(folder_ / "part"));
}

TEST_F(AtomicFile, WritesAFolderWholeOrNotAtAll) {
    const auto write = [](const fs::path& partial) { write_file_atomically(partial / "f", "1"); };
    write_folder_atomically(folder_ / "out/", false, write);
    EXPECT_EQ(read(folder_ / "out" / "f"), "1");
    EXPECT_THROW(write_folder_atomically(folder_ / "out", false, write), Error);
    EXPECT_THROW(write_folder_atomically(folder_ / "out", true, [](const fs::path& partial) {
        write_file_atomically(partial / "f", "2");
        throw std::runtime_error("no");
    }), std::runtime_error);
    EXPECT_EQ(read(folder_ / "out" / "f"), "1");
    EXPECT_EQ(entries(), 1u);
}

TEST_F(AtomicFile, SweepsOnlyTheTemporariesOfTheDead) {
    std::ofstream(folder_ / ".a.tmp.999999999.00000001") << "x";
    std::ofstream(folder_ / (".a.tmp." + std::to_string(::getpid()) + ".00000001")) << "x";
    std::ofstream(folder_ / ".hidden") << "x";
    fs::create_directories(folder_ / ".b.tmp.999999999.00000001" / "deep");
    sweep_temporaries(folder_);
    EXPECT_EQ(entries(), 2u);
}

TEST(Hash, KnownAnswer) {
    EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(ParallelFor, CoversEveryIndexAndRethrows) {
    std::vector<int> seen(1003);
    parallel_for(1003, 10, 4, [&](std::int64_t begin, std::int64_t end) {
        for (auto i = begin; i < end; ++i) ++seen[i];
    });
    EXPECT_EQ(seen, std::vector<int>(1003, 1));
    EXPECT_THROW(parallel_for(100, 1, 2, [](std::int64_t, std::int64_t) { throw std::runtime_error("x"); }), std::runtime_error);
}

}  // namespace
}  // namespace lexicell
