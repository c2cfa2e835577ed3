// Chunks are inflated on threads of the guard's child, which has limits on memory: the values must not depend on how
// many threads there are, and what cannot be had must end in one sentence.
#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>

#include <thread>

#include <fmt/format.h>

#include "lexicell/base/parallel.h"
#include "lexicell/base/random.h"
#include "lexicell/io/guard.h"
#include "lexicell/io/read_h5ad.h"
#include "lexicell/io/write_h5ad.h"
#include "tests/support/scratch_folder.h"

namespace lexicell {
namespace {

using testing_support::ScratchFolder;

// Several chunks of one axis in X (sparse), of two axes and with a ragged border in the layer.
Dataset example() {
    RandomStream random(random_key(11, 0));
    Dataset data;
    const std::int64_t cells = 3001, genes = 401;
    for (std::int64_t i = 0; i < cells; ++i) data.obs.index.push_back(fmt::format("c{}", i));
    for (std::int64_t i = 0; i < genes; ++i) data.var.index.push_back(fmt::format("g{}", i));
    DenseMatrix layer(cells, genes);
    for (float& value : layer.values) value = static_cast<float>(random.below(100)) / 8;
    data.x = to_csr(layer);
    data.layers["dense"] = std::move(layer);
    return data;
}

void expect_equal(const Dataset& a, const Dataset& b) {
    const auto &x = std::get<CsrMatrix>(*a.x), &y = std::get<CsrMatrix>(*b.x);
    EXPECT_TRUE(x.indptr == y.indptr && x.indices == y.indices && x.values == y.values);
    EXPECT_TRUE(std::get<DenseMatrix>(a.layers.at("dense")).values == std::get<DenseMatrix>(b.layers.at("dense")).values);
    EXPECT_TRUE(a.obs.index == b.obs.index && a.var.index == b.var.index);
}

class Hdf5Chunks : public ::testing::Test {
protected:
    void SetUp() override {
        write_h5ad(data, {}, file);
        write_h5ad(data, {}, plain, {.compression = Hdf5WriterOptions::Compression::none});
    }
    const Dataset data = example();
    const ScratchFolder folder;
    const std::filesystem::path file = folder / "gzip.h5ad", plain = folder / "plain.h5ad";
};

TEST_F(Hdf5Chunks, OneThreadManyThreadsAndTheLibraryAgree) {
    expect_equal(read_h5ad(plain), data);
    expect_equal(read_h5ad(file), data);
    cpu_set_t all, one;
    ASSERT_EQ(::sched_getaffinity(0, sizeof all, &all), 0);
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu)
        if (CPU_ISSET(cpu, &all)) CPU_SET(cpu, &one);
    ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
    const Dataset alone = read_h5ad(file);
    ::sched_setaffinity(0, sizeof all, &all);
    expect_equal(alone, data);
}

TEST_F(Hdf5Chunks, ReadingsAtTheSameTime) {
    std::vector<std::thread> readers;
    for (int t = 0; t < 3; ++t)
        readers.emplace_back([&] {
            for (int round = 0; round < 3; ++round) expect_equal(read_h5ad(file), data);
        });
    for (std::thread& reader : readers) reader.join();
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
// The child may also use what this process has freed or reserved; an array of more than 64 MB never finds room there.
TEST_F(Hdf5Chunks, EveryMemoryLimitGivesAllOrASentence) {
    Dataset large{.obs = {.index = std::vector<std::string>(35000, "c")}, .var = {.index = std::vector<std::string>(500, "g")}};
    DenseMatrix x(35000, 500);
    for (std::size_t i = 0; i < x.values.size(); ++i) x.values[i] = static_cast<float>(i * i % 251);
    large.x = x;
    write_h5ad(large, {}, file);
    int read = 0, refused = 0;
    for (const std::int64_t megabytes : {0, 16, 40, 64, 68, 72, 80, 96, 128, 192, 512}) {
        SCOPED_TRACE(megabytes);
        try {
            EXPECT_TRUE(std::get<DenseMatrix>(*read_h5ad(file, {.memory_bytes = megabytes << 20}).x).values == x.values);
            ++read;
        } catch (const Error& error) {
            EXPECT_EQ(error.exit_code(), 6) << error.what();
            EXPECT_EQ(error.detail().file, file.string());
            EXPECT_FALSE(error.detail().hint.empty());
            ++refused;
        }
    }
    EXPECT_GT(read, 0);
    EXPECT_GT(refused, 3);
}

TEST_F(Hdf5Chunks, ThreadsThatCannotBegin) {
    if (available_threads() == 1) GTEST_SKIP() << "one processor";
    // A new thread asks for more stack than there is address space.
    pthread_attr_t usual, huge;
    ASSERT_EQ(::pthread_getattr_default_np(&usual), 0);
    ASSERT_EQ(::pthread_getattr_default_np(&huge), 0);
    ASSERT_EQ(::pthread_attr_setstacksize(&huge, std::size_t{1} << 50), 0);
    ASSERT_EQ(::pthread_setattr_default_np(&huge), 0);
    std::string said;
    try {
        read_h5ad(file);
    } catch (const Error& error) {
        EXPECT_EQ(error.exit_code(), 6);
        said = error.what();
    }
    ::pthread_setattr_default_np(&usual);
    EXPECT_NE(said.find("not enough memory"), std::string::npos) << said;
    EXPECT_NE(said.find(file.string()), std::string::npos) << said;
    EXPECT_EQ(said.find('\n'), std::string::npos) << said;
    expect_equal(read_h5ad(file), data);
}
#endif

}  // namespace
}  // namespace lexicell
