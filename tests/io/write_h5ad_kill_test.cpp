// A writer that is killed leaves the whole old file or the whole new one (formats.md 7, users.md T5). LEXICELL_KILLS says
// how often; the default is the short form.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include <fmt/format.h>

#include "lexicell/base/atomic_file.h"
#include "lexicell/base/random.h"
#include "lexicell/io/read_h5ad.h"
#include "lexicell/io/write_h5ad.h"
#include "tests/support/scratch_folder.h"

namespace lexicell {
namespace {

using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::microseconds;

Dataset example(std::int64_t cells, std::uint64_t seed) {
    RandomStream random(random_key(seed, 0));
    Dataset data;
    for (std::int64_t i = 0; i < cells; ++i) data.obs.index.push_back(fmt::format("cell{}", i));
    for (std::int64_t i = 0; i < 300; ++i) data.var.index.push_back(fmt::format("gene{}", i));
    DenseMatrix x(cells, 300);
    for (float& value : x.values) value = static_cast<float>(random.below(20));
    data.x = std::move(x);
    return data;
}

TEST(WriteH5adKilled, LeavesTheOldFileOrTheNewOne) {
    const char* wanted = std::getenv("LEXICELL_KILLS");
    const int kills = wanted ? std::atoi(wanted) : 10;
    const testing_support::ScratchFolder folder;
    const std::filesystem::path target = folder / "a.h5ad";
    const Dataset before = example(900, 1), after = example(1000, 2);
    write_h5ad(after, {}, target);
    const std::string fresh = testing_support::read_bytes(target);
    const auto begin = Clock::now();
    write_h5ad(before, {}, target);
    const auto whole = std::chrono::duration_cast<Microseconds>(Clock::now() - begin).count();
    const std::string old = testing_support::read_bytes(target);
    ASSERT_NE(old, fresh);

    RandomStream random(random_key(3, 0));
    int kept = 0, replaced = 0, halves = 0;
    for (int kill = 0; kill < kills; ++kill) {
        folder.write("a.h5ad", old);
        const pid_t writer = ::fork();
        ASSERT_GE(writer, 0);
        if (writer == 0) {
            write_h5ad(after, {}, target);
            ::_exit(0);
        }
        std::this_thread::sleep_for(Microseconds(random.below(static_cast<std::uint64_t>(whole) * 5 / 4)));
        ::kill(writer, SIGKILL);
        ASSERT_EQ(::waitpid(writer, nullptr, 0), writer);
        const std::string found = testing_support::read_bytes(target);
        ASSERT_TRUE(found == old || found == fresh) << "kill " << kill << ": " << found.size() << " bytes";
        ++(found == old ? kept : replaced);
        halves += std::distance(std::filesystem::directory_iterator(folder.path()), {}) > 1;
        sweep_temporaries(folder.path());
        EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1) << "the next run cannot clear up";
    }
    EXPECT_GT(kept, 0);
    EXPECT_GT(halves, 0) << "no kill came while a file was half written";
    if (wanted) std::printf("%d kills: %d left the old file, %d the new one, %d a half-written file beside it\n", kills, kept, replaced, halves);
}

}  // namespace
}  // namespace lexicell
