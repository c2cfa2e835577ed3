#pragma once
// Would the classifier notice a kind of cell that its reference does not hold? Each type is left out in turn (metrics.md 5).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lexicell/base/sink.h"
#include "lexicell/metrics/novelty.h"
#include "lexicell/models/baseline/expression_classifier.h"
#include "lexicell/train/split.h"

namespace lexicell {

struct LeftOutType {
    std::string type;
    std::int64_t cells = 0;     // of the type, among the held-out cells
    NoveltyScores unsureness;   // 1 - the largest probability
    NoveltyScores energy;       // -T logsumexp(z / T)
};

// logged: N x G; labels: N codes into `classes`; split: cells to learn from and, as validation, to judge by. For each class
// with at least `fewest` held-out cells a classifier is fitted without it, and has to tell its held-out cells from the others.
std::vector<LeftOutType> leave_type_out(std::string_view kind, const CsrMatrix& logged, const std::vector<std::int32_t>& labels,
                                        const std::vector<std::string>& genes, const std::vector<std::string>& classes, const Split& split,
                                        const ClassifierOptions& options, Sink& sink, std::int64_t fewest = 5);

}  // namespace lexicell
