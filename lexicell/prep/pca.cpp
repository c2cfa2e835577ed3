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

// Vectors are multiplied eight at a time: a gene's eight numbers fill one cache line, so a stored value costs one line and
// eight multiplications. Fewer vectors are padded with zeros.
constexpr std::int64_t kWidth = 8;
using Panel = Eigen::Matrix<double, Eigen::Dynamic, kWidth, Eigen::RowMajor>;  // one row a gene or cell
using Shift = Eigen::Matrix<double, 1, kWidth>;
using Basis = Eigen::MatrixXd;

Panel panel_of(const Basis& columns) {
    Panel out = Panel::Zero(columns.rows(), kWidth);
    out.leftCols(columns.cols()) = columns;
    return out;
}

// u = x v - mean^T v for one cell.
void row_times(MatrixRef x, std::int64_t cell, const Panel& v, const Shift& shift, double* u) {
    double sum[kWidth] = {};
    x.for_nonzero(cell, [&](std::int64_t gene, float value) {
        const double* in = v.data() + gene * kWidth;
        const double scale = value;
        for (std::int64_t c = 0; c < kWidth; ++c) sum[c] += scale * in[c];
    });
    for (std::int64_t c = 0; c < kWidth; ++c) u[c] = sum[c] - shift(c);
}

// y += x^T u for one cell.
void add_outer(MatrixRef x, std::int64_t cell, const double* u, Panel& y) {
    x.for_nonzero(cell, [&](std::int64_t gene, float value) {
        double* out = y.data() + gene * kWidth;
        const double scale = value;
        for (std::int64_t c = 0; c < kWidth; ++c) out[c] += scale * u[c];
    });
}

Shift shift_of(const std::vector<double>& mean, const Panel& v) {
    return Eigen::Map<const Eigen::RowVectorXd>(mean.data(), static_cast<std::int64_t>(mean.size())) * v;
}

// Covariance times a panel. Partial sums belong to at most 16 ranges of cells, whatever the number of threads.
Basis covariance_times(MatrixRef x, const std::vector<double>& mean, const Basis& vectors, int threads) {
    const std::int64_t cells = x.rows(), genes = x.cols();
    const Panel v = panel_of(vectors);
    const Shift shift = shift_of(mean, v);
    const std::int64_t grain = std::max<std::int64_t>(64, (cells + 15) / 16);
    std::vector<Panel> partial((cells + grain - 1) / grain);
    parallel_for(cells, grain, threads, [&](std::int64_t begin, std::int64_t end) {
        Panel sum = Panel::Zero(genes, kWidth);
        double u[kWidth];
        for (std::int64_t r = begin; r < end; ++r) {
            row_times(x, r, v, shift, u);
            add_outer(x, r, u, sum);
        }
        partial[begin / grain] = std::move(sum);
    });
    Panel out = std::move(partial[0]);
    for (std::size_t i = 1; i < partial.size(); ++i) out += partial[i];
    return out.leftCols(vectors.cols()) / static_cast<double>(cells - 1);
}

// w made orthonormal and orthogonal to q; columns of which less than `floor` is new are dropped.
Basis orthonormalize(const Basis& q, Basis w, double floor) {
    for (int pass = 0; pass < 2; ++pass) w -= q * (q.transpose() * w).eval();
    std::int64_t kept = 0;
    for (std::int64_t k = 0; k < w.cols(); ++k) {
        Eigen::VectorXd column = w.col(k);
        for (int pass = 0; pass < 2; ++pass) {
            column -= w.leftCols(kept) * (w.leftCols(kept).transpose() * column).eval();
            column -= q * (q.transpose() * column).eval();
        }
        const double norm = column.norm();
        if (norm > floor) w.col(kept++) = column / norm;
    }
    return w.leftCols(kept);
}

}  // namespace

Pca pca(MatrixRef x, const PcaOptions& options, Sink& sink) {
    const std::int64_t cells = x.rows(), genes = x.cols();
    if (cells < 2 || genes < 1)
        throw Error(ErrorKind::precondition, {.type = "too-few-cells", .message = "principal components need at least 2 cells and a gene"});
    const std::int64_t wanted = std::min<std::int64_t>({options.components, cells - 1, genes});
    const std::int64_t width = std::min<std::int64_t>({kWidth, cells, genes});
    GeneMoments moments = gene_moments(x, {.threads = options.threads});
    double total = 0;
    for (const double v : moments.variance) total += v;

    RandomStream random(random_key(options.seed, 0x706361));
    Basis start(genes, width);
    for (std::int64_t g = 0; g < genes; ++g)
        for (std::int64_t k = 0; k < width; ++k) start(g, k) = random.normal();

    Pca out{.mean = std::move(moments.mean)};
    Basis q(genes, 0), next = orthonormalize(q, std::move(start), 0);
    Eigen::MatrixXd projected;  // Q^T A Q
    Eigen::MatrixXd vectors;
    Eigen::VectorXd values;
    for (std::int64_t used = 0, look = 2 * wanted + width;;) {
        const std::int64_t added = next.cols();
        q.conservativeResize(Eigen::NoChange, used + added);
        q.rightCols(added) = next;
        if (sink.stop_requested()) throw Error(ErrorKind::interrupted, {.type = "interrupted", .message = "principal components were stopped on request"});
        sink.progress({.stage = "pca", .done = static_cast<std::uint64_t>(out.passes)});
        Basis image = covariance_times(x, out.mean, next, options.threads);
        ++out.passes;
        const Eigen::MatrixXd coefficients = q.transpose() * image;
        projected.conservativeResize(used + added, used + added);
        projected.rightCols(added) = coefficients;
        projected.bottomRows(added) = coefficients.transpose();
        used += added;
        image -= q * coefficients;

        next = orthonormalize(q, image, 1e-12 * total);
        const bool exhausted = next.cols() == 0 || used >= genes;
        // A basis barely larger than the answer cannot have converged; after that it is looked at as it grows by a tenth.
        if (!exhausted && used < look) continue;
        look = std::max(used + width, used + used / 10);
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
    const Basis loadings = Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
                               fitted.loadings.values.data(), genes, width).cast<double>();
    DenseMatrix out(x.rows(), width);
    for (std::int64_t first = 0; first < width; first += kWidth) {
        const std::int64_t columns = std::min(kWidth, width - first);
        const Panel v = panel_of(loadings.middleCols(first, columns));
        const Shift shift = shift_of(fitted.mean, v);
        parallel_for(x.rows(), 64, threads, [&](std::int64_t begin, std::int64_t end) {
            double u[kWidth];
            for (std::int64_t r = begin; r < end; ++r) {
                row_times(x, r, v, shift, u);
                for (std::int64_t c = 0; c < columns; ++c) out(r, first + c) = static_cast<float>(u[c]);
            }
        });
    }
    return out;
}

}  // namespace lexicell
