#pragma once
// Sums a gene over cells, in double, from sparse or dense values.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "lexicell/data/cell_source.h"
#include "lexicell/data/matrix_ref.h"

namespace lexicell {

struct MomentsOptions {
    // Which cells; absent = all.
    std::optional<std::span<const std::int64_t>> cells;
    // Applied to every value first; must map 0 to 0. Null = the value itself.
    double (*transform)(double) = nullptr;
    int threads = 1;
};

struct GeneMoments {
    std::int64_t cells = 0;              // N
    std::vector<std::int64_t> detected;  // G, cells with a value other than 0
    std::vector<double> sum;             // G
    std::vector<double> mean;            // G
    // G, divided by N - 1 (by N when N is 1). What is below 1e-12 mean^2 is rounding noise of a constant and set to 0.
    std::vector<double> variance;
};

GeneMoments gene_moments(MatrixRef x, const MomentsOptions& options = {});

// The same for cells that come in blocks. The sums depend on the blocks' borders in their last digits, so a stream is
// read in blocks of fixed size.
class MomentsAccumulator {
public:
    explicit MomentsAccumulator(std::int64_t genes) : detected_(genes), sum_(genes), squares_(genes) {}
    void add(MatrixRef block, const MomentsOptions& options = {});  // B x G
    GeneMoments finish() const;

private:
    std::int64_t cells_ = 0;
    std::vector<std::int64_t> detected_;
    std::vector<double> sum_, squares_;
};

// Of log1p(target_sum * count / total) over the given cells of a source, read once in blocks.
GeneMoments log_moments(const CellSource& counts, std::span<const std::int64_t> cells, double target_sum = 1e4, int threads = 1);

}  // namespace lexicell
