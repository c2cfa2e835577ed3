#include "lexicell/io/hdf5_chunks.h"

#include <libdeflate.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "lexicell/base/parallel.h"

namespace lexicell {

namespace {

constexpr std::size_t worthwhile_bytes = 1 << 20;
constexpr std::size_t batch_bytes = 32 << 20;      // of stored chunks held at once
constexpr std::size_t unpacked_bytes = 256 << 20;  // of unpacked chunks held at once: large chunks have fewer threads

// A thread sanitizer cannot follow threads that begin after a fork.
#if defined(__SANITIZE_THREAD__)
constexpr int most_threads = 1;
#else
constexpr int most_threads = 8;
#endif

struct Layout {
    std::vector<hsize_t> chunk;         // extents of a chunk
    std::optional<unsigned> shuffle, deflate;  // places of the filters in the pipeline
    std::size_t width = 0;              // bytes of an element
};

std::optional<Layout> common_layout(const Hdf5Dataset& dataset, hid_t memory) {
    const Hdf5Id plan(H5Dget_create_plist(dataset.id())), stored(H5Dget_type(dataset.id())), space(H5Dget_space(dataset.id()));
    if (H5Pget_layout(plan.get()) != H5D_CHUNKED || dataset.rank() < 1 || dataset.rank() > 2 || H5Tequal(stored.get(), memory) <= 0) return std::nullopt;
    unsigned options = 0;
    if (H5Pget_chunk_opts(plan.get(), &options) < 0 || options != 0) return std::nullopt;  // chunks at the border may lack filters
    Layout layout{.width = H5Tget_size(memory)};
    layout.chunk.resize(static_cast<std::size_t>(dataset.rank()));
    H5Pget_chunk(plan.get(), static_cast<int>(dataset.rank()), layout.chunk.data());
    const int filters = H5Pget_nfilters(plan.get());
    for (int i = 0; i < filters; ++i) {
        unsigned flags = 0, config = 0;
        std::size_t values = 0;
        const H5Z_filter_t filter = H5Pget_filter2(plan.get(), static_cast<unsigned>(i), &flags, &values, nullptr, 0, nullptr, &config);
        if (filter == H5Z_FILTER_DEFLATE && i == filters - 1) layout.deflate = static_cast<unsigned>(i);
        else if (filter == H5Z_FILTER_SHUFFLE && i == 0) layout.shuffle = static_cast<unsigned>(i);
        else return std::nullopt;
    }
    hsize_t grid = 1, present = 0;
    for (std::size_t axis = 0; axis < layout.chunk.size(); ++axis) {
        if (layout.chunk[axis] == 0) return std::nullopt;
        grid *= (static_cast<hsize_t>(dataset.shape()[axis]) + layout.chunk[axis] - 1) / layout.chunk[axis];
    }
    if (H5Dget_num_chunks(dataset.id(), space.get(), &present) < 0 || present != grid) return std::nullopt;
    return layout;
}

// Byte b of element i lies at b * count + i.
void unshuffle(const std::byte* in, std::byte* out, std::size_t count, std::size_t width) {
    if (width == 4) {
        const auto* p = reinterpret_cast<const std::uint8_t*>(in);
        for (std::size_t i = 0; i < count; ++i) {
            const std::uint32_t value = p[i] | p[count + i] << 8 | p[2 * count + i] << 16 | static_cast<std::uint32_t>(p[3 * count + i]) << 24;
            std::memcpy(out + 4 * i, &value, 4);
        }
        return;
    }
    for (std::size_t b = 0; b < width; ++b)
        for (std::size_t i = 0; i < count; ++i) out[i * width + b] = in[b * count + i];
}

struct StoredChunk {
    hsize_t row = 0, col = 0;
    std::uint32_t skipped = 0;  // bit k: filter k was not applied
    std::vector<std::byte> bytes;
};

}  // namespace

bool read_chunks(const Hdf5Dataset& dataset, const Hdf5State& state, hid_t memory, std::byte* out) {
    if (dataset.size() * static_cast<std::int64_t>(H5Tget_size(memory)) < static_cast<std::int64_t>(worthwhile_bytes)) return false;
    const std::optional<Layout> layout = common_layout(dataset, memory);
    if (!layout) return false;
    const bool flat = dataset.rank() == 1;
    const auto rows = static_cast<hsize_t>(dataset.shape()[0]), cols = flat ? 1 : static_cast<hsize_t>(dataset.shape()[1]);
    const hsize_t chunk_rows = layout->chunk[0], chunk_cols = flat ? 1 : layout->chunk[1];
    const std::size_t count = chunk_rows * chunk_cols, width = layout->width;
    const auto damaged = [&] { dataset.refuse("chunk-damaged", "a chunk cannot be unpacked", {}, {}, "the file may be damaged; fetch or write it again"); };

    const auto unpack = [&](const StoredChunk& chunk) {
        thread_local std::vector<std::byte> inflated, plain;
        const std::byte* bytes = chunk.bytes.data();
        std::size_t size = chunk.bytes.size();
        if (layout->deflate && !(chunk.skipped >> *layout->deflate & 1)) {
            const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> engine(libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
            inflated.resize(count * width);
            if (!engine || libdeflate_zlib_decompress(engine.get(), bytes, size, inflated.data(), inflated.size(), nullptr) != LIBDEFLATE_SUCCESS) damaged();
            bytes = inflated.data();
            size = inflated.size();
        }
        if (size != count * width) damaged();
        if (layout->shuffle && !(chunk.skipped >> *layout->shuffle & 1)) {
            plain.resize(count * width);
            unshuffle(bytes, plain.data(), count, width);
            bytes = plain.data();
        }
        const std::size_t wide = std::min(chunk_cols, cols - chunk.col) * width;
        const hsize_t tall = std::min(chunk_rows, rows - chunk.row);
        if (chunk_cols == cols) {
            std::memcpy(out + chunk.row * cols * width, bytes, tall * wide);
        } else {
            for (hsize_t r = 0; r < tall; ++r) std::memcpy(out + ((chunk.row + r) * cols + chunk.col) * width, bytes + r * chunk_cols * width, wide);
        }
    };

    const auto room = static_cast<int>(std::clamp<std::size_t>(unpacked_bytes / (2 * count * width), 1, most_threads));
    const int threads = std::min(available_threads(), room);
    std::vector<StoredChunk> batch;
    std::size_t held = 0;
    const auto work_off = [&] {
        parallel_for(static_cast<std::int64_t>(batch.size()), 1, threads,
                     [&](std::int64_t begin, std::int64_t end) { for (std::int64_t i = begin; i < end; ++i) unpack(batch[i]); });
        batch.clear();
        held = 0;
    };
    for (hsize_t row = 0; row < rows; row += chunk_rows) {
        for (hsize_t col = 0; col < cols; col += chunk_cols) {
            const hsize_t offset[2] = {row, col};
            hsize_t stored = 0;
            StoredChunk chunk{.row = row, .col = col};
            if (H5Dget_chunk_storage_size(dataset.id(), offset, &stored) < 0 || stored > static_cast<hsize_t>(state.file_bytes))
                hdf5_refuse(state, dataset.key(), "find a chunk");
            chunk.bytes.resize(stored);
            if (H5Dread_chunk(dataset.id(), H5P_DEFAULT, offset, &chunk.skipped, chunk.bytes.data()) < 0) hdf5_refuse(state, dataset.key(), "read a chunk");
            held += stored;
            batch.push_back(std::move(chunk));
            if (held > batch_bytes) work_off();
        }
    }
    work_off();
    return true;
}

}  // namespace lexicell
