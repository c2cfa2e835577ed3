#pragma once
// Principal components of log expression: what every embedding of cells is printed beside (metrics.md 11).

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lexicell/models/baseline/tensor_reader.h"
#include "lexicell/models/capabilities.h"
#include "lexicell/prep/pca.h"

namespace lexicell {

// log1p of counts scaled to target_sum over all genes of the source, centred, projected on the loadings.
class PcaEncoder : public CellEncoder {
public:
    // loadings: G x K, mean: G. Without a target_sum the sources hold log values already.
    PcaEncoder(std::vector<std::string> genes, DenseMatrix loadings, std::vector<double> mean, std::optional<double> target_sum);
    static PcaEncoder load(const TensorReader& tensors, std::vector<std::string> genes, std::optional<double> target_sum);  // Error(model)

    std::int64_t latent_width() const override { return axes_.loadings.cols; }
    const std::vector<std::string>& encoder_genes() const override { return genes_; }
    DenseMatrix embed_cells(const CellSource& cells, Sink& sink) const override;
    // The same of values that are log-normalised already, N x G in the order of encoder_genes().
    DenseMatrix embed(const CsrMatrix& logged, int threads = 1) const { return project(axes_, logged, threads); }

    bool reads_counts() const { return target_sum_.has_value(); }
    SafetensorsFile tensors() const;

private:
    std::vector<std::string> genes_;
    Pca axes_;
    std::optional<double> target_sum_;
};

struct PcaEncoderOptions {
    std::int64_t variable_genes = 2000;  // of largest log variance, within batches where these are given
    int components = 50;                 // cut to what exists
    std::uint64_t seed = 0;
    int threads = 1;
};

struct FittedPca {
    PcaEncoder encoder;
    DenseMatrix cells;  // N x K
};

// logged: N x G log-normalised values of `genes`, whatever the encoder will read later; batch: N codes.
FittedPca fit_pca_encoder(const CsrMatrix& logged, const std::vector<std::string>& genes, std::optional<std::span<const std::int32_t>> batch,
                          std::optional<double> target_sum, const PcaEncoderOptions& options = {});

}  // namespace lexicell
