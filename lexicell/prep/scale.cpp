#include "lexicell/prep/scale.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "lexicell/base/error.h"
#include "lexicell/base/parallel.h"
#include "lexicell/prep/moments.h"

namespace lexicell {

namespace {

class ZScore {
public:
    ZScore(const GeneScale& fitted, const ScaleOptions& options)
        : fitted_(fitted), center_(options.center), high_(options.clip.value_or(std::numeric_limits<double>::infinity())) {}
    double operator()(std::int64_t gene, double value) const {
        if (!center_) return std::min(value / fitted_.sd[gene], high_);
        return std::clamp((value - fitted_.mean[gene]) / fitted_.sd[gene], -high_, high_);
    }

private:
    const GeneScale& fitted_;
    bool center_;
    double high_;
};

}  // namespace

GeneScale fit_scale(MatrixRef x, int threads) {
    GeneMoments moments = gene_moments(x, {.threads = threads});
    GeneScale out{.mean = std::move(moments.mean)};
    for (const double variance : moments.variance) out.sd.push_back(variance > 0 ? std::sqrt(variance) : 1.0);
    return out;
}

DenseMatrix scale(MatrixRef x, const GeneScale& fitted, const ScaleOptions& options) {
    const std::int64_t genes = x.cols();
    LEXICELL_ASSERT(genes == static_cast<std::int64_t>(fitted.mean.size()), "a scale of other genes");
    const ZScore z(fitted, options);
    std::vector<float> of_zero(genes);
    for (std::int64_t g = 0; g < genes; ++g) of_zero[g] = static_cast<float>(z(g, 0));
    DenseMatrix out(x.rows(), genes);
    parallel_for(x.rows(), 256, options.threads, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r) {
            const std::span<float> row = out.row(r);
            std::ranges::copy(of_zero, row.begin());
            x.for_nonzero(r, [&](std::int64_t g, float v) { row[g] = static_cast<float>(z(g, v)); });
        }
    });
    return out;
}

SparseScaled scale_sparse(CsrMatrix x, const GeneScale& fitted, const ScaleOptions& options) {
    LEXICELL_ASSERT(x.cols == static_cast<std::int64_t>(fitted.mean.size()), "a scale of other genes");
    const ZScore z(fitted, options);
    SparseScaled out{.x = std::move(x)};
    for (std::int64_t g = 0; g < out.x.cols; ++g) out.offset.push_back(z(g, 0));
    parallel_for(out.x.nonzeros(), 1 << 16, options.threads, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t k = begin; k < end; ++k) {
            const std::int32_t g = out.x.indices[k];
            out.x.values[k] = static_cast<float>(z(g, out.x.values[k]) - out.offset[g]);
        }
    });
    return out;
}

}  // namespace lexicell
