#pragma once
// Cells mapped onto a Harmony reference that stays as it is: principal components, then Symphony's correction (Kang et al.,
// Nat Commun 2021).

#include <optional>
#include <string>
#include <vector>

#include "lexicell/models/baseline/harmony.h"
#include "lexicell/models/baseline/pca_encoder.h"

namespace lexicell {

class HarmonyEncoder : public CellEncoder {
public:
    // batch: the obs column that tells the sources' batches; cells of a source without it are one batch, which is warned of.
    HarmonyEncoder(PcaEncoder components, HarmonyReference reference, std::string batch);
    // Error(model) when the tensors do not fit each other.
    static HarmonyEncoder load(const TensorReader& tensors, PcaEncoder components, std::string batch, double sigma, double lambda);

    std::int64_t latent_width() const override { return components_.latent_width(); }
    const std::vector<std::string>& encoder_genes() const override { return components_.encoder_genes(); }
    DenseMatrix embed_cells(const CellSource& cells, Sink& sink) const override;

    const PcaEncoder& components() const { return components_; }
    const HarmonyReference& reference() const { return reference_; }
    const std::string& batch() const { return batch_; }
    SafetensorsFile tensors() const;  // those of the components too

private:
    PcaEncoder components_;
    HarmonyReference reference_;
    std::string batch_;
};

}  // namespace lexicell
