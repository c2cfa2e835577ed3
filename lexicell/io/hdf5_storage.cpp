// What a dataset says about its storage, checked before a byte of it is read (formats.md 1.2 to 1.4).
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "lexicell/base/checked.h"
#include "lexicell/io/hdf5_filters.h"
#include "lexicell/io/hdf5_internal.h"

namespace lexicell {

namespace {

using Kind = Hdf5Type::Kind;

constexpr std::int64_t always_allowed_bytes = 16LL << 20;  // declared sizes up to this need no stored bytes to back them

}  // namespace

void Hdf5Dataset::check_readable() const {
    const Hdf5Id plan(H5Dget_create_plist(id_.get()));
    if (!plan) hdf5_refuse(*state_, key_, "open the dataset");
    const H5D_layout_t layout = H5Pget_layout(plan.get());
    if (layout == H5D_VIRTUAL) refuse("virtual-dataset", "the dataset is virtual: its values lie in other files", {}, {}, "copy it with h5repack");
    if (layout != H5D_CHUNKED && H5Pget_external_count(plan.get()) > 0)
        refuse("external-storage", "the dataset's values lie in another file", {}, {}, "copy it with h5repack");

    const auto declared = checked_multiply(size_, static_cast<std::int64_t>(std::max<std::size_t>(type_.bytes, 1)));
    if (!declared) refuse("size-overflow", "the dataset's size overflows");
    if (layout == H5D_CHUNKED) {
        const int filters = H5Pget_nfilters(plan.get());
        for (int i = 0; i < filters; ++i) {
            unsigned flags = 0, config = 0;
            std::size_t values = 0;
            std::array<char, 64> name{};
            const H5Z_filter_t filter = H5Pget_filter2(plan.get(), static_cast<unsigned>(i), &flags, &values, nullptr, name.size(), name.data(), &config);
            if (!hdf5_filter_allowed(filter))
                refuse("filter-not-supported", "the dataset is compressed in a way that is not supported", hdf5_filter_name(filter),
                       "gzip, shuffle, fletcher32, lzf, zstd, lz4 or blosc", "rewrite it with `h5repack -f GZIP=1 in out`");
        }
        check_chunks(plan.get());
    }
    // A size that was damaged rarely fits what is stored; the allocation says what it was.
    if (layout == H5D_CONTIGUOUS && H5Pget_external_count(plan.get()) == 0) {
        const hsize_t stored = H5Dget_storage_size(id_.get());
        const Hdf5Id type(H5Dget_type(id_.get()));
        const bool varying = H5Tis_variable_str(type.get()) > 0;  // a length, a heap address and an index each
        const bool known = varying || type_.is_number() || type_.kind == Kind::text || type_.kind == Kind::boolean;
        const hsize_t bytes = varying ? static_cast<hsize_t>(size_) * 16 : static_cast<hsize_t>(*declared);
        if (known && stored != 0 && stored != bytes)
            refuse("storage-size", "the dataset's size does not fit what is stored", fmt::format("{} bytes declared", bytes), fmt::format("{}", stored));
    }
    if (*declared > always_allowed_bytes) {
        const auto stored = static_cast<std::int64_t>(std::min<hsize_t>(H5Dget_storage_size(id_.get()), static_cast<hsize_t>(state_->file_bytes)));
        if (*declared / state_->caps.inflation > stored)
            refuse("inflation-too-large", "the dataset declares far more values than the file stores", fmt::format("{} bytes declared, {} stored", *declared, stored),
                   fmt::format("at most {} to 1", state_->caps.inflation));
    }
}

void Hdf5Dataset::check_chunks(std::int64_t plan) const {
    const Hdf5Id space(H5Dget_space(id_.get()));
    std::vector<hsize_t> chunk(shape_.size()), most(shape_.size());
    if (H5Pget_chunk(plan, static_cast<int>(chunk.size()), chunk.data()) != static_cast<int>(chunk.size()) ||
        H5Sget_simple_extent_dims(space.get(), nullptr, most.data()) < 0)
        hdf5_refuse(*state_, key_, "open the dataset");
    std::int64_t bytes = static_cast<std::int64_t>(std::max<std::size_t>(type_.bytes, 1));
    hsize_t grid = 1;
    for (std::size_t axis = 0; axis < chunk.size(); ++axis) {
        const auto extent = checked_cast<std::int64_t>(chunk[axis]);
        const auto product = extent ? checked_multiply(bytes, *extent) : std::nullopt;
        if (!product || *product > state_->caps.chunk_bytes || chunk[axis] == 0)
            refuse("chunk-too-large", "the dataset's chunks are too large", fmt::format("a chunk extent of {}", chunk[axis]),
                   fmt::format("at most {} bytes a chunk", state_->caps.chunk_bytes));
        bytes = *product;
        // Only a dataset that may grow can have chunks larger than itself.
        const auto size = static_cast<hsize_t>(shape_[axis]);
        if (most[axis] != H5S_UNLIMITED && (most[axis] < size || chunk[axis] > most[axis]))
            refuse("storage-size", "the dataset's size does not fit its chunks", fmt::format("{} of at most {}, chunks of {}", size, most[axis], chunk[axis]));
        grid *= (size + chunk[axis] - 1) / chunk[axis];
    }
    hsize_t stored = 0;
    if (H5Dget_num_chunks(id_.get(), space.get(), &stored) >= 0 && stored > grid)
        refuse("storage-size", "the dataset's size does not fit what is stored", fmt::format("{} chunks", stored), fmt::format("at most {}", grid));
}

}  // namespace lexicell
