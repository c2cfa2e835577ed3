#include "fuzz/parsers/refusal_is_fine.h"
#include "lexicell/io/npy.h"
#include "lexicell/io/zip_archive.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return refusal_is_fine(data, size, [](std::string_view bytes) {
        const lexicell::ZipArchive archive(std::string(bytes), "memory");
        for (const std::string& name : archive.names()) lexicell::parse_npy(archive.read(name), name);
    });
}
