#pragma once
// The tables of a run: in the report, and as csv files beside it.

#include <filesystem>
#include <string>
#include <vector>

#include "lexicell/report/table.h"
#include "lexicell/tasks/run_result.h"

namespace lexicell {

Table stage_table(const RunResult& result);
Table cluster_table(const RunResult& result);
Table score_table(const RunResult& result);                          // sciLaMA beside its baselines
Table marker_table(const RunResult& result, int genes_per_cluster);
Table latent_marker_table(const RunResult& result, int genes_per_cluster);  // by the model, not by expression
Table module_table(const RunResult& result);
Table enrichment_table(const RunResult& result);
Table module_control_table(const RunResult& result);
Table gene_table(const RunResult& result);                           // every modelled gene: text, module

// Columns of the loaded values of the best markers of each cluster.
std::vector<std::vector<std::int64_t>> top_markers(const RankGenesResult& markers, int genes_per_cluster);
Categorical module_categories(const GeneModules& modules);           // G' codes, -1 = unassigned

// Every table that has rows, as <folder>/<file_name>.csv.
void write_tables(const RunResult& result, const std::filesystem::path& folder);

}  // namespace lexicell
