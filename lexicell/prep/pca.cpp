#include "lexicell/prep/pca.h"

#include <algorithm>
#include <cmath>

#include <Eigen/Dense>

#include "lexicell/base/error.h"
#include "lexicell/base/parallel.h"
#include "lexicell/base/random.h"
#include "lexicell/prep/moments.h"

namespace lexicell {

namespace {

using Block = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;  // one row a gene or cell
using Basis = Eigen::MatrixXd;

constexpr std::int64_t kDenseRows = 64;  // cells a dense product

// U = X V - 1 (mean^T V) for cells [begin, end).
void multiply(MatrixRef x, std::int64_t begin, std::int64_t end, const Block& v, const Eigen::RowVectorXd& shift, Block& u) {
    u.resize(end - begin, v.cols());
    if (x.dense()) {
        const Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> rows(
            x.dense()->values.data() + begin * x.cols(), end - begin, x.cols());
        u.noalias() = rows.cast<double>() * v;
    } else {
        const std::int64_t width = v.cols();
        for (std::int64_t r = begin; r < end; ++r) {
            double* out = u.row(r - begin).data();
            std::fill_n(out, width, 0.0);
            x.for_nonzero(r, [&](std::int64_t gene, float value) {
                const double* in = v.data() + gene * width;
                const double scale = value;
                for (std::int64_t k = 0; k < width; ++k) out[k] += scale * in[k];
            });
        }
    }
    u.rowwise() -= shift;
}

// y += X^T U over cells [begin, end).
void multiply_transposed(MatrixRef x, std::int64_t begin, std::int64_t end, const Block& u, Block& y) {
    if (x.dense()) {
        const Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> rows(
            x.dense()->values.data() + begin * x.cols(), end - begin, x.cols());
        y.noalias() += rows.cast<double>().transpose() * u;
        return;
    }
    const std::int64_t width = u.cols();
    for (std::int64_t r = begin; r < end; ++r) {
        const double* in = u.row(r - begin).data();
        x.for_nonzero(r, [&](std::int64_t gene, float value) {
            double* out = y.data() + gene * width;
            const double scale = value;
            for (std::int64_t k = 0; k < width; ++k) out[k] += scale * in[k];
        });
    }
}

// Covariance times a block. Partial sums belong to at most 16 ranges of cells (fewer when they would outgrow 256 MB).
Block covariance_times(MatrixRef x, const std::vector<double>& mean, const Block& v, int threads) {
    const std::int64_t cells = x.rows(), genes = x.cols();
    const Eigen::RowVectorXd shift = Eigen::Map<const Eigen::VectorXd>(mean.data(), genes).transpose() * v;
    const std::int64_t bytes = std::max<std::int64_t>(1, genes * v.cols() * 8);
    const std::int64_t ranges = std::clamp<std::int64_t>((std::int64_t{256} << 20) / bytes, 1, 16);
    const std::int64_t grain = std::max<std::int64_t>(kDenseRows, (cells + ranges - 1) / ranges);
    std::vector<Block> partial((cells + grain - 1) / grain);
    parallel_for(cells, grain, threads, [&](std::int64_t begin, std::int64_t end) {
        Block u, sum = Block::Zero(genes, v.cols());
        for (std::int64_t r = begin; r < end; r += kDenseRows) {
            multiply(x, r, std::min(r + kDenseRows, end), v, shift, u);
            multiply_transposed(x, r, std::min(r + kDenseRows, end), u, sum);
        }
        partial[begin / grain] = std::move(sum);
    });
    Block out = std::move(partial[0]);
    for (std::size_t i = 1; i < partial.size(); ++i) out += partial[i];
    return out / static_cast<double>(cells - 1);
}

// w made orthonormal and orthogonal to the first `used` columns of q; columns that add nothing are dropped.
Basis orthonormalize(const Basis& q, std::int64_t used, Basis w) {
    const auto before = w.colwise().norm().eval();
    const auto old = q.leftCols(used);
    for (int pass = 0; pass < 2; ++pass) w -= old * (old.transpose() * w).eval();
    std::int64_t kept = 0;
    for (std::int64_t k = 0; k < w.cols(); ++k) {
        Eigen::VectorXd column = w.col(k);
        for (int pass = 0; pass < 2; ++pass) {
            column -= w.leftCols(kept) * (w.leftCols(kept).transpose() * column).eval();
            column -= old * (old.transpose() * column).eval();
        }
        const double norm = column.norm();
        if (norm > 1e-10 * before(k) && norm > 0) w.col(kept++) = column / norm;
    }
    return w.leftCols(kept);
}

}  // namespace

Pca pca(MatrixRef x, const PcaOptions& options) {
    const std::int64_t cells = x.rows(), genes = x.cols();
    if (cells < 2 || genes < 1)
        throw Error(ErrorKind::precondition, {.type = "too-few-cells", .message = "principal components need at least 2 cells and a gene"});
    const std::int64_t wanted = std::min<std::int64_t>({options.components, cells - 1, genes});
    const std::int64_t width = std::min<std::int64_t>({wanted + 10, cells, genes});
    GeneMoments moments = gene_moments(x, {.threads = options.threads});
    double total = 0;
    for (const double v : moments.variance) total += v;

    RandomStream random(random_key(options.seed, 0x706361));
    Basis start(genes, width);
    for (std::int64_t g = 0; g < genes; ++g)
        for (std::int64_t k = 0; k < width; ++k) start(g, k) = random.normal();

    Pca out{.mean = std::move(moments.mean)};
    Basis q(genes, 0), next = orthonormalize(q, 0, std::move(start));
    Eigen::MatrixXd projected;  // Q^T A Q
    Eigen::MatrixXd vectors;
    Eigen::VectorXd values;
    for (std::int64_t used = 0;;) {
        const std::int64_t added = next.cols();
        q.conservativeResize(Eigen::NoChange, used + added);
        q.rightCols(added) = next;
        Basis image = covariance_times(x, out.mean, Block(next), options.threads);
        ++out.passes;
        const Eigen::MatrixXd coefficients = q.transpose() * image;
        projected.conservativeResize(used + added, used + added);
        projected.rightCols(added) = coefficients;
        projected.bottomRows(added) = coefficients.transpose();
        used += added;
        image -= q * coefficients;

        next = orthonormalize(q, used, image);
        const bool exhausted = next.cols() == 0 || used >= std::min(cells, genes);
        // The first blocks cannot have converged; after them every second one is looked at.
        if (!exhausted && (out.passes < 4 || out.passes % 2)) continue;
        const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver((projected + projected.transpose()) / 2);
        const std::int64_t k = std::min(wanted, used);
        vectors = solver.eigenvectors().rightCols(k).rowwise().reverse();
        values = solver.eigenvalues().tail(k).reverse();
        const double residual = (image * vectors.bottomRows(added)).colwise().norm().maxCoeff();
        if (exhausted || residual <= options.tolerance * std::max(values(0), 0.0)) break;
    }

    const Basis loadings = q * vectors;
    const std::int64_t k = loadings.cols();
    out.loadings = DenseMatrix(genes, k);
    for (std::int64_t c = 0; c < k; ++c) {
        std::int64_t largest = 0;
        loadings.col(c).cwiseAbs().maxCoeff(&largest);
        const double sign = loadings(largest, c) < 0 ? -1 : 1;
        for (std::int64_t g = 0; g < genes; ++g) out.loadings(g, c) = static_cast<float>(sign * loadings(g, c));
        out.variance.push_back(std::max(values(c), 0.0));
        out.variance_ratio.push_back(total > 0 ? out.variance.back() / total : 0);
    }
    out.scores = project(out, x, options.threads);
    return out;
}

DenseMatrix project(const Pca& fitted, MatrixRef x, int threads) {
    const std::int64_t genes = x.cols(), width = fitted.loadings.cols;
    LEXICELL_ASSERT(genes == fitted.loadings.rows, "a PCA of other genes");
    const Block v = Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
                        fitted.loadings.values.data(), genes, width).cast<double>();
    const Eigen::RowVectorXd shift = Eigen::Map<const Eigen::VectorXd>(fitted.mean.data(), genes).transpose() * v;
    DenseMatrix out(x.rows(), width);
    parallel_for(x.rows(), kDenseRows, threads, [&](std::int64_t begin, std::int64_t end) {
        Block u;
        multiply(x, begin, end, v, shift, u);
        for (std::int64_t r = begin; r < end; ++r)
            for (std::int64_t c = 0; c < width; ++c) out(r, c) = static_cast<float>(u(r - begin, c));
    });
    return out;
}

}  // namespace lexicell
