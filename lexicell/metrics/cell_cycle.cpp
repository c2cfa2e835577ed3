#include "lexicell/metrics/cell_cycle.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "lexicell/base/error.h"
#include "lexicell/metrics/label_cells.h"
#include "lexicell/metrics/pc_regression.h"

namespace lexicell {

CellCycleConservation cell_cycle_conservation(const DenseMatrix& before, const DenseMatrix& after, std::span<const double> s,
                                              std::span<const double> g2m, std::span<const std::int32_t> batches) {
    LEXICELL_ASSERT(before.rows == after.rows && s.size() == g2m.size() && s.size() == batches.size(), "the same cells");
    constexpr std::int64_t components = 50;
    CellCycleConservation out;
    double sum = 0;
    std::int64_t scored = 0;
    for (const std::vector<std::int64_t>& cells : label_cells(batches)) {
        out.batches.push_back(std::numeric_limits<double>::quiet_NaN());
        if (cells.size() < 2) continue;
        std::vector<std::vector<double>> scores(2);
        for (const std::int64_t cell : cells) scores[0].push_back(s[cell]), scores[1].push_back(g2m[cell]);
        const Score v_before = pc_regression(take_rows(before, cells), scores, components);
        const Score v_after = pc_regression(take_rows(after, cells), scores, components);
        if (!v_before.available() || !v_after.available() || v_before.value == 0) continue;
        out.batches.back() = std::max(0.0, 1 - std::abs(v_after.value - v_before.value) / v_before.value);
        sum += out.batches.back();
        ++scored;
    }
    out.score = scored > 0 ? Score(sum / static_cast<double>(scored)) : Score::not_available("in no batch the cell cycle explains variance before integration");
    return out;
}

}  // namespace lexicell
