#include "lexicell/tasks/load_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "lexicell/base/error.h"
#include "lexicell/tasks/placement_folder.h"
#include "lexicell/tasks/scilama_folder.h"
#include "lexicell/tasks/text_side.h"

namespace lexicell {

namespace {

LoadedModel load_scilama(const std::filesystem::path& folder) {
    const auto model = std::make_shared<const ScilamaModel>(read_scilama(folder));
    LoadedModel out{.type = "scilama", .species = model->species, .owner = model};
    const TrainedScilama& trained = *model->trained;
    if (!trained.featurizer().reads_counts()) out.reads = ValueScale::log_normalised;
    for (std::size_t g = 0; g < model->genes.size(); ++g)
        if (model->tied[g]) out.gene_text_ids.push_back(model->text_ids[g]);
    out.vector_sources = model->vectors.sources;
    out.vector_scales = model->vectors.scales;
    out.dedup = dedup_named(trained.network().config().dedup);
    out.covariates = trained.featurizer().covariates();
    out.cells = &trained;
    out.expression = &trained;
    if (trained.network().panel_free()) out.panel = &trained;
    if (trained.network().has_gene_side()) {
        out.genes = &trained;
        out.tie = &trained;
    }
    return out;
}

}  // namespace

LoadedModel load_model(const std::filesystem::path& path) {
    const ModelFolder folder = read_model_folder(path);
    const nlohmann::json config = nlohmann::json::parse(folder.config, nullptr, false);
    const std::string type = config.value("model_type", "");
    return type == "pca" || type == "harmony" ? read_placement(folder, path) : load_scilama(path);
}

GeneVectorTables vectors_for(const LoadedModel& model, const std::vector<GeneTable>& tables, const std::vector<std::string>& names,
                             const std::vector<std::string>& text_ids) {
    std::vector<std::string> sources;
    for (const GeneTable& table : tables) sources.push_back(table.source);
    if (sources != model.vector_sources)
        throw Error(ErrorKind::precondition, {.type = "vector-tables", .message = "these are not the vectors that the model was trained with",
                                              .found = fmt::format("{}", fmt::join(sources, ", ")), .expected = fmt::format("{}", fmt::join(model.vector_sources, ", ")),
                                              .hint = "give the same --knowledge or --gene-vectors as in training"});
    const std::vector<bool> known = take_gene_vectors(tables, text_ids, false).in_all();
    GeneVectorTables out;
    std::vector<std::string> ids;
    for (std::size_t g = 0; g < names.size(); ++g)
        if (known[g]) {
            out.genes.push_back(names[g]);
            ids.push_back(text_ids[g]);
        }
    out.tables = take_gene_vectors(tables, ids, false).tables;
    for (std::size_t s = 0; s < out.tables.size(); ++s) apply_vector_scale(model.vector_scales[s], out.tables[s]);
    return out;
}

}  // namespace lexicell
