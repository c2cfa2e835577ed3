#include "lexicell/tasks/run_options.h"

#include "lexicell/base/hash.h"

namespace lexicell {

using nlohmann::json;

json run_parameters(const RunOptions& options) {
    json p = {{"scilama", json::parse(to_json(options.fit.config))},
              {"neighbours", options.clusters.neighbours},
              {"resolution", options.clusters.resolution ? json(*options.clusters.resolution) : json("auto")},
              {"batch", options.batch ? json(*options.batch) : json()},
              {"label", options.label ? json(*options.label) : json()},
              {"layer", options.load.counts.layer ? json(*options.load.counts.layer) : json()},
              {"species", options.load.species ? json(std::string(name_of(*options.load.species))) : json("auto")},
              {"orthologs", options.load.orthologs},
              {"min_genes", options.load.cells.min_genes ? json(*options.load.cells.min_genes) : json()},
              {"min_counts", options.load.cells.min_counts ? json(*options.load.cells.min_counts) : json()},
              {"max_percent_mt", options.load.cells.max_percent_mt ? json(*options.load.cells.max_percent_mt) : json()},
              {"min_cells", options.load.genes.min_cells ? json(*options.load.genes.min_cells) : json()}};
    return p;
}

LoadOptions run_load_options(const RunOptions& options) {
    LoadOptions load = options.load;
    const std::string& likelihood = options.fit.config.likelihood;
    load.accept_log = likelihood == "auto" || likelihood == "gaussian";
    load.threads = options.threads;
    return load;
}

FitOptions run_fit_options(const RunOptions& options, const RunFolder& folder) {
    FitOptions fit = options.fit;
    fit.training_folder = folder.partial() / "training";
    // Texts of the knowledge folder may cover little; a table that the user named must fit.
    fit.force_coverage = fit.force_coverage || options.gene_vectors.empty();
    return fit;
}

std::string run_identity(Manifest& manifest, const std::vector<GeneTable>& tables, int threads) {
    std::string text = manifest.document()["input"].dump() + manifest.document()["parameters"].dump() + std::to_string(threads);
    for (const GeneTable& table : tables) text += table.hash;
    return sha256(text);
}

}  // namespace lexicell
