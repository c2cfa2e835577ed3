#include "lexicell/prep/moments.h"

#include <algorithm>

#include "lexicell/base/error.h"
#include "lexicell/base/parallel.h"
#include "lexicell/prep/normalize.h"

namespace lexicell {

void MomentsAccumulator::add(MatrixRef x, const MomentsOptions& options) {
    const auto genes = static_cast<std::int64_t>(sum_.size());
    LEXICELL_ASSERT(x.cols() == genes, "a block with other genes");
    const std::int64_t cells = options.cells ? static_cast<std::int64_t>(options.cells->size()) : x.rows();
    // One partial sum a range of cells; at most 16 ranges, so that memory stays small and borders depend on N only.
    const std::int64_t grain = std::max<std::int64_t>(1024, (cells + 15) / 16);
    std::vector<MomentsAccumulator> partial((cells + grain - 1) / grain, MomentsAccumulator(0));
    parallel_for(cells, grain, options.threads, [&](std::int64_t begin, std::int64_t end) {
        MomentsAccumulator s(genes);
        for (std::int64_t i = begin; i < end; ++i)
            x.for_nonzero(options.cells ? (*options.cells)[i] : i, [&](std::int64_t gene, float value) {
                const double v = options.transform ? options.transform(value) : value;
                ++s.detected_[gene];
                s.sum_[gene] += v;
                s.squares_[gene] += v * v;
            });
        partial[begin / grain] = std::move(s);
    });
    cells_ += cells;
    for (const MomentsAccumulator& s : partial)
        for (std::int64_t g = 0; g < genes; ++g) {
            detected_[g] += s.detected_[g];
            sum_[g] += s.sum_[g];
            squares_[g] += s.squares_[g];
        }
}

GeneMoments MomentsAccumulator::finish() const {
    GeneMoments out{.cells = cells_, .detected = detected_, .sum = sum_, .mean = std::vector<double>(sum_.size()),
                    .variance = std::vector<double>(sum_.size())};
    if (cells_ == 0) return out;
    const auto n = static_cast<double>(cells_);
    for (std::size_t g = 0; g < sum_.size(); ++g) {
        const double mean = out.mean[g] = sum_[g] / n;
        double variance = squares_[g] / n - mean * mean;
        if (cells_ > 1) variance *= n / (n - 1);
        out.variance[g] = variance < 1e-12 * mean * mean ? 0 : variance;
    }
    return out;
}

GeneMoments gene_moments(MatrixRef x, const MomentsOptions& options) {
    MomentsAccumulator sums(x.cols());
    sums.add(x, options);
    return sums.finish();
}

GeneMoments log_moments(const CellSource& counts, std::span<const std::int64_t> cells, double target_sum, int threads) {
    constexpr std::size_t kBlock = 8192;
    MomentsAccumulator sums(static_cast<std::int64_t>(counts.genes().size()));
    for (std::size_t begin = 0; begin < cells.size(); begin += kBlock) {
        const CsrMatrix block = counts.read(cells.subspan(begin, std::min(kBlock, cells.size() - begin)));
        sums.add(log_normalize(block, target_sum, threads), {.threads = threads});
    }
    return sums.finish();
}

}  // namespace lexicell
