#pragma once
// A new HDF5 file, addressed by absolute paths. Runs inside a guard. Any failure is Error(write), with the type
// "disk-full" when that is the cause.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "lexicell/io/hdf5_file.h"

namespace lexicell {

struct Hdf5WriterOptions {
    enum class Compression { none, gzip, zstd } compression = Compression::gzip;
    int level = 1;                 // of gzip or zstd; a larger value is slower and smaller
    bool wide_attributes = false;  // admits attributes above 64 KB at the price of readers older than HDF5 1.8
};

class Hdf5Writer {
public:
    Hdf5Writer(const std::filesystem::path& file, const Hdf5WriterOptions& options);

    void group(const std::string& path);

    // Arrays of any rank, row-major; an empty shape is a scalar, stored without filters. Instantiated for float, double,
    // std::int8_t, std::int16_t, std::int32_t and std::int64_t.
    template <class Number>
    void numbers(const std::string& path, const std::vector<std::int64_t>& shape, std::span<const Number> values);
    void flags(const std::string& path, const std::vector<std::int64_t>& shape, const std::vector<bool>& values);
    void texts(const std::string& path, const std::vector<std::int64_t>& shape, std::span<const std::string> values);
    // Records of texts and numbers, one column a field, all of `rows` rows.
    using RecordField = std::pair<std::string, std::variant<std::vector<std::string>, std::vector<float>, std::vector<double>>>;
    void records(const std::string& path, std::int64_t rows, const std::vector<RecordField>& fields);

    // Attributes of an object that exists.
    void attribute(const std::string& path, const std::string& name, const std::string& text);
    void attribute(const std::string& path, const std::string& name, const std::vector<std::string>& texts);
    void attribute(const std::string& path, const std::string& name, const std::vector<std::int64_t>& numbers);
    void attribute(const std::string& path, const std::string& name, bool flag);

    // Copies an object of another file with all below it, byte for byte in type and filters (H5Ocopy). A source that
    // cannot be read is Error(unreadable).
    void copy(const Hdf5Group& source, const std::string& name, const std::string& path);

    void close();  // writes everything out and checks that it went well

private:
    Hdf5Id dataset(const std::string& path, std::int64_t type, const std::vector<std::int64_t>& shape, bool compress);
    [[noreturn]] void fail(const std::string& path, const std::string& action) const;
    void array_attribute(const std::string& path, const std::string& name, std::int64_t type, std::int64_t size, bool scalar, const void* values);

    std::filesystem::path path_;
    Hdf5WriterOptions options_;
    Hdf5Id file_;
};

}  // namespace lexicell
