// The writer's promises about files and failures (formats.md 7, users.md T8, T10); values are compared by the Python tests.
#include "lexicell/io/write_h5ad.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <functional>

#include "lexicell/io/read_h5ad.h"

namespace lexicell {
namespace {

namespace fs = std::filesystem;

class WriteH5ad : public ::testing::Test {
protected:
    void SetUp() override {
        folder = fs::temp_directory_path() / ("lexicell-write-" + std::to_string(::getpid()));
        fs::create_directories(folder);
    }
    void TearDown() override { fs::remove_all(folder); }

    static Dataset example(std::int64_t cells = 40, std::int64_t genes = 30) {
        Dataset data;
        for (std::int64_t i = 0; i < cells; ++i) data.obs.index.push_back("cell" + std::to_string(i));
        for (std::int64_t i = 0; i < genes; ++i) data.var.index.push_back("gene" + std::to_string(i));
        DenseMatrix x(cells, genes);
        for (std::size_t i = 0; i < x.values.size(); ++i) x.values[i] = static_cast<float>((i * 7919) % 13);
        data.x = to_csr(x);
        std::vector<std::string> batch(static_cast<std::size_t>(cells), "b");
        data.obs.set("batch", {.values = batch});
        return data;
    }

    static std::string bytes_of(const fs::path& path) {
        std::ifstream in(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    static bool is_file(const fs::path& path) {
        std::error_code ignored;
        return fs::is_regular_file(path, ignored);
    }

    // The refusal of `work`, after which `folder` holds the same names as before and `target` the same bytes.
    ErrorDetail refusal(ErrorKind kind, const fs::path& target, const std::function<void()>& work) {
        const auto names = [&] { return std::distance(fs::directory_iterator(folder), fs::directory_iterator()); };
        const auto count = names();
        const std::string before = is_file(target) ? bytes_of(target) : "";
        try {
            work();
            ADD_FAILURE() << "nothing was thrown";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), kind) << error.what();
            EXPECT_EQ(names(), count) << "a temporary file was left";
            if (is_file(target)) {
                EXPECT_EQ(bytes_of(target), before);
            }
            return error.detail();
        }
        return {};
    }

    fs::path folder;
};

TEST_F(WriteH5ad, RoundTripsAndIsDeterministic) {
    const Dataset data = example();
    write_h5ad(data, {}, folder / "a.h5ad", {.verify = true});
    write_h5ad(data, {}, folder / "b.h5ad");
    EXPECT_EQ(bytes_of(folder / "a.h5ad"), bytes_of(folder / "b.h5ad"));
    const Dataset back = read_h5ad(folder / "a.h5ad");
    EXPECT_EQ(back.obs.index, data.obs.index);
    EXPECT_EQ(to_csr(*back.x).values, to_csr(*data.x).values);
    EXPECT_EQ(to_csr(*back.x).indices, to_csr(*data.x).indices);
    EXPECT_EQ(back.origin->format, "h5ad");
}

TEST_F(WriteH5ad, EveryCompression) {
    const Dataset data = example(300, 200);
    std::uintmax_t plain = 0;
    for (const auto compression : {Hdf5WriterOptions::Compression::none, Hdf5WriterOptions::Compression::gzip, Hdf5WriterOptions::Compression::zstd}) {
        write_h5ad(data, {}, folder / "c.h5ad", {.compression = compression});
        EXPECT_EQ(to_csr(*read_h5ad(folder / "c.h5ad").x).values, to_csr(*data.x).values);
        const std::uintmax_t size = fs::file_size(folder / "c.h5ad");
        if (compression == Hdf5WriterOptions::Compression::none) plain = size;
        else EXPECT_LT(size, plain);
    }
}

TEST_F(WriteH5ad, InPlace) {
    write_h5ad(example(), {}, folder / "a.h5ad");
    Dataset base = read_h5ad(folder / "a.h5ad");
    Dataset added{.obs = {.index = base.obs.index}};
    added.obs.set("lexicell_confidence", {.values = std::vector<double>(40, 0.5)});
    write_h5ad(base, added, folder / "a.h5ad");
    const Dataset back = read_h5ad(folder / "a.h5ad");
    EXPECT_NE(back.obs.find("lexicell_confidence"), nullptr);
    EXPECT_NE(back.obs.find("batch"), nullptr);
    EXPECT_TRUE(back.x.has_value());
}

TEST_F(WriteH5ad, NoCellsLeft) {
    write_h5ad(example(), {}, folder / "a.h5ad");
    const Dataset none = take_cells(read_h5ad(folder / "a.h5ad"), {});
    write_h5ad(none, {}, folder / "none.h5ad");
    const Dataset back = read_h5ad(folder / "none.h5ad");
    EXPECT_EQ(back.cells(), 0);
    EXPECT_EQ(back.genes(), 30);
}

TEST_F(WriteH5ad, RefusesAnOriginThatChanged) {
    write_h5ad(example(), {}, folder / "a.h5ad");
    const Dataset base = read_h5ad(folder / "a.h5ad");
    Dataset other = example();
    std::swap(other.obs.index[3], other.obs.index[4]);
    write_h5ad(other, {}, folder / "a.h5ad");
    EXPECT_EQ(refusal(ErrorKind::unreadable, folder / "b.h5ad", [&] { write_h5ad(base, {}, folder / "b.h5ad"); }).type, "origin-changed");
    fs::remove(folder / "a.h5ad");
    EXPECT_EQ(refusal(ErrorKind::unreadable, folder / "b.h5ad", [&] { write_h5ad(base, {}, folder / "b.h5ad"); }).file, folder / "a.h5ad");
}

TEST_F(WriteH5ad, SurvivesADamagedOrigin) {
    const fs::path source = folder / "a.h5ad", target = folder / "out.h5ad";
    write_h5ad(example(), {}, source);
    const Dataset base = read_h5ad(source);
    std::ofstream(target) << "old";
    const std::string good = bytes_of(source);
    int refused = 0;
    for (std::size_t at = 100; at < good.size(); at += good.size() / 60) {
        std::string bad = good;
        for (std::size_t i = at; i < std::min(at + 16, bad.size()); ++i) bad[i] = static_cast<char>(bad[i] ^ 0x5A);
        std::ofstream(source, std::ios::binary | std::ios::trunc) << bad;
        try {
            write_h5ad(base, {}, target, {.wall_seconds = 5});
        } catch (const Error& error) {
            ++refused;
            EXPECT_TRUE(error.kind() == ErrorKind::unreadable || error.kind() == ErrorKind::memory) << error.what();
        }
        EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 2);
    }
    EXPECT_GT(refused, 5);
}

TEST_F(WriteH5ad, FullDisk) {
    std::ofstream(folder / "a.h5ad") << "old";
    rlimit before, small{200 << 10, RLIM_INFINITY};
    ::getrlimit(RLIMIT_FSIZE, &before);
    small.rlim_max = before.rlim_max;
    ::setrlimit(RLIMIT_FSIZE, &small);
    const ErrorDetail got = refusal(ErrorKind::write, folder / "a.h5ad", [&] {
        write_h5ad(example(2000, 500), {}, folder / "a.h5ad", {.compression = Hdf5WriterOptions::Compression::none});
    });
    ::setrlimit(RLIMIT_FSIZE, &before);
    EXPECT_EQ(got.file, folder / "a.h5ad");
    EXPECT_NE(got.message.find("File too large"), std::string::npos) << got.message;
}

TEST_F(WriteH5ad, OddTargets) {
    const Dataset data = example(2, 2);
    const auto refused = [&](const fs::path& target) { return refusal(ErrorKind::write, target, [&] { write_h5ad(data, {}, target); }); };
    refused(folder / "missing" / "a.h5ad");
    refused(folder);
    refused("/dev/full");
    refused(folder / std::string(4096, 'x'));
    ::mkfifo((folder / "pipe").c_str(), 0600);
    refused(folder / "pipe");
    fs::create_symlink(folder / "loop", folder / "loop");
    refused(folder / "loop");
    EXPECT_TRUE(fs::is_character_file("/dev/full"));
    for (const char* name : {"with blanks.h5ad", "ümlaut.h5ad", "\xF0\x9F\xA7\xAC.h5ad"}) {
        write_h5ad(data, {}, folder / name);
        EXPECT_EQ(read_h5ad(folder / name).cells(), 2) << name;
    }
    if (::geteuid() != 0) {  // root may write anywhere
        fs::permissions(folder, fs::perms::owner_read | fs::perms::owner_exec);
        EXPECT_EQ(refused(folder / "new.h5ad").type, "write-failed");
        fs::permissions(folder, fs::perms::owner_all);
    }
}

TEST_F(WriteH5ad, OddSources) {
    const auto refused = [&](const fs::path& source) { return refusal(ErrorKind::unreadable, source, [&] { read_dataset(source); }); };
    EXPECT_EQ(refused(folder / "missing.h5ad").type, "cannot-open");
    ::mkfifo((folder / "pipe").c_str(), 0600);
    EXPECT_EQ(refused(folder / "pipe").type, "not-a-file");
    fs::create_symlink(folder / "loop", folder / "loop");
    EXPECT_EQ(refused(folder / "loop").type, "cannot-open");
    EXPECT_EQ(refused("/dev/full").type, "not-a-file");
    EXPECT_EQ(refused(std::string(4097, 'x')).type, "cannot-open");
    std::ofstream(folder / "empty.h5ad").close();
    EXPECT_EQ(refused(folder / "empty.h5ad").type, "empty-file");
    std::ofstream(folder / "fake.h5ad") << "\x89HDF\r\n\x1a\nnothing follows";
    EXPECT_EQ(refused(folder / "fake.h5ad").type, "hdf5-open");
    write_h5ad(example(2, 2), {}, folder / "plain.bin");
    EXPECT_EQ(read_dataset(folder / "plain.bin").cells(), 2);  // the content decides, not the name
}

}  // namespace
}  // namespace lexicell
