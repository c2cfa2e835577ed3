#pragma once
// A run's result in AnnData's slots (formats.md 4) and in its manifest.

#include <nlohmann/json.hpp>

#include "lexicell/data/dataset.h"
#include "lexicell/tasks/run_result.h"

namespace lexicell {

// obsm X_scilama and UMAP, obs clusters and quality figures, var and varm of the modelled genes, uns rank_genes_groups,
// scilama and lexicell_runs. Genes that were not modelled have rows of zeros and say so in var["scilama_gene"].
Dataset result_additions(const RunResult& result, const nlohmann::json& manifest);

// Sizes, coverage and scores into the manifest.
void describe_result(const RunResult& result, nlohmann::json& manifest);

}  // namespace lexicell
