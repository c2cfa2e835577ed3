#pragma once
#include "lexicell/base/sink.h"
#include "lexicell/data/matrix.h"
#include "lexicell/io/text_source.h"

namespace lexicell {

// A MatrixMarket file (coordinate; real, integer or pattern; general) of R rows and C columns, transposed: C x R, which
// is cells x genes for the files of 10x. Entries may come in any order; entries given twice are summed with the warning
// "duplicate-entries". Error(unreadable) when there are fewer or more entries than declared, or an index is out of range
// (formats.md 5.2).
CsrMatrix read_matrix_market_transposed(TextSource source, Sink& sink = silence());

}  // namespace lexicell
