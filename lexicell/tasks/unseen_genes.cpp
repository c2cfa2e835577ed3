#include "lexicell/tasks/unseen_genes.h"

#include <cmath>
#include <cstdint>

#include "lexicell/base/error.h"

namespace lexicell {

std::vector<double> unseen_gene_correlations(const CellGeneTie& tie, const DenseMatrix& latent, const DenseMatrix& covariates,
                                             const GeneVectorTables& genes, const CsrMatrix& expression) {
    const DenseMatrix cells = tie.tie_of_cells(latent, covariates), vectors = tie.tie_of_genes(genes);
    LEXICELL_ASSERT(expression.rows == cells.rows && expression.cols == vectors.rows, "expression of other cells or genes");
    const std::int64_t width = cells.cols, n = cells.rows;
    std::vector<double> mean(width);
    for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t w = 0; w < width; ++w) mean[w] += cells(i, w) / static_cast<double>(n);
    // With cells centred, sum x p needs only the nonzero x; sum p^2 is a quadratic form of the cells' second moments.
    std::vector<double> second(width * width);
    for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t a = 0; a < width; ++a)
            for (std::int64_t b = 0; b < width; ++b) second[a * width + b] += (cells(i, a) - mean[a]) * (cells(i, b) - mean[b]);
    std::vector<double> sum(expression.cols), squares(expression.cols), towards(expression.cols * width);
    for (std::int64_t i = 0; i < n; ++i) {
        const auto columns = expression.row_indices(i);
        const auto values = expression.row_values(i);
        for (std::size_t k = 0; k < columns.size(); ++k) {
            const double x = values[k];
            sum[columns[k]] += x;
            squares[columns[k]] += x * x;
            for (std::int64_t w = 0; w < width; ++w) towards[columns[k] * width + w] += x * (cells(i, w) - mean[w]);
        }
    }
    std::vector<double> out;
    for (std::int64_t g = 0; g < expression.cols; ++g) {
        double product = 0, predicted = 0;
        for (std::int64_t a = 0; a < width; ++a) {
            product += towards[g * width + a] * vectors(g, a);
            for (std::int64_t b = 0; b < width; ++b) predicted += vectors(g, a) * second[a * width + b] * vectors(g, b);
        }
        const double observed = squares[g] - sum[g] * sum[g] / static_cast<double>(n);
        out.push_back(observed > 0 && predicted > 0 ? product / std::sqrt(observed * predicted) : 0);
    }
    return out;
}

}  // namespace lexicell
