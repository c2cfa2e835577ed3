#include "lexicell/models/baseline/pca_encoder.h"

#include <algorithm>

#include "lexicell/data/take.h"
#include "lexicell/models/baseline/expression_classifier.h"
#include "lexicell/prep/highly_variable.h"

namespace lexicell {

PcaEncoder::PcaEncoder(std::vector<std::string> genes, DenseMatrix loadings, std::vector<double> mean, std::optional<double> target_sum)
    : genes_(std::move(genes)), target_sum_(target_sum) {
    axes_.loadings = std::move(loadings);
    axes_.mean = std::move(mean);
}

PcaEncoder PcaEncoder::load(const TensorReader& tensors, std::vector<std::string> genes, std::optional<double> target_sum) {
    const auto size = std::ssize(genes);
    return PcaEncoder(std::move(genes), tensors.matrix("loadings", size, std::nullopt), tensors.vector("mean", size), target_sum);
}

SafetensorsFile PcaEncoder::tensors() const {
    SafetensorsFile file;
    file.tensors["loadings"] = to_host(axes_.loadings);
    file.tensors["mean"] = to_host(axes_.mean);
    return file;
}

DenseMatrix PcaEncoder::embed_cells(const CellSource& cells, Sink& sink) const { return embed(logged_expression(cells, genes_, target_sum_, sink)); }

FittedPca fit_pca_encoder(const CsrMatrix& logged, const std::vector<std::string>& genes, std::optional<std::span<const std::int32_t>> batch,
                          std::optional<double> target_sum, const PcaEncoderOptions& options) {
    const std::vector<std::int64_t> chosen = highly_variable_genes(logged, {.top = options.variable_genes, .threads = options.threads}, batch).genes();
    const CsrMatrix variable = take_cols(logged, chosen);
    const auto components = static_cast<int>(std::min<std::int64_t>({options.components, variable.rows - 1, variable.cols}));
    Pca fitted = pca(variable, {.components = components, .seed = options.seed, .threads = options.threads});
    return {.encoder = PcaEncoder(take(genes, chosen), std::move(fitted.loadings), std::move(fitted.mean), target_sum), .cells = std::move(fitted.scores)};
}

}  // namespace lexicell
