#include "lexicell/io/npy.h"

#include <gtest/gtest.h>

#include <cstring>

#include "lexicell/base/random.h"
#include "tests/support/python.h"
#include "tests/support/scratch_folder.h"

namespace lexicell {
namespace {

std::string npy(const std::string& header, const std::string& data, char version = 1) {
    std::string out = "\x93NUMPY";
    out += version;
    out += '\0';
    out += static_cast<char>(header.size() & 255);
    out += static_cast<char>(header.size() >> 8);
    if (version > 1) out += std::string(2, '\0');
    return out + header + data;
}
template <class Number>
std::string bytes_of(std::vector<Number> values) {
    return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Number)};
}
NpyArray parse(const std::string& bytes) { return parse_npy(bytes, "memory"); }
std::string refusal(const std::string& bytes) {
    try {
        parse(bytes);
        return "reads";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::unreadable);
        return error.detail().type;
    }
}
std::string literal(const std::string& descr, const std::string& shape, bool fortran = false) {
    return "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape + ", }   \n";
}

TEST(Npy, ReadsWhatNumPyWrites) {
    const testing_support::ScratchFolder folder;
    ASSERT_TRUE(testing_support::run_python(R"(
import numpy as np, sys
out = sys.argv[1] + '/'
a = np.arange(24).reshape(2, 3, 4)
for t in ['f2', 'f4', 'f8', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8']:
    np.save(out + t, a.astype('<' + t))
    np.save(out + t + '_big', a.astype('>' + t))
    np.save(out + t + '_fortran', np.asfortranarray(a.astype('<' + t)))
    np.save(out + t + '_big_fortran', np.asfortranarray(a.astype('>' + t)))
np.save(out + 'bool', a % 2 == 0)
np.save(out + 'scalar', np.float64(2.5))
np.save(out + 'empty', np.zeros((0, 5), 'f4'))
np.save(out + 'unicode', np.array([['a', 'Zürich'], ['', '\U0001f9ec']]))
np.save(out + 'unicode_big', np.array([['a', 'Zürich'], ['', '\U0001f9ec']]).astype('>U6'))
np.save(out + 'unicode_fortran', np.asfortranarray(np.array([['a', 'Zürich'], ['', '\U0001f9ec']])))
np.save(out + 'bytes', np.array([b'abc', b'', b'de']))
np.save(out + 'object', np.array(['a', 1], dtype=object), allow_pickle=True)
np.save(out + 'record', np.zeros(3, dtype=[('x', 'f4'), ('y', 'i4')]))
np.save(out + 'complex', np.zeros(3, 'c16'))
np.save(out + 'date', np.zeros(3, 'M8[s]'))
for v in [(1, 0), (2, 0), (3, 0)]:
    with open(out + 'v%d.npy' % v[0], 'wb') as f: np.lib.format.write_array(f, a.astype('f4'), version=v)
np.savez(out + 'stored', a=a, names=np.array(['x', 'y']))
np.savez_compressed(out + 'deflated', **{'a': a, 'names': np.array(['x', 'y']), 'deep/name:0': a.astype('f2')})
)", folder.path().string()));
    std::vector<double> expected(24);
    for (int i = 0; i < 24; ++i) expected[i] = i;
    for (const std::string type : {"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"})
        for (const std::string variant : {"", "_big", "_fortran", "_big_fortran"}) {
            const auto tensor = std::get<HostTensor>(read_npy(folder / (type + variant + ".npy")));
            EXPECT_EQ(tensor.shape, (std::vector<std::int64_t>{2, 3, 4})) << type << variant;
            EXPECT_EQ(tensor.to_double(), expected) << type << variant;
            EXPECT_EQ(dtype_size(tensor.dtype), static_cast<std::size_t>(type[1] - '0'));
        }
    EXPECT_EQ(std::get<HostTensor>(read_npy(folder / "bool.npy")).to_int64()[2], 1);
    EXPECT_EQ(std::get<HostTensor>(read_npy(folder / "bool.npy")).dtype, "BOOL");
    EXPECT_EQ(std::get<HostTensor>(read_npy(folder / "scalar.npy")).to_double(), std::vector<double>{2.5});
    EXPECT_TRUE(std::get<HostTensor>(read_npy(folder / "scalar.npy")).shape.empty());
    EXPECT_EQ(std::get<HostTensor>(read_npy(folder / "empty.npy")).shape, (std::vector<std::int64_t>{0, 5}));
    for (const char* name : {"unicode.npy", "unicode_big.npy", "unicode_fortran.npy"}) {
        const auto texts = std::get<StringArray>(read_npy(folder / name));
        EXPECT_EQ(texts.shape, (std::vector<std::int64_t>{2, 2})) << name;
        EXPECT_EQ(texts.values, (std::vector<std::string>{"a", "Z\u00fcrich", "", "\U0001f9ec"})) << name;
    }
    EXPECT_EQ(std::get<StringArray>(read_npy(folder / "bytes.npy")).values, (std::vector<std::string>{"abc", "", "de"}));
    for (const char* name : {"v1.npy", "v2.npy", "v3.npy"}) EXPECT_EQ(std::get<HostTensor>(read_npy(folder / name)).to_double(), expected) << name;
    for (const char* name : {"object.npy", "record.npy", "complex.npy", "date.npy"}) {
        try {
            read_npy(folder / name, ErrorKind::model);
            ADD_FAILURE() << name;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::model);
            EXPECT_EQ(error.detail().type, "npy-dtype") << name;
        }
    }
    for (const char* name : {"stored.npz", "deflated.npz"}) {
        const auto arrays = read_npz(folder / name);
        EXPECT_EQ(std::get<HostTensor>(arrays.at("a")).to_double(), expected) << name;
        EXPECT_EQ(std::get<StringArray>(arrays.at("names")).values, (std::vector<std::string>{"x", "y"})) << name;
    }
    EXPECT_EQ(std::get<HostTensor>(read_npz(folder / "deflated.npz").at("deep/name:0")).dtype, "F16");
}

TEST(Npy, RefusesDamage) {
    const std::string data = bytes_of<float>({1, 2, 3, 4, 5, 6});
    EXPECT_EQ(refusal(npy(literal("<f4", "(2, 3)"), data)), "reads");
    EXPECT_EQ(refusal(npy(literal("<f4", "(2, 3)"), data, 2)), "reads");
    EXPECT_EQ(refusal(npy("{\"shape\":(6L,),\"descr\":'f4','fortran_order':False}", data)), "reads");
    EXPECT_EQ(refusal(""), "npy-magic");
    EXPECT_EQ(refusal("\x93NUMPY"), "npy-magic");
    EXPECT_EQ(refusal(npy(literal("<f4", "(2, 3)"), data, 9)), "npy-version");
    EXPECT_EQ(refusal(npy(literal("<f4", "(2, 3)"), data).substr(0, 40)), "npy-header");
    EXPECT_EQ(refusal(npy(literal("<f4", "(2, 3)"), data + "x")), "npy-size");
    EXPECT_EQ(refusal(npy(literal("<f4", "(2, 4)"), data)), "npy-size");
    EXPECT_EQ(refusal(npy(literal("<f4", "(4611686018427387904, 4)"), data)), "npy-size");
    EXPECT_EQ(refusal(npy(literal("<f4", "(-2, -3)"), data)), "npy-header");
    EXPECT_EQ(refusal(npy(literal("<f4", "(2, 3"), data)), "npy-header");
    EXPECT_EQ(refusal(npy("{'descr': '<f4', 'shape': (6,)}", data)), "npy-header");
    EXPECT_EQ(refusal(npy("{'descr': '<f4', 'shape': (6,), 'shape': (6,), 'fortran_order': False}", data)), "npy-header");
    EXPECT_EQ(refusal(npy("{'descr': '<f4', 'shape': (6,), 'fortran_order': False, 'x': 1}", data)), "npy-header");
    EXPECT_EQ(refusal(npy("{'descr': '<f4', 'shape': (6,), 'fortran_order': 1}", data)), "npy-header");
    EXPECT_EQ(refusal(npy("__import__('os').system('true')", data)), "npy-header");
    EXPECT_EQ(refusal(npy(literal("<f3", "(8,)"), data)), "npy-dtype");
    EXPECT_EQ(refusal(npy(literal("|O", "(3,)"), data)), "npy-dtype");
    EXPECT_EQ(refusal(npy(literal("<U0", "(9223372036854775807,)"), "")), "npy-size");
    EXPECT_EQ(refusal(npy(literal("<U1", "(1,)"), bytes_of<std::uint32_t>({0xd800}))), "npy-text");
    EXPECT_EQ(refusal(npy(literal("|S1", "(1,)"), "\xff")), "npy-text");
    RandomStream random(random_key(3, 3));
    const std::string whole = npy(literal("<f4", "(2, 3)", true), data);
    int read = 0;
    for (int round = 0; round < 5000; ++round) {
        std::string damaged = whole;
        for (std::uint64_t k = 0; k <= random.below(3); ++k) damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
        read += refusal(damaged) == "reads";
    }
    EXPECT_GT(read, 0);
    EXPECT_LT(read, 5000);
}

}  // namespace
}  // namespace lexicell
