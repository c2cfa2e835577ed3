#include "lexicell/metrics/isolated_labels.h"

#include <algorithm>
#include <limits>
#include <set>

#include "lexicell/metrics/contingency.h"
#include "lexicell/metrics/label_cells.h"

namespace lexicell {
namespace {

constexpr const char* no_isolated_label = "no label is isolated";

double best_f1(std::span<const std::int32_t> clusters, std::span<const std::int32_t> labels, std::int32_t label) {
    std::vector<std::int32_t> is_label;
    for (const std::int32_t code : labels) is_label.push_back(code < 0 ? -1 : code == label);
    const Contingency table = contingency(is_label, clusters);
    double best = 0;
    for (const Contingency::Cell& cell : table.cells)
        if (cell.row + 1 == static_cast<std::int32_t>(table.rows.size()))  // the row of the label
            best = std::max(best, 2 * static_cast<double>(cell.count) / static_cast<double>(table.rows[cell.row] + table.cols[cell.col]));
    return best;
}

}  // namespace

std::vector<std::int32_t> isolated_labels(std::span<const std::int32_t> labels, std::span<const std::int32_t> batches,
                                          const IsolatedLabelsOptions& options) {
    const std::vector<std::vector<std::int64_t>> members = label_cells(labels, batches);
    std::vector<int> batches_of(members.size());
    std::set<std::int32_t> all;
    int fewest = std::numeric_limits<int>::max();
    for (std::size_t label = 0; label < members.size(); ++label) {
        std::set<std::int32_t> present;
        for (const std::int64_t cell : members[label]) present.insert(batches[cell]);
        all.merge(std::set(present));
        batches_of[label] = static_cast<int>(present.size());
        if (!present.empty()) fewest = std::min(fewest, batches_of[label]);
    }
    std::vector<std::int32_t> isolated;
    if (options.none_if_everywhere && fewest == static_cast<int>(all.size())) return isolated;
    for (std::size_t label = 0; label < members.size(); ++label)
        if (batches_of[label] > 0 && batches_of[label] <= options.most_batches.value_or(fewest)) isolated.push_back(static_cast<std::int32_t>(label));
    return isolated;
}

Score isolated_label_silhouette(std::span<const double> silhouettes, std::span<const std::int32_t> labels, std::span<const std::int32_t> batches,
                                const IsolatedLabelsOptions& options) {
    const std::vector<std::int32_t> isolated = isolated_labels(labels, batches, options);
    if (isolated.empty()) return Score::not_available(no_isolated_label);
    const std::vector<std::vector<std::int64_t>> members = label_cells(labels);
    double sum = 0;
    for (const std::int32_t label : isolated)
        for (const std::int64_t cell : members[label]) sum += silhouettes[cell] / static_cast<double>(members[label].size());
    return (sum / static_cast<double>(isolated.size()) + 1) / 2;
}

Score isolated_label_f1(const ResolutionSweepResult& sweep, std::span<const std::int32_t> labels, std::span<const std::int32_t> batches,
                        const IsolatedLabelsOptions& options) {
    const std::vector<std::int32_t> isolated = isolated_labels(labels, batches, options);
    if (isolated.empty()) return Score::not_available(no_isolated_label);
    double sum = 0;
    for (const std::int32_t label : isolated) {
        double best = 0;
        for (const ResolutionSweepRow& row : sweep.rows) best = std::max(best, best_f1(row.membership, labels, label));
        sum += best;
    }
    return sum / static_cast<double>(isolated.size());
}

}  // namespace lexicell
