#pragma once
#include <cstdint>
#include <vector>

#include "lexicell/metrics/score.h"

namespace lexicell {

// Mean over batches of |before and after| / min(|before|, |after|) of the variable genes found in the batch (Luecken et al.
// 2022; metrics.md 2): min(500, half of the expressed genes), flavour cell_ranger, once on the unintegrated and once on
// the corrected expression. Lists hold gene columns, in any order. Batches without genes are left out; not available
// without any. Undefined for embeddings.
Score hvg_overlap(const std::vector<std::vector<std::int64_t>>& before, const std::vector<std::vector<std::int64_t>>& after);

}  // namespace lexicell
