#pragma once
#include <cstdint>
#include <string_view>

#include "lexicell/text/gene_table.h"

namespace lexicell {

// A table whose pairing of genes and vectors is broken on purpose (scilama.md 6, ablations): `control` is "shuffled", rows
// permuted, or "random", normal numbers of the same spread. What a model does no better with the true table than with these,
// it does not owe to language. The source's name says what it is.
GeneTable break_pairing(const GeneTable& table, std::string_view control, std::uint64_t seed);

}  // namespace lexicell
