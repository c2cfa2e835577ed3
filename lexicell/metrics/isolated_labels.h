#pragma once
// Labels that few batches share, and how well they stand apart (Luecken et al. 2022; metrics.md 2 and 3).

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "lexicell/data/matrix.h"
#include "lexicell/metrics/resolution_sweep.h"
#include "lexicell/metrics/score.h"

namespace lexicell {

struct IsolatedLabelsOptions {
    std::optional<int> most_batches;  // labels in at most so many batches; absent = the minimum over labels
    // scib scores nothing when every label is in every batch; scib-metrics then calls every label isolated.
    bool none_if_everywhere = false;
    int threads = 1;
};

// Codes of the isolated labels, ascending.
std::vector<std::int32_t> isolated_labels(std::span<const std::int32_t> labels, std::span<const std::int32_t> batches,
                                          const IsolatedLabelsOptions& options = {});

// Mean over isolated labels of the mean silhouette of their cells, silhouettes over all labels; (s + 1) / 2. It is
// described as "label against rest" but compares with every other label. `silhouettes`: N of silhouette_samples.
// Not available: no isolated label.
Score isolated_label_silhouette(std::span<const double> silhouettes, std::span<const std::int32_t> labels, std::span<const std::int32_t> batches,
                                const IsolatedLabelsOptions& options = {});

// Mean over isolated labels of the best F1 = 2 TP / (2 TP + FP + FN) of "cluster = label" over clusters and clusterings.
// An oracle: the resolution is chosen with the labels, for each label anew. Not available: no isolated label.
Score isolated_label_f1(const ResolutionSweepResult& sweep, std::span<const std::int32_t> labels, std::span<const std::int32_t> batches,
                        const IsolatedLabelsOptions& options = {});

}  // namespace lexicell
