#pragma once
// A trained sciLaMA as what it can do: the network with the featurizer it was trained behind.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lexicell/models/capabilities.h"
#include "lexicell/models/vae/scilama.h"
#include "lexicell/prep/featurizer.h"

namespace lexicell {

class TrainedScilama : public CellEncoder, public PanelEncoderCapability, public GeneEncoder, public ExpressionDecoder, public CellGeneTie {
public:
    // The featurizer's genes are the network's, in its order; Error(model) when their numbers or covariates differ.
    TrainedScilama(std::unique_ptr<Scilama> network, std::unique_ptr<Featurizer> featurizer);

    std::int64_t latent_width() const override { return network_->config().latent; }
    const std::vector<std::string>& encoder_genes() const override { return featurizer_->genes(); }
    DenseMatrix embed_cells(const CellSource& cells, Sink& sink) const override;

    // Centred with the means of these cells; with fewer than 50 of them, with the training means, and for genes that were not
    // in training with means predicted from the vectors ("predicted-gene-means" tells how well that works).
    // Error(precondition): the model has no panel-free encoder, the tables do not fit it, or no gene has a vector.
    DenseMatrix embed_panel(const CellSource& cells, const GeneVectorTables& vectors, Sink& sink) const override;

    const std::vector<std::string>& embedded_genes() const override { return tied_genes_; }
    DenseMatrix embed_genes() const override;
    DenseMatrix embed_genes(const GeneVectorTables& genes) const override;

    const std::vector<std::string>& decoded_genes() const override;
    DenseMatrix decode(const DenseMatrix& latent, const DenseMatrix& covariates, std::span<const std::int64_t> genes) const override;

    DenseMatrix tie_of_cells(const DenseMatrix& latent, const DenseMatrix& covariates) const override;
    DenseMatrix tie_of_genes() const override;
    DenseMatrix tie_of_genes(const GeneVectorTables& genes) const override;
    std::vector<float> tie_bias() const override;
    PredictedBias predict_bias(const GeneVectorTables& genes) const override;

    Scilama& network() const { return *network_; }
    const Featurizer& featurizer() const { return *featurizer_; }

private:
    std::vector<torch::Tensor> tensors_of(const GeneVectorTables& genes) const;  // checked against the network's sources
    void require_gene_side() const;

    std::unique_ptr<Scilama> network_;
    std::unique_ptr<Featurizer> featurizer_;
    std::vector<std::string> tied_genes_;
};

}  // namespace lexicell
