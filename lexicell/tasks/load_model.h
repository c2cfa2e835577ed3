#pragma once
// A model folder as what the model can do. Tasks ask for a capability, never for a model; LibTorch stays below.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "lexicell/models/capabilities.h"
#include "lexicell/prep/counts.h"
#include "lexicell/prep/covariates.h"
#include "lexicell/tasks/gene_vectors.h"
#include "lexicell/text/gene_table.h"

namespace lexicell {

struct LoadedModel {
    std::string type;                                    // "scilama", "pca", "harmony"
    std::string species;                                 // of its genes: "human", "mouse", "" = unknown
    ValueScale reads = ValueScale::counts;               // counts or log-normalised values
    std::vector<std::string> gene_text_ids;              // of genes->embedded_genes(): their names in the vector tables
    std::vector<std::string> vector_sources;             // S
    Dedup dedup = Dedup::refuse;                         // what was done with repeated ids of the vector tables
    std::vector<VectorScale> vector_scales;              // S, how raw vectors become the model's input
    const CovariateEncoder* covariates = nullptr;        // null where the model has none

    // Null where the model cannot.
    const CellEncoder* cells = nullptr;
    const PanelEncoderCapability* panel = nullptr;
    const GeneEncoder* genes = nullptr;
    const ExpressionDecoder* expression = nullptr;
    const CellGeneTie* tie = nullptr;

    std::shared_ptr<const void> owner;                   // keeps what the pointers see
};

// Error(model) when the folder is damaged or holds a model of an unknown type.
LoadedModel load_model(const std::filesystem::path& folder);

// Rows of raw vectors for `names`, found in `tables` by text id, in the scale of the model's training; names without a vector
// in every source are left out. Error(precondition, "vector-tables") when the tables are not of the model's sources.
GeneVectorTables vectors_for(const LoadedModel& model, const std::vector<GeneTable>& tables, const std::vector<std::string>& names,
                             const std::vector<std::string>& text_ids);

}  // namespace lexicell
