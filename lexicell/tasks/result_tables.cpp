#include "lexicell/tasks/result_tables.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lexicell/tasks/table_file.h"

namespace lexicell {

namespace {

std::string optional_number(const std::optional<double>& value) { return value ? format_number(*value) : ""; }

std::vector<std::string> tied_genes(const RunResult& result) {
    std::vector<std::string> names;
    for (std::size_t g = 0; g < result.fit.model.genes.size(); ++g)
        if (result.fit.model.tied[g]) names.push_back(result.fit.model.genes[g]);
    return names;
}

}  // namespace

Table stage_table(const RunResult& result) {
    Table table{.caption = "Stages of training",
                .columns = {{"stage"}, {"steps", true}, {"epochs", true}, {"ended by"}, {"best step", true}, {"best validation loss", true}, {"cells per second", true}},
                .file_name = "stages"};
    for (const FittedStage& stage : result.fit.stages)
        table.rows.push_back({stage.name, std::to_string(stage.result.steps), std::to_string(stage.result.epochs), stage.result.ended_by,
                              std::to_string(stage.result.best_step), optional_number(stage.result.best_validation), format_number(stage.result.cells_per_second)});
    return table;
}

Table cluster_table(const RunResult& result) {
    Table table{.caption = "Clusters", .columns = {{"cluster"}, {"cells", true}, {"share", true}, {"top markers"}}, .file_name = "clusters"};
    std::vector<std::int64_t> sizes(result.clustering.clusters);
    for (const std::int32_t k : result.clustering.labels) ++sizes[k];
    std::vector<std::vector<std::int64_t>> top(sizes.size());
    if (result.markers) top = top_markers(*result.markers, 5);
    for (std::size_t k = 0; k < sizes.size(); ++k) {
        std::string genes;
        if (k < top.size())
            for (const std::int64_t gene : top[k]) genes += (genes.empty() ? "" : ", ") + result.cells.genes[gene];
        table.rows.push_back({std::to_string(k), std::to_string(sizes[k]), format_percent(static_cast<double>(sizes[k]) / static_cast<double>(result.clustering.labels.size())), genes});
    }
    return table;
}

Table score_table(const RunResult& result) {
    const bool labelled = std::ranges::any_of(result.scores, [](const EmbeddingScore& score) { return score.knn_accuracy.has_value(); });
    Table table{.caption = "Beside simple methods",
                .columns = {{"representation"}, {"clusters", true}, {"resolution", true}, {"silhouette", true}, {"ARI with sciLaMA", true}},
                .file_name = "scores"};
    if (labelled)
        for (const char* name : {"kNN accuracy", "ARI", "NMI", "label silhouette"}) table.columns.push_back({name, true});
    for (const EmbeddingScore& score : result.scores) {
        table.rows.push_back({score.name, std::to_string(score.clusters), format_number(score.resolution), format_number(score.silhouette), format_number(score.agreement)});
        if (labelled)
            for (const auto& value : {score.knn_accuracy, score.ari, score.nmi, score.label_silhouette}) table.rows.back().push_back(optional_number(value));
    }
    return table;
}

Table marker_table(const RunResult& result, int genes_per_cluster) {
    Table table{.caption = "Marker genes",
                .columns = {{"cluster"}, {"gene"}, {"score", true}, {"log2 fold change", true}, {"p", true}, {"adjusted p", true}, {"share in cluster", true}, {"share elsewhere", true}},
                .file_name = "markers"};
    if (!result.markers) return table;
    for (const RankedGroup& group : result.markers->groups)
        for (std::size_t i = 0; i < std::min<std::size_t>(group.genes.size(), genes_per_cluster); ++i) {
            const std::int64_t gene = group.genes[i];
            table.rows.push_back({group.group, result.cells.genes[gene], format_number(group.scores[i]), format_number(group.logfoldchanges[i]), format_number(group.pvals[i]),
                                  format_number(group.pvals_adj[i]), format_number(group.share[gene]), format_number(group.share_rest[gene])});
        }
    return table;
}

Table latent_marker_table(const RunResult& result, int genes_per_cluster) {
    Table table{.caption = "Marker genes as the model sees them",
                .columns = {{"cluster"}, {"gene"}, {"effect", true}, {"score", true}, {"p", true}, {"q", true}},
                .file_name = "latent_markers"};
    if (!result.latent_markers) return table;
    const auto& [genes, scored] = *result.latent_markers;
    for (std::int64_t group = 0; group < scored.groups; ++group) {
        const std::vector<std::int64_t> best = markers_of(scored, group);
        for (std::size_t i = 0; i < std::min<std::size_t>(best.size(), genes_per_cluster); ++i) {
            const std::int64_t at = group * scored.genes + best[i];
            table.rows.push_back({std::to_string(group), genes[best[i]], format_number(scored.effect[at]), format_number(scored.score[at]),
                                  format_number(scored.p[at]), format_number(scored.q[at])});
        }
    }
    return table;
}

Table module_table(const RunResult& result) {
    Table table{.caption = "Gene modules", .columns = {{"module"}, {"genes", true}, {"stability", true}, {"some of its genes"}}, .file_name = "modules"};
    if (!result.modules) return table;
    const std::vector<std::string> names = tied_genes(result);
    for (std::int32_t m = 0; m < result.modules->modules; ++m) {
        std::string some;
        std::int64_t size = 0;
        for (std::size_t g = 0; g < names.size(); ++g)
            if (result.modules->module[g] == m && ++size <= 12) some += (some.empty() ? "" : ", ") + names[g];
        table.rows.push_back({std::to_string(m), std::to_string(size), format_number(result.modules->stability[m]), some});
    }
    return table;
}

Table enrichment_table(const RunResult& result) {
    Table table{.caption = "Gene sets over-represented in the modules",
                .columns = {{"module"}, {"set"}, {"overlap", true}, {"of", true}, {"fold", true}, {"p", true}, {"q", true}, {"genes"}},
                .file_name = "enrichment"};
    for (const OverRepresentation& pair : result.enrichment.pairs) {
        if (pair.q >= 0.05) continue;
        table.rows.push_back({std::to_string(pair.module), pair.set, std::to_string(pair.overlap), std::to_string(pair.set_size), format_number(pair.fold),
                              format_number(pair.p), format_number(pair.q), fmt::format("{}", fmt::join(pair.genes, " "))});
    }
    return table;
}

Table module_control_table(const RunResult& result) {
    Table table{.caption = "Modules beside those of simpler placements of the same genes",
                .columns = {{"genes placed by"}, {"modules", true}, {"significant sets", true}, {"specificity", true}},
                .file_name = "module_controls"};
    for (const ModuleControl& row : result.module_controls)
        table.rows.push_back({row.name, std::to_string(row.modules), std::to_string(row.significant), format_number(row.specificity)});
    return table;
}

Table gene_table(const RunResult& result) {
    Table table{.caption = "Modelled genes", .columns = {{"gene"}, {"text"}, {"module"}}, .file_name = "genes"};
    std::size_t tied = 0;
    for (std::size_t g = 0; g < result.fit.model.genes.size(); ++g) {
        const bool with_text = result.fit.model.tied[g];
        std::string module;
        if (with_text && result.modules)
            if (const std::int32_t m = result.modules->module[tied]; m >= 0) module = std::to_string(m);
        tied += with_text;
        table.rows.push_back({result.fit.model.genes[g], with_text ? "yes" : "no", module});
    }
    return table;
}

std::vector<std::vector<std::int64_t>> top_markers(const RankGenesResult& markers, int genes_per_cluster) {
    std::vector<std::vector<std::int64_t>> top;
    for (const RankedGroup& group : markers.groups) {
        const std::size_t cluster = std::stoul(group.group);
        if (top.size() <= cluster) top.resize(cluster + 1);
        for (std::size_t i = 0; i < group.genes.size() && std::ssize(top[cluster]) < genes_per_cluster; ++i)
            if (group.scores[i] > 0 && group.pvals_adj[i] < 0.05) top[cluster].push_back(group.genes[i]);
    }
    return top;
}

Categorical module_categories(const GeneModules& modules) {
    Categorical out{.codes = modules.module};
    for (std::int32_t m = 0; m < modules.modules; ++m) out.categories.push_back(std::to_string(m));
    return out;
}

void write_tables(const RunResult& result, const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    const std::array tables = {stage_table(result), cluster_table(result), score_table(result), marker_table(result, 200), latent_marker_table(result, 200),
                               module_table(result), enrichment_table(result), module_control_table(result), gene_table(result)};
    for (const Table& table : tables) {
        if (!table.rows.empty()) write_table(table, folder / (table.file_name + ".csv"));
    }
}

}  // namespace lexicell
