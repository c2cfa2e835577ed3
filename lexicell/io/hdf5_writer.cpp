#include "lexicell/io/hdf5_writer.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "lexicell/io/guard.h"
#include "lexicell/io/hdf5_filters.h"
#include "lexicell/io/hdf5_internal.h"

namespace lexicell {

namespace {

constexpr std::int64_t contiguous_bytes = 16 << 10;  // smaller arrays are not worth chunks
constexpr std::int64_t chunk_bytes = 1 << 20;

template <class Number>
hid_t native_type() {
    if constexpr (std::is_same_v<Number, float>) return H5T_NATIVE_FLOAT;
    else if constexpr (std::is_same_v<Number, double>) return H5T_NATIVE_DOUBLE;
    else if constexpr (std::is_same_v<Number, std::int8_t>) return H5T_NATIVE_INT8;
    else if constexpr (std::is_same_v<Number, std::int16_t>) return H5T_NATIVE_INT16;
    else if constexpr (std::is_same_v<Number, std::int32_t>) return H5T_NATIVE_INT32;
    else return H5T_NATIVE_INT64;
}

Hdf5Id text_type() {
    Hdf5Id type(H5Tcopy(H5T_C_S1));
    H5Tset_size(type.get(), H5T_VARIABLE);
    H5Tset_cset(type.get(), H5T_CSET_UTF8);
    return type;
}

Hdf5Id flag_type() {
    Hdf5Id type(H5Tenum_create(H5T_NATIVE_INT8));
    signed char value = 0;
    H5Tenum_insert(type.get(), "FALSE", &value);
    value = 1;
    H5Tenum_insert(type.get(), "TRUE", &value);
    return type;
}

std::vector<const char*> pointers_to(std::span<const std::string> texts) {
    std::vector<const char*> out;
    out.reserve(texts.size());
    for (const std::string& text : texts) out.push_back(text.c_str());
    return out;
}

bool is_write_failure(int code) { return code == ENOSPC || code == EDQUOT || code == EFBIG || code == EROFS; }

}  // namespace

Hdf5Writer::Hdf5Writer(const std::filesystem::path& file, const Hdf5WriterOptions& options) : path_(file), options_(options) {
    start_hdf5();
    const Hdf5Id access(H5Pcreate(H5P_FILE_ACCESS));
    H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG);
    H5Pset_libver_bounds(access.get(), options.wide_attributes ? H5F_LIBVER_V18 : H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST);
    file_ = Hdf5Id(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()));
    if (!file_) fail("/", "create the file");
}

void Hdf5Writer::fail(const std::string& path, const std::string& action) const {
    const Hdf5Failure failure = hdf5_failure();
    const bool full = failure.system_error == ENOSPC || failure.system_error == EDQUOT;
    const std::string reason = failure.system_error ? std::strerror(*failure.system_error) : failure.message;
    throw Error(ErrorKind::write, {.type = full ? "disk-full" : "write-failed", .message = fmt::format("cannot {}: {}", action, reason),
                                   .file = path_.string(), .key = path,
                                   .hint = full ? "free some space or write elsewhere with -o" : "check the disk and the folder"});
}

void Hdf5Writer::group(const std::string& path) {
    note_key(path);
    const Hdf5Id plan(H5Pcreate(H5P_GROUP_CREATE));
    H5Pset_obj_track_times(plan.get(), false);
    const Hdf5Id group(H5Gcreate2(file_.get(), path.c_str(), H5P_DEFAULT, plan.get(), H5P_DEFAULT));
    if (!group) fail(path, "create a group");
}

Hdf5Id Hdf5Writer::dataset(const std::string& path, std::int64_t type, const std::vector<std::int64_t>& shape, bool compress) {
    note_key(path);
    const std::vector<hsize_t> extents(shape.begin(), shape.end());
    const Hdf5Id space(shape.empty() ? H5Screate(H5S_SCALAR) : H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr));
    const Hdf5Id plan(H5Pcreate(H5P_DATASET_CREATE));
    H5Pset_obj_track_times(plan.get(), false);
    std::int64_t bytes = static_cast<std::int64_t>(H5Tget_size(type));
    for (const std::int64_t extent : shape) bytes *= extent;
    if (compress && options_.compression != Hdf5WriterOptions::Compression::none && !shape.empty() && bytes > contiguous_bytes) {
        // Whole rows, about a megabyte a chunk.
        std::vector<hsize_t> chunk(extents);
        const std::int64_t row_bytes = std::max<std::int64_t>(1, bytes / shape[0]);
        chunk[0] = static_cast<hsize_t>(std::clamp<std::int64_t>(chunk_bytes / row_bytes, 1, shape[0]));
        H5Pset_chunk(plan.get(), static_cast<int>(chunk.size()), chunk.data());
        H5Pset_shuffle(plan.get());
        if (options_.compression == Hdf5WriterOptions::Compression::gzip) {
            H5Pset_deflate(plan.get(), static_cast<unsigned>(options_.level));
        } else {
            const unsigned level = static_cast<unsigned>(options_.level);
            H5Pset_filter(plan.get(), hdf5_zstd_filter, H5Z_FLAG_MANDATORY, 1, &level);
        }
    }
    Hdf5Id out(H5Dcreate2(file_.get(), path.c_str(), type, space.get(), H5P_DEFAULT, plan.get(), H5P_DEFAULT));
    if (!out) fail(path, "create a dataset");
    return out;
}

template <class Number>
void Hdf5Writer::numbers(const std::string& path, const std::vector<std::int64_t>& shape, std::span<const Number> values) {
    const Hdf5Id out = dataset(path, native_type<Number>(), shape, true);
    if (!values.empty() && H5Dwrite(out.get(), native_type<Number>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0) fail(path, "write values");
}

template void Hdf5Writer::numbers(const std::string&, const std::vector<std::int64_t>&, std::span<const float>);
template void Hdf5Writer::numbers(const std::string&, const std::vector<std::int64_t>&, std::span<const double>);
template void Hdf5Writer::numbers(const std::string&, const std::vector<std::int64_t>&, std::span<const std::int8_t>);
template void Hdf5Writer::numbers(const std::string&, const std::vector<std::int64_t>&, std::span<const std::int16_t>);
template void Hdf5Writer::numbers(const std::string&, const std::vector<std::int64_t>&, std::span<const std::int32_t>);
template void Hdf5Writer::numbers(const std::string&, const std::vector<std::int64_t>&, std::span<const std::int64_t>);

void Hdf5Writer::flags(const std::string& path, const std::vector<std::int64_t>& shape, const std::vector<bool>& values) {
    const Hdf5Id type = flag_type();
    const Hdf5Id out = dataset(path, type.get(), shape, true);
    const std::vector<signed char> bytes(values.begin(), values.end());
    if (!bytes.empty() && H5Dwrite(out.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()) < 0) fail(path, "write values");
}

void Hdf5Writer::texts(const std::string& path, const std::vector<std::int64_t>& shape, std::span<const std::string> values) {
    const Hdf5Id type = text_type();
    const Hdf5Id out = dataset(path, type.get(), shape, false);  // filters would only see references
    const auto pointers = pointers_to(values);
    if (!pointers.empty() && H5Dwrite(out.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()) < 0) fail(path, "write values");
}

void Hdf5Writer::records(const std::string& path, std::int64_t rows, const std::vector<RecordField>& fields) {
    const Hdf5Id text = text_type();
    const auto width = [](const RecordField& field) { return std::holds_alternative<std::vector<float>>(field.second) ? sizeof(float) : sizeof(double); };
    std::size_t size = 0;
    for (const auto& field : fields) size += width(field);
    const Hdf5Id type(H5Tcreate(H5T_COMPOUND, std::max<std::size_t>(size, 1)));
    std::vector<std::byte> bytes(size * static_cast<std::size_t>(rows));
    std::size_t offset = 0;
    for (const auto& field : fields) {
        const hid_t member = std::holds_alternative<std::vector<std::string>>(field.second) ? text.get()
                             : std::holds_alternative<std::vector<float>>(field.second)     ? H5T_NATIVE_FLOAT
                                                                                            : H5T_NATIVE_DOUBLE;
        if (H5Tinsert(type.get(), field.first.c_str(), offset, member) < 0) fail(path, fmt::format("add the field {}", field.first));
        for (std::int64_t row = 0; row < rows; ++row) {
            std::byte* at = bytes.data() + static_cast<std::size_t>(row) * size + offset;
            if (const auto* texts = std::get_if<std::vector<std::string>>(&field.second)) {
                const char* pointer = (*texts)[row].c_str();
                std::memcpy(at, &pointer, sizeof pointer);
            } else if (const auto* floats = std::get_if<std::vector<float>>(&field.second)) {
                std::memcpy(at, &(*floats)[row], sizeof(float));
            } else {
                std::memcpy(at, &std::get<std::vector<double>>(field.second)[row], sizeof(double));
            }
        }
        offset += width(field);
    }
    const Hdf5Id out = dataset(path, type.get(), {rows}, false);
    if (rows > 0 && H5Dwrite(out.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()) < 0) fail(path, "write values");
}

void Hdf5Writer::array_attribute(const std::string& path, const std::string& name, std::int64_t type, std::int64_t size, bool scalar, const void* values) {
    note_key(path + "@" + name);
    const auto extent = static_cast<hsize_t>(size);
    const Hdf5Id space(scalar ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &extent, nullptr));
    const Hdf5Id object(H5Oopen(file_.get(), path.c_str(), H5P_DEFAULT));
    const Hdf5Id attribute(object ? H5Acreate2(object.get(), name.c_str(), type, space.get(), H5P_DEFAULT, H5P_DEFAULT) : -1);
    if (!attribute || (size > 0 && H5Awrite(attribute.get(), type, values) < 0)) fail(path, fmt::format("write the attribute {}", name));
}

void Hdf5Writer::attribute(const std::string& path, const std::string& name, const std::string& text) {
    const char* pointer = text.c_str();
    array_attribute(path, name, text_type().get(), 1, true, &pointer);
}

void Hdf5Writer::attribute(const std::string& path, const std::string& name, const std::vector<std::string>& texts) {
    array_attribute(path, name, text_type().get(), static_cast<std::int64_t>(texts.size()), false, pointers_to(texts).data());
}

void Hdf5Writer::attribute(const std::string& path, const std::string& name, const std::vector<std::int64_t>& numbers) {
    array_attribute(path, name, H5T_NATIVE_INT64, static_cast<std::int64_t>(numbers.size()), false, numbers.data());
}

void Hdf5Writer::attribute(const std::string& path, const std::string& name, bool flag) {
    const signed char value = flag;
    array_attribute(path, name, flag_type().get(), 1, true, &value);
}

void Hdf5Writer::copy(const Hdf5Group& source, const std::string& name, const std::string& path) {
    note_key(source.key() == "/" ? "/" + name : source.key() + "/" + name);
    const Hdf5Id plan(H5Pcreate(H5P_OBJECT_COPY));
    H5Pset_copy_object(plan.get(), H5O_COPY_EXPAND_REFERENCE_FLAG);  // else legacy categories would refer to nothing
    if (H5Ocopy(source.id(), name.c_str(), file_.get(), path.c_str(), plan.get(), H5P_DEFAULT) >= 0) return;
    const Hdf5Failure failure = hdf5_failure();
    if (failure.system_error && is_write_failure(*failure.system_error)) fail(path, "copy an element");
    source.refuse("copy-failed", fmt::format("the element cannot be copied: {}", failure.message), {}, {}, "the file may be damaged; fetch or write it again", name);
}

void Hdf5Writer::close() {
    note_key("/");
    if (H5Fflush(file_.get(), H5F_SCOPE_GLOBAL) < 0) fail("/", "write the file out");
    // The identifier's own destructor cannot report a failure, so the file is closed by hand.
    if (H5Fclose(file_.release()) < 0) fail("/", "close the file");
}

}  // namespace lexicell
