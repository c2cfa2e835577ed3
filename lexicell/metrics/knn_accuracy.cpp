#include "lexicell/metrics/knn_accuracy.h"

#include <algorithm>
#include <map>
#include <string>

#include "lexicell/base/error.h"
#include "lexicell/base/random.h"
#include "lexicell/graph/knn.h"

namespace lexicell {

std::vector<std::int32_t> stratified_folds(std::span<const std::int32_t> labels, int folds, std::uint64_t seed) {
    LEXICELL_ASSERT(folds > 0, "at least one fold");
    std::map<std::int32_t, std::vector<std::int64_t>> members;
    for (std::size_t i = 0; i < labels.size(); ++i)
        if (labels[i] >= 0) members[labels[i]].push_back(static_cast<std::int64_t>(i));
    std::vector<std::int32_t> fold(labels.size(), -1);
    std::int64_t dealt = 0;  // dealing goes on from class to class, so that the folds stay equal in size
    for (auto& [label, cells] : members) {
        RandomStream random(random_key(seed, 0x666f6c64), static_cast<std::uint64_t>(label));
        shuffle(std::span(cells), random);
        for (const std::int64_t cell : cells) fold[cell] = static_cast<std::int32_t>(dealt++ % folds);
    }
    return fold;
}

KnnAccuracyResult knn_accuracy(const DenseMatrix& points, std::span<const std::int32_t> labels, const KnnAccuracyOptions& options) {
    LEXICELL_ASSERT(points.rows == static_cast<std::int64_t>(labels.size()), "one label a cell");
    std::map<std::int32_t, std::int64_t> sizes;
    for (const std::int32_t label : labels)
        if (label >= 0) ++sizes[label];
    std::erase_if(sizes, [&](const auto& entry) { return entry.second < options.smallest; });
    if (sizes.size() < 2)
        throw Error(ErrorKind::precondition, {.type = "too-few-classes",
                                              .message = "an annotation score needs at least two classes",
                                              .found = std::to_string(sizes.size()) + " classes of " + std::to_string(options.smallest) + " or more cells"});
    std::vector<std::int32_t> kept(labels.begin(), labels.end());
    for (std::int32_t& label : kept)
        if (!sizes.contains(label)) label = -1;
    const std::vector<std::int32_t> fold = stratified_folds(kept, options.folds, options.seed);

    KnnAccuracyResult result{.classes = static_cast<std::int64_t>(sizes.size()), .predicted = std::vector<std::int32_t>(labels.size(), -1)};
    for (int f = 0; f < options.folds; ++f) {
        std::vector<std::int64_t> held_out, others;
        for (std::int64_t i = 0; i < points.rows; ++i)
            if (fold[i] >= 0) (fold[i] == f ? held_out : others).push_back(i);
        const KnnGraph graph = knn(take_rows(points, held_out), take_rows(points, others), {.k = options.k, .threads = options.threads});
        for (std::int64_t q = 0; q < graph.points; ++q) {
            std::map<std::int32_t, int> votes;
            for (const std::int32_t n : graph.neighbours(q)) ++votes[kept[others[n]]];
            const auto winner = std::max_element(votes.begin(), votes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
            if (winner != votes.end()) result.predicted[held_out[q]] = winner->first;
        }
    }

    std::map<std::int32_t, std::int64_t> hits, said;
    std::int64_t largest = 0, right = 0;
    for (std::size_t i = 0; i < kept.size(); ++i) {
        if (kept[i] < 0) continue;
        ++result.cells;
        ++said[result.predicted[i]];
        if (result.predicted[i] == kept[i]) ++hits[kept[i]], ++right;
    }
    for (const auto& [label, size] : sizes) {
        largest = std::max(largest, size);
        result.macro_f1 += 2.0 * static_cast<double>(hits[label]) / static_cast<double>(size + said[label]) / static_cast<double>(sizes.size());
    }
    result.accuracy = static_cast<double>(right) / static_cast<double>(result.cells);
    result.largest_class = static_cast<double>(largest) / static_cast<double>(result.cells);
    return result;
}

}  // namespace lexicell
