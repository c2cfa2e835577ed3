#pragma once
// kBET inside every label, as the two versions of scib do it (metrics.md 2.1 and 3). Both score 1 for batches that are
// mixed inside the labels; their neighbours differ, so their values do.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lexicell/data/matrix.h"
#include "lexicell/metrics/score.h"

namespace lexicell {

struct KbetPerLabelOptions {
    double alpha = 0.05;
    int components = 100;  // of the diffusion map (kbet_diffusion_map only)
    // scib-metrics keeps the component count that a small label forced on it for all labels after it, in code order.
    bool carry_component_count = true;
    int threads = 1;
};

struct KbetLabel {
    Score score;             // share of accepted cells; not available for a label of fewer than 10 cells or of one batch
    std::int64_t cells = 0;
    std::string quirk;       // what the reference does here instead of measuring; empty otherwise
};

struct KbetPerLabel {
    Score score;                    // mean over the labels that have one
    std::vector<KbetLabel> labels;  // L
    bool carried = false;           // a small label has lowered the component count of a later one
};

// scib-metrics: in the label's part of `connectivities` (UMAP weights of 49 neighbours, symmetric N x N) the cells are
// placed by a diffusion map, coordinates scaled by lambda / (1 - lambda), and kbet is run on k0 neighbours there, k0 =
// min(70, max(10, floor(mean batch size in the label / 4))). A label in several components is measured on those of at
// least 3 k0 cells when they hold 75 % of it, else it scores 0; so does a label with too few cells for k0 neighbours.
KbetPerLabel kbet_diffusion_map(const CsrMatrix& connectivities, std::span<const std::int32_t> labels, std::span<const std::int32_t> batches,
                                const KbetPerLabelOptions& options = {});

// scib: neighbours by M = T + T^2 + T^3 (+ T^4 ...) of the row-normalised connectivities, as many powers as every row needs
// for k0 + 1 entries, at most 26; the k0 - 1 largest entries off the diagonal and the cell itself are tested (the R
// package counts the cell among its k0). 1 - rejection, over all cells where the R package draws a tenth. A label in
// several components as above, rejection 1 where it cannot be measured.
KbetPerLabel kbet_walks(const CsrMatrix& connectivities, std::span<const std::int32_t> labels, std::span<const std::int32_t> batches,
                        const KbetPerLabelOptions& options = {});

}  // namespace lexicell
