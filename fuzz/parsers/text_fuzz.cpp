#include "fuzz/parsers/refusal_is_fine.h"
#include "lexicell/io/read_table.h"
#include "lexicell/io/read_text_matrix.h"

// The first byte chooses the reader.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    return refusal_is_fine(data + 1, size - 1, [&](std::string_view bytes) {
        lexicell::TextSource source(std::string(bytes), data[0] & 1 ? "memory.csv" : "memory");
        if (data[0] & 2) lexicell::read_table(std::move(source));
        else lexicell::read_text_matrix(std::move(source), {.genes_as_rows = (data[0] & 4) != 0});
    });
}
