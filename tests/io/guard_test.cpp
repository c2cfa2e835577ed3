#include "lexicell/io/guard.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "lexicell/base/error.h"
#include "lexicell/io/dataset_codec.h"
#include "lexicell/io/guard_messages.h"

namespace lexicell {
namespace {

using Work = std::function<void(ByteWriter&, Sink&)>;

ErrorDetail failure_of(const GuardOptions& options, ErrorKind kind, const Work& work) {
    try {
        run_guarded(options, silence(), work);
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), kind) << error.what();
        return error.detail();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
}

TEST(Guard, HandsOverWhatWasWritten) {
    for (const std::size_t size : {0ul, 1ul, 5'000'000ul}) {
        const std::string text(size, 'x');
        const GuardedBytes out = run_guarded({}, silence(), [&](ByteWriter& result, Sink&) { result.bytes(text.data(), text.size()); });
        ASSERT_EQ(out.bytes().size(), size);
        EXPECT_TRUE(size == 0 || std::memcmp(out.bytes().data(), text.data(), size) == 0);
    }
}

TEST(Guard, CarriesErrorsFaithfully) {
    const ErrorDetail thrown{.type = "a-type", .message = "what", .file = "f", .key = "/k", .offset = 7, .found = "1", .expected = "2", .hint = "do"};
    const ErrorDetail got = failure_of({}, ErrorKind::precondition, [&](ByteWriter&, Sink&) { throw Error(ErrorKind::precondition, thrown); });
    EXPECT_EQ(Error(ErrorKind::precondition, got).what(), std::string(Error(ErrorKind::precondition, thrown).what()));
    EXPECT_EQ(got.type, "a-type");
    EXPECT_EQ(got.offset, 7u);
}

TEST(Guard, CarriesWarningsAndProgressInOrder) {
    RecordingSink sink;
    run_guarded({}, sink, [](ByteWriter&, Sink& child) {
        child.warn({"first", 3, std::string(100'000, 'y')});
        child.info("a line");
        child.warn({"second", 1, "two"});
    });
    ASSERT_EQ(sink.warnings.size(), 2u);
    EXPECT_EQ(sink.warnings[0].name, "first");
    EXPECT_EQ(sink.warnings[0].count, 3u);
    EXPECT_FALSE(sink.warnings[0].detail.empty());
    EXPECT_EQ(sink.warnings[1].detail, "two");
    EXPECT_EQ(sink.lines, std::vector<std::string>{"a line"});
}

TEST(Guard, TurnsCrashesIntoRefusals) {
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGILL}) {
        const ErrorDetail got = failure_of({.file = "some.h5ad"}, ErrorKind::unreadable, [&](ByteWriter&, Sink&) {
            note_key("/obs/cell_type/codes");
            ::raise(signal);
        });
        EXPECT_EQ(got.type, "hdf5-crash");
        EXPECT_EQ(got.file, "some.h5ad");
        EXPECT_EQ(got.key, "/obs/cell_type/codes");
        EXPECT_NE(got.message.find("HDF5 library failed at /obs/cell_type/codes"), std::string::npos);
    }
    EXPECT_EQ(failure_of({}, ErrorKind::unreadable, [](ByteWriter&, Sink&) { ::_exit(0); }).type, "hdf5-crash");
    EXPECT_EQ(failure_of({}, ErrorKind::unreadable, [](ByteWriter&, Sink&) { ::_exit(3); }).type, "hdf5-crash");
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(Guard, DiesInSilence) {
    testing::internal::CaptureStderr();
    failure_of({}, ErrorKind::unreadable, [](ByteWriter&, Sink&) {
        std::fputs("free(): invalid pointer", stderr);
        std::abort();
    });
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}
#endif

TEST(Guard, EndsWhatNeverEnds) {
    const auto forever = [](ByteWriter&, Sink&) {
        for (std::atomic<int> i = 0;; ++i) {}
    };
    EXPECT_EQ(failure_of({.wall_seconds = 0.3}, ErrorKind::unreadable, forever).type, "time-limit");
    const auto asleep = [](ByteWriter&, Sink&) {
        for (;;) ::pause();
    };
    EXPECT_EQ(failure_of({.wall_seconds = 0.3}, ErrorKind::unreadable, asleep).type, "time-limit");
}

TEST(Guard, StopsWhenAsked) {
    struct Stop : Sink {
        bool stop_requested() override { return true; }
    } sink;
    try {
        run_guarded({}, sink, [](ByteWriter&, Sink&) { ::pause(); });
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::interrupted);
    }
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(Guard, LimitsMemory) {
    const auto greedy = [](ByteWriter& result, Sink&) {
        std::vector<char> much(600 << 20, 'x');
        result.bytes(much.data(), 1);
    };
    EXPECT_EQ(failure_of({.memory_bytes = 100 << 20}, ErrorKind::memory, greedy).type, "not-enough-memory");
    EXPECT_EQ(run_guarded({.memory_bytes = 700 << 20}, silence(), greedy).bytes().size(), 1u);
}
#endif

TEST(Guard, ClosesTheWayOut) {
    const GuardedBytes out = run_guarded({}, silence(), [](ByteWriter& result, Sink&) {
        const auto report = [&](bool refused) { result.bytes(&refused, 1); };
        report(::socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EPERM);
        report(::fork() < 0);
        report(::execl("/bin/true", "true", nullptr) < 0 && errno == EPERM);
        report(::open("/tmp/lexicell-guard-test", O_CREAT | O_WRONLY, 0600) < 0 && errno == EPERM);
        report(::unlink("/tmp/lexicell-guard-test") < 0 && errno == EPERM);
        report(::kill(::getppid(), 0) < 0 && errno == EPERM);
        report(::open("/dev/null", O_RDONLY) >= 0);
        std::atomic<bool> ran = false;
        std::thread([&] { ran = true; }).join();  // threads of its own are allowed
        report(ran);
    });
    ASSERT_EQ(out.bytes().size(), 8u);
    for (std::size_t i = 0; i < out.bytes().size(); ++i) EXPECT_EQ(out.bytes()[i], std::byte{1}) << "check " << i;
}

TEST(Guard, LivesBesideThreads) {
    std::atomic<bool> stop = false;
    std::vector<std::thread> busy;
    for (int t = 0; t < 3; ++t)
        busy.emplace_back([&] {
            while (!stop) {
                std::vector<std::string> waste(100, std::string(100, 'z'));  // keeps the allocator's locks busy
            }
        });
    for (int i = 0; i < 20; ++i) {
        const GuardedBytes out = run_guarded({}, silence(), [](ByteWriter& result, Sink&) {
            const std::string text(1000, 'a');
            result.bytes(text.data(), text.size());
        });
        EXPECT_EQ(out.bytes().size(), 1000u);
    }
    stop = true;
    for (std::thread& thread : busy) thread.join();
}

TEST(Guard, LeavesNothingOpen) {
    const auto open_descriptors = [] {
        int count = 0;
        for (int fd = 0; fd < 256; ++fd) count += ::fcntl(fd, F_GETFD) >= 0;
        return count;
    };
    const int before = open_descriptors();
    for (int i = 0; i < 5; ++i) {
        run_guarded({}, silence(), [](ByteWriter& result, Sink&) { result.bytes("x", 1); });
        failure_of({}, ErrorKind::unreadable, [](ByteWriter&, Sink&) { ::abort(); });
    }
    EXPECT_EQ(open_descriptors(), before);
}

TEST(MessageReader, RefusesNonsense) {
    for (const char first : {'\0', '\x01', '\x04', '\x7f'}) {
        MessageReader reader;
        std::vector<std::byte> bytes(64, std::byte{0xFF});
        const std::uint32_t size = 32;
        std::memcpy(bytes.data(), &size, sizeof size);
        bytes[4] = static_cast<std::byte>(first);
        EXPECT_THROW(reader.take(bytes, silence()), Error);
    }
}

// ---- the data set on its way ----

Dataset everything() {
    Dataset d{.obs = {.index = {"a", "b"}, .index_name = "cell"}, .var = {.index = {"x", "y", "z"}}};
    d.obs.set("text", {.values = std::vector<std::string>{"p", ""}, .missing = {false, true}});
    d.obs.set("real", {.values = std::vector<double>{1.5, -2}});
    d.obs.set("whole", {.values = std::vector<std::int64_t>{1, -2}});
    d.obs.set("flag", {.values = std::vector<bool>{true, false}});
    d.obs.set("group", {.values = Categorical{.codes = {1, -1}, .categories = {"u", "v"}, .ordered = true, .kind = Categorical::Kind::integer}});
    d.x = CsrMatrix{.rows = 2, .cols = 3, .indptr = {0, 2, 3}, .indices = {0, 2, 1}, .values = {1, 2, 3}};
    DenseMatrix dense(2, 3);
    dense.values = {1, 2, 3, 4, 5, 6};
    d.layers["dense"] = dense;
    d.obsm["frame"] = d.obs;
    d.varm["m"] = DenseMatrix(3, 1);
    d.obsp["g"] = DenseMatrix(2, 2);
    d.uns["d"] = Value{Dict{{"s", Value{std::string("t")}}, {"b", Value{true}}, {"n", Value{2.5}}, {"i", Value{std::int64_t{3}}}}};
    d.uns["a"] = Value{NumberArray{{2, 1}, std::vector<float>{1, 2}}};
    d.uns["w"] = Value{StringArray{{2}, {"x", "y"}}};
    d.uns["r"] = Value{RecordArray{{{"f", std::vector<std::string>{"1"}}, {"g", std::vector<double>{2}}}}};
    d.raw = Raw{dense, d.var};
    d.origin = Origin{.file = "f.h5ad", .format = "h5ad", .obs_rows = {4, 1}, .opaque = {"/uns/o"}};
    return d;
}

std::vector<std::byte> bytes_of(const Dataset& dataset) {
    const GuardedBytes out = run_guarded({}, silence(), [&](ByteWriter& result, Sink&) { encode_dataset(dataset, result); });
    return {out.bytes().begin(), out.bytes().end()};
}

TEST(DatasetCodec, RoundTrip) {
    const std::vector<std::byte> bytes = bytes_of(everything());
    const Dataset back = decode_dataset(bytes);
    EXPECT_EQ(bytes_of(back), bytes);
    EXPECT_EQ(back.obs.index_name, "cell");
    EXPECT_EQ(std::get<CsrMatrix>(*back.x).values, (std::vector<float>{1, 2, 3}));
    EXPECT_EQ(back.origin->obs_rows, (std::vector<std::int64_t>{4, 1}));
    EXPECT_TRUE(back.obs.find("text")->is_missing(1));
}

TEST(DatasetCodec, SurvivesEveryCutAndEveryFlippedByte) {
    const std::vector<std::byte> bytes = bytes_of(everything());
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_THROW(decode_dataset(std::span(bytes).first(size)), Error) << size;
    int refused = 0;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        for (const unsigned char change : {0x01, 0x80, 0xFF}) {
            std::vector<std::byte> damaged = bytes;
            damaged[at] ^= std::byte{change};
            try {
                check_dataset(decode_dataset(damaged));
            } catch (const Error& error) {
                EXPECT_EQ(error.kind(), ErrorKind::unreadable);
                ++refused;
            }
        }
    }
    EXPECT_GT(refused, static_cast<int>(bytes.size()) / 2);
}

}  // namespace
}  // namespace lexicell
