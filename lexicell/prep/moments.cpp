#include "lexicell/prep/moments.h"

#include <algorithm>

#include "lexicell/base/parallel.h"

namespace lexicell {

namespace {

struct Sums {
    std::vector<std::int64_t> detected;
    std::vector<double> sum, squares;
    explicit Sums(std::int64_t genes) : detected(genes), sum(genes), squares(genes) {}
};

}  // namespace

GeneMoments gene_moments(MatrixRef x, const MomentsOptions& options) {
    const std::int64_t genes = x.cols();
    const std::int64_t cells = options.cells ? static_cast<std::int64_t>(options.cells->size()) : x.rows();
    // One partial sum a block; at most 16 blocks, so that memory stays small and borders depend on N only.
    const std::int64_t grain = std::max<std::int64_t>(1024, (cells + 15) / 16);
    std::vector<Sums> partial((cells + grain - 1) / grain, Sums(0));
    parallel_for(cells, grain, options.threads, [&](std::int64_t begin, std::int64_t end) {
        Sums s(genes);
        for (std::int64_t i = begin; i < end; ++i)
            x.for_nonzero(options.cells ? (*options.cells)[i] : i, [&](std::int64_t gene, float value) {
                const double v = options.transform ? options.transform(value) : value;
                ++s.detected[gene];
                s.sum[gene] += v;
                s.squares[gene] += v * v;
            });
        partial[begin / grain] = std::move(s);
    });

    GeneMoments out{.cells = cells, .detected = std::vector<std::int64_t>(genes), .sum = std::vector<double>(genes),
                    .mean = std::vector<double>(genes), .variance = std::vector<double>(genes)};
    std::vector<double> squares(genes);
    for (const Sums& s : partial)
        for (std::int64_t g = 0; g < genes; ++g) {
            out.detected[g] += s.detected[g];
            out.sum[g] += s.sum[g];
            squares[g] += s.squares[g];
        }
    if (cells == 0) return out;
    const auto n = static_cast<double>(cells);
    for (std::int64_t g = 0; g < genes; ++g) {
        const double mean = out.mean[g] = out.sum[g] / n;
        double variance = squares[g] / n - mean * mean;
        if (cells > 1) variance *= n / (n - 1);
        out.variance[g] = variance < 1e-12 * mean * mean ? 0 : variance;
    }
    return out;
}

}  // namespace lexicell
