#pragma once
// The seam between counts and models (design.md): fitted state that is saved with a model, turns counts into features the
// same way for ever, and refuses to be replaced by another preprocessing.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lexicell/base/sink.h"
#include "lexicell/data/cell_source.h"
#include "lexicell/prep/covariates.h"
#include "lexicell/prep/features.h"

namespace lexicell {

// What is saved: a JSON document with the key "kind", and arrays for a safetensors file.
struct FeaturizerState {
    std::string json;
    std::map<std::string, HostArray> arrays;
};

// SHA-256 of the state, whatever the JSON's layout: two featurizers with the same hash make the same features.
std::string hash_of(const FeaturizerState& state);

class Featurizer {
public:
    virtual ~Featurizer() = default;
    virtual std::string_view kind() const = 0;                   // the name in the registry
    virtual const std::vector<std::string>& genes() const = 0;   // G model genes, unique
    virtual const CovariateEncoder* covariates() const { return nullptr; }
    virtual bool reads_counts() const { return true; }           // else log-normalised values
    // counts: B x G in the order of genes(), genes that the source lacks are 0; totals: B, a cell's counts over all genes
    // of its source. No cell depends on another.
    virtual Features features(const CsrMatrix& counts, std::span<const double> totals) const = 0;
    virtual FeaturizerState state() const = 0;
};

// Rebuilds a featurizer. Error(model): unknown kind, broken state, or a hash other than `expected_hash`.
std::unique_ptr<Featurizer> load_featurizer(const FeaturizerState& state,
                                            const std::optional<std::string>& expected_hash = std::nullopt);

// Error(model) "other-preprocessing" unless both states have the same hash.
void require_same_preprocessing(const FeaturizerState& model, const FeaturizerState& offered);

// Reads features of a source's cells. Genes are paired by name; those of the model that the source lacks are warned of
// ("genes-absent") and read as 0. Error(precondition) when no gene matches. Both arguments must outlive the reader.
class FeatureReader {
public:
    FeatureReader(const Featurizer& featurizer, const CellSource& source, Sink& sink = silence());

    Features read(std::span<const std::int64_t> cells) const;
    // The counts alone: B x G in model order, and totals over all genes of the source.
    CsrMatrix counts(std::span<const std::int64_t> cells, std::vector<double>& totals) const;
    const std::vector<std::string>& absent_genes() const { return absent_; }

private:
    const Featurizer& featurizer_;
    const CellSource& source_;
    std::vector<std::int32_t> position_;  // source gene -> model gene, -1 = not in the model
    std::vector<std::string> absent_;
    DenseMatrix covariates_;              // N x C
};

}  // namespace lexicell
