#include "lexicell/io/hdf5_filters.h"

#include <blosc.h>
#include <hdf5.h>
#include <liblzf/lzf.h>
#include <lz4.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include <fmt/format.h>

namespace lexicell {

namespace {

constexpr int lzf_filter = 32000, blosc_filter = 32001, lz4_filter = 32004;
constexpr std::size_t unpacked_limit = std::size_t{1} << 30;  // one chunk

// A filter replaces *buffer by memory of the library's own allocator; 0 means failure.
std::size_t replace(void** buffer, std::size_t* capacity, void* fresh, std::size_t bytes) {
    H5free_memory(*buffer);
    *buffer = fresh;
    *capacity = bytes;
    return bytes;
}

std::size_t unpack_lzf(unsigned flags, std::size_t count, const unsigned* values, std::size_t bytes, std::size_t* capacity, void** buffer) {
    if (!(flags & H5Z_FLAG_REVERSE)) return 0;
    // h5py stores the chunk's size as the third value; without it, grow until it fits.
    for (std::size_t room = count >= 3 && values[2] ? values[2] : std::max<std::size_t>(*capacity, 1024); room <= unpacked_limit; room *= 2) {
        void* fresh = H5allocate_memory(room, false);
        if (!fresh) return 0;
        const unsigned unpacked = lzf_decompress(*buffer, static_cast<unsigned>(bytes), fresh, static_cast<unsigned>(room));
        if (unpacked) return replace(buffer, capacity, fresh, unpacked);
        const bool too_small = errno == E2BIG;
        H5free_memory(fresh);
        if (!too_small) return 0;
    }
    return 0;
}

std::size_t filter_zstd(unsigned flags, std::size_t count, const unsigned* values, std::size_t bytes, std::size_t* capacity, void** buffer) {
    if (flags & H5Z_FLAG_REVERSE) {
        const unsigned long long size = ZSTD_getFrameContentSize(*buffer, bytes);
        if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > unpacked_limit) return 0;
        void* fresh = H5allocate_memory(std::max<std::size_t>(size, 1), false);
        if (!fresh) return 0;
        const std::size_t unpacked = ZSTD_decompress(fresh, size, *buffer, bytes);
        if (!ZSTD_isError(unpacked) && unpacked == size) return replace(buffer, capacity, fresh, size);
        H5free_memory(fresh);
        return 0;
    }
    const std::size_t room = ZSTD_compressBound(bytes);
    void* fresh = H5allocate_memory(room, false);
    if (!fresh) return 0;
    const std::size_t packed = ZSTD_compress(fresh, room, *buffer, bytes, count ? static_cast<int>(values[0]) : 3);
    if (!ZSTD_isError(packed)) return replace(buffer, capacity, fresh, packed);
    H5free_memory(fresh);
    return 0;
}

// Big-endian header: 8 bytes of total size, 4 of block size; then a 4-byte packed size before each block.
std::size_t unpack_lz4(unsigned flags, std::size_t, const unsigned*, std::size_t bytes, std::size_t* capacity, void** buffer) {
    if (!(flags & H5Z_FLAG_REVERSE) || bytes < 12) return 0;
    const auto* in = static_cast<const unsigned char*>(*buffer);
    std::size_t at = 0;
    const auto big_endian = [&](int width) {
        std::uint64_t value = 0;
        for (int i = 0; i < width; ++i) value = value << 8 | in[at++];
        return value;
    };
    const std::uint64_t total = big_endian(8), block = big_endian(4);
    if (total > unpacked_limit || block == 0 || block > unpacked_limit) return 0;
    auto* fresh = static_cast<char*>(H5allocate_memory(std::max<std::size_t>(total, 1), false));
    if (!fresh) return 0;
    std::uint64_t done = 0;
    while (done < total) {
        const std::uint64_t want = std::min(block, total - done);
        if (bytes - at < 4) break;
        const std::uint64_t packed = big_endian(4);
        if (packed == 0 || packed > bytes - at) break;
        if (packed == want) {
            std::memcpy(fresh + done, in + at, want);
        } else if (LZ4_decompress_safe(reinterpret_cast<const char*>(in + at), fresh + done, static_cast<int>(packed), static_cast<int>(want)) !=
                   static_cast<int>(want)) {
            break;
        }
        at += packed;
        done += want;
    }
    if (done == total) return replace(buffer, capacity, fresh, total);
    H5free_memory(fresh);
    return 0;
}

std::size_t unpack_blosc(unsigned flags, std::size_t, const unsigned*, std::size_t bytes, std::size_t* capacity, void** buffer) {
    std::size_t unpacked = 0;
    if (!(flags & H5Z_FLAG_REVERSE) || blosc_cbuffer_validate(*buffer, bytes, &unpacked) != 0 || unpacked > unpacked_limit) return 0;
    void* fresh = H5allocate_memory(std::max<std::size_t>(unpacked, 1), false);
    if (!fresh) return 0;
    if (blosc_decompress_ctx(*buffer, fresh, unpacked, 1) == static_cast<int>(unpacked)) return replace(buffer, capacity, fresh, unpacked);
    H5free_memory(fresh);
    return 0;
}

}  // namespace

void register_hdf5_filters() {
    const auto add = [](int id, const char* name, bool writes, H5Z_func_t function) {
        const H5Z_class2_t filter{H5Z_CLASS_T_VERS, id, writes ? 1u : 0u, 1, name, nullptr, nullptr, function};
        H5Zregister(&filter);
    };
    add(lzf_filter, "lzf", false, unpack_lzf);
    add(hdf5_zstd_filter, "zstd", true, filter_zstd);
    add(lz4_filter, "lz4", false, unpack_lz4);
    add(blosc_filter, "blosc", false, unpack_blosc);
}

bool hdf5_filter_allowed(int filter) {
    for (const int known : {H5Z_FILTER_DEFLATE, H5Z_FILTER_SHUFFLE, H5Z_FILTER_FLETCHER32, lzf_filter, hdf5_zstd_filter, lz4_filter, blosc_filter})
        if (filter == known) return true;
    return false;
}

std::string hdf5_filter_name(int filter) {
    static constexpr struct {
        int id;
        const char* name;
    } known[] = {{1, "gzip"}, {2, "shuffle"}, {3, "fletcher32"}, {4, "szip"}, {5, "nbit"}, {6, "scaleoffset"}, {307, "bzip2"},
                 {lzf_filter, "lzf"}, {blosc_filter, "blosc"}, {lz4_filter, "lz4"}, {32008, "bitshuffle"}, {32013, "zfp"},
                 {hdf5_zstd_filter, "zstd"}, {32017, "sz"}, {32026, "blosc2"}};
    for (const auto& entry : known)
        if (entry.id == filter) return fmt::format("{} (filter {})", entry.name, filter);
    return fmt::format("filter {}", filter);
}

}  // namespace lexicell
