#pragma once
// What a trained model can do, each a small interface without LibTorch (design.md, the seams). A model implements those it
// has; tasks ask for these and never for a model. Letters: N cells, B cells of a call, G genes, P genes asked for, K latent,
// C covariate columns, W width of the tie.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lexicell/base/sink.h"
#include "lexicell/data/cell_source.h"
#include "lexicell/data/matrix.h"

namespace lexicell {

// Static vectors of genes that a model need not know: one table a source, P x D each, rows as `genes`.
struct GeneVectorTables {
    std::vector<std::string> genes;
    std::vector<DenseMatrix> tables;
};

class CellEncoder {
public:
    virtual ~CellEncoder() = default;
    virtual std::int64_t latent_width() const = 0;                    // K
    virtual const std::vector<std::string>& encoder_genes() const = 0;  // G names that the encoder reads
    // Posterior means, N x K. Genes are paired by name; missing ones are read as absent and warned of.
    // Error(precondition) when no gene matches.
    virtual DenseMatrix embed_cells(const CellSource& cells, Sink& sink) const = 0;
};

// A cell encoder that can read genes it was not trained on, by their vectors.
class PanelEncoderCapability {
public:
    virtual ~PanelEncoderCapability() = default;
    // N x K of cells measured with any genes; only genes of the source that have a row in `vectors` are read.
    virtual DenseMatrix embed_panel(const CellSource& cells, const GeneVectorTables& vectors, Sink& sink) const = 0;
};

class GeneEncoder {
public:
    virtual ~GeneEncoder() = default;
    virtual const std::vector<std::string>& embedded_genes() const = 0;   // G' names
    virtual DenseMatrix embed_genes() const = 0;                          // G' x K
    virtual DenseMatrix embed_genes(const GeneVectorTables& genes) const = 0;  // P x K, also genes never measured
};

class ExpressionDecoder {
public:
    virtual ~ExpressionDecoder() = default;
    virtual const std::vector<std::string>& decoded_genes() const = 0;  // G names
    // Expected expression of cells given by their latent vectors, B x P for the columns `genes` of decoded_genes() (empty:
    // all). Units: log1p(CP10K). covariates: B x C, 0 columns where the model has none.
    virtual DenseMatrix decode(const DenseMatrix& latent, const DenseMatrix& covariates, std::span<const std::int64_t> genes) const = 0;
};

class CellClassifier {
public:
    virtual ~CellClassifier() = default;
    virtual const std::vector<std::string>& classes() const = 0;           // C names
    virtual const std::vector<std::string>& classifier_genes() const = 0;  // G names that it reads
    // N x C log probabilities up to a constant a row: softmax of a row gives the probabilities, softmax of row / T those at
    // temperature T. Genes are paired by name; missing ones are read as absent and warned of.
    virtual DenseMatrix class_logits(const CellSource& cells, Sink& sink) const = 0;
};

// Cells and genes in one space: the model's prediction (before its non-linearity) is <cell, gene> + bias.
class CellGeneTie {
public:
    virtual ~CellGeneTie() = default;
    virtual DenseMatrix tie_of_cells(const DenseMatrix& latent, const DenseMatrix& covariates) const = 0;  // B x W
    virtual DenseMatrix tie_of_genes() const = 0;                                 // G' x W, rows as embedded_genes()
    virtual DenseMatrix tie_of_genes(const GeneVectorTables& genes) const = 0;    // P x W, also genes never measured
    virtual std::vector<float> tie_bias() const = 0;                              // G'
    // The bias of genes never measured, predicted from their vectors, and how well that works on genes that were (R^2,
    // cross-validated).
    struct PredictedBias {
        std::vector<float> bias;  // P
        double r_squared = 0;
    };
    virtual PredictedBias predict_bias(const GeneVectorTables& genes) const = 0;
};

}  // namespace lexicell
