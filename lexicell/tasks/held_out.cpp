#include "lexicell/tasks/held_out.h"

#include <algorithm>

#include "lexicell/metrics/knn_accuracy.h"
#include "lexicell/tasks/require_column.h"

namespace lexicell {

Split held_out_split(const Frame& obs, const SortedLabels& labels, const std::optional<std::string>& group, std::uint64_t seed) {
    if (group) {
        Split split = group_split(require_column(obs, *group), {.validation_share = 1.0 / kHeldOutFolds, .seed = seed});
        const auto unlabelled = [&labels](std::int64_t cell) { return labels.codes[cell] < 0; };
        std::erase_if(split.train, unlabelled);
        std::erase_if(split.validation, unlabelled);
        return split;
    }
    Split split;
    const std::vector<std::int32_t> folds = stratified_folds(labels.codes, kHeldOutFolds, seed);
    for (std::int64_t i = 0; i < std::ssize(folds); ++i)
        if (folds[i] >= 0) (folds[i] == 0 ? split.validation : split.train).push_back(i);
    return split;
}

}  // namespace lexicell
