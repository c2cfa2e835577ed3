#include "lexicell/text/truncated_svd.h"

#include <algorithm>
#include <cmath>

#include <Eigen/Dense>

#include "lexicell/base/error.h"
#include "lexicell/base/parallel.h"
#include "lexicell/base/random.h"

namespace lexicell {

namespace {

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using RowMap = Eigen::Map<RowMajor>;
using ConstRowMap = Eigen::Map<const RowMajor>;

// Rows of one block; fixes the order of every sum, so results do not depend on threads.
constexpr std::int64_t block_rows = 512;

RowMap view(DenseMatrix& m) { return RowMap(m.values.data(), m.rows, m.cols); }
ConstRowMap view(const DenseMatrix& m) { return ConstRowMap(m.values.data(), m.rows, m.cols); }

DenseMatrix multiply(const CsrMatrix& a, const DenseMatrix& b, int threads) {
    DenseMatrix out(a.rows, b.cols);
    parallel_for(a.rows, 64, threads, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r) {
            float* row = out.row(r).data();
            for (std::int64_t k = a.indptr[r]; k < a.indptr[r + 1]; ++k) {
                const float value = a.values[k];
                const float* other = b.row(a.indices[k]).data();
                for (std::int64_t c = 0; c < b.cols; ++c) row[c] += value * other[c];
            }
        }
    });
    return out;
}

// m^T m in double precision, after subtracting `mean` from every row.
Eigen::MatrixXd gram(const DenseMatrix& m, const Eigen::RowVectorXd& mean, int threads) {
    const std::int64_t blocks = (m.rows + block_rows - 1) / block_rows;
    std::vector<Eigen::MatrixXd> parts(static_cast<std::size_t>(blocks));
    parallel_for(m.rows, block_rows, threads, [&](std::int64_t begin, std::int64_t end) {
        Eigen::MatrixXd block = view(m).middleRows(begin, end - begin).cast<double>();
        block.rowwise() -= mean;
        Eigen::MatrixXd& part = parts[begin / block_rows];
        part = Eigen::MatrixXd::Zero(m.cols, m.cols);
        part.selfadjointView<Eigen::Lower>().rankUpdate(block.transpose());
    });
    Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(m.cols, m.cols);
    for (const Eigen::MatrixXd& part : parts) sum += part;
    return sum.selfadjointView<Eigen::Lower>();
}

DenseMatrix times(const DenseMatrix& m, const Eigen::RowVectorXd& mean, const Eigen::MatrixXd& right, int threads) {
    DenseMatrix out(m.rows, right.cols());
    const RowMajor r = right.cast<float>();
    const Eigen::RowVectorXf shift = (mean * right).cast<float>();
    parallel_for(m.rows, block_rows, threads, [&](std::int64_t begin, std::int64_t end) {
        auto block = view(out).middleRows(begin, end - begin);
        block.noalias() = view(m).middleRows(begin, end - begin) * r;
        block.rowwise() -= shift;
    });
    return out;
}

// Eigenvectors of a Gram matrix, largest eigenvalue first, those that are numerically zero left out.
struct Spectrum {
    Eigen::VectorXd values;
    Eigen::MatrixXd vectors;  // a column each
};

Spectrum leading(const Eigen::MatrixXd& gram_matrix, Eigen::Index most) {
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(gram_matrix);
    const Eigen::VectorXd values = solver.eigenvalues().reverse();
    Eigen::Index count = 0;
    while (count < std::min<Eigen::Index>(most, values.size()) && values[count] > 1e-10 * values[0] && values[0] > 0) ++count;
    return {values.head(count), solver.eigenvectors().rowwise().reverse().leftCols(count)};
}

DenseMatrix orthonormal(const DenseMatrix& m, int threads) {
    if (m.cols == 0) return m;
    const Eigen::RowVectorXd no_mean = Eigen::RowVectorXd::Zero(m.cols);
    const Spectrum spectrum = leading(gram(m, no_mean, threads), m.cols);
    return times(m, no_mean, spectrum.vectors * spectrum.values.cwiseSqrt().cwiseInverse().asDiagonal(), threads);
}

}  // namespace

TruncatedSvd truncated_svd(const CsrMatrix& matrix, const SvdOptions& options) {
    LEXICELL_ASSERT(options.rank > 0, "a rank is positive");
    const CsrMatrix transposed = transpose(matrix);
    const std::int64_t width = std::min<std::int64_t>({options.rank + options.oversampling, matrix.rows, matrix.cols});
    if (width == 0) return {.u = DenseMatrix(matrix.rows, 0), .v = DenseMatrix(matrix.cols, 0)};
    DenseMatrix probe(matrix.cols, width);
    parallel_for(matrix.cols, 256, options.threads, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r) {
            RandomStream random(random_key(options.seed, 0x737664), static_cast<std::uint64_t>(r));
            for (float& value : probe.row(r)) value = static_cast<float>(random.normal());
        }
    });
    DenseMatrix range = orthonormal(multiply(matrix, probe, options.threads), options.threads);
    for (int i = 0; i < options.power_iterations; ++i) {
        const DenseMatrix back = orthonormal(multiply(transposed, range, options.threads), options.threads);
        range = orthonormal(multiply(matrix, back, options.threads), options.threads);
    }
    range = orthonormal(range, options.threads);  // a second pass brings the columns to working precision
    const DenseMatrix reduced = multiply(transposed, range, options.threads);
    if (range.cols == 0) return {.u = DenseMatrix(matrix.rows, 0), .v = DenseMatrix(matrix.cols, 0)};
    const Eigen::RowVectorXd no_mean = Eigen::RowVectorXd::Zero(reduced.cols);
    const Spectrum spectrum = leading(gram(reduced, no_mean, options.threads), options.rank);

    TruncatedSvd out;
    const Eigen::VectorXd s = spectrum.values.cwiseSqrt();
    out.s.assign(s.begin(), s.end());
    out.u = times(range, no_mean, spectrum.vectors, options.threads);
    out.v = times(reduced, no_mean, spectrum.vectors * s.cwiseInverse().asDiagonal(), options.threads);
    return out;
}

PrincipalAxes principal_axes(const DenseMatrix& rows, int rank, bool centre, int threads) {
    PrincipalAxes out;
    if (rows.cols == 0) return out;
    Eigen::RowVectorXd mean = Eigen::RowVectorXd::Zero(rows.cols);
    if (centre && rows.rows > 0) mean = view(rows).cast<double>().colwise().mean();
    const Spectrum spectrum = leading(gram(rows, mean, threads), rank);
    out.mean.assign(mean.begin(), mean.end());
    out.axes = DenseMatrix(rows.cols, spectrum.vectors.cols());
    view(out.axes) = spectrum.vectors.cast<float>();
    return out;
}

DenseMatrix project(const DenseMatrix& rows, const PrincipalAxes& axes, int threads) {
    const Eigen::Map<const Eigen::RowVectorXd> mean(axes.mean.data(), static_cast<Eigen::Index>(axes.mean.size()));
    return times(rows, mean, view(axes.axes).cast<double>(), threads);
}

}  // namespace lexicell
