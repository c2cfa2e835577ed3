#include "lexicell/tasks/embed.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "lexicell/base/error.h"

namespace lexicell {

namespace {

std::int64_t shared_genes(const std::vector<std::string>& model, const std::vector<std::string>& file) {
    const std::unordered_set<std::string_view> measured(file.begin(), file.end());
    return std::ranges::count_if(model, [&](const std::string& gene) { return measured.contains(gene); });
}

// The file's genes under the names of the model's species, each once.
struct NamedColumns {
    std::vector<std::string> names;
    std::vector<std::int64_t> columns;
};

NamedColumns columns_of_species(const LoadedModel& model, const LoadedCells& data, Sink& sink) {
    const bool same = model.species.empty() || !data.reconciliation || model.species == data.species;
    const std::vector<std::string>& names = same ? data.genes : data.text_ids;
    if (!same) sink.info(fmt::format("{} genes are read as their {} orthologs", data.species, model.species));
    NamedColumns out;
    std::unordered_set<std::string_view> seen;
    for (std::size_t g = 0; g < names.size(); ++g)
        if (!names[g].empty() && seen.insert(names[g]).second) {
            out.names.push_back(names[g]);
            out.columns.push_back(static_cast<std::int64_t>(g));
        }
    return out;
}

EmbeddedCells embed_by_text(const LoadedModel& model, const LoadedCells& data, const std::vector<GeneTable>& tables, Sink& sink) {
    const GeneVectorTables vectors = vectors_for(model, tables, data.genes, data.text_ids);
    const MemoryCells source(data.values, data.genes, data.dataset.obs);
    EmbeddedCells out{.by_text = true, .genes_read = static_cast<std::int64_t>(vectors.genes.size())};
    out.genes_shared = shared_genes(model.cells->encoder_genes(), vectors.genes);
    out.cells = model.panel->embed_panel(source, vectors, sink);
    return out;
}

EmbeddedCells embed_by_name(const LoadedModel& model, const LoadedCells& data, const EmbedOptions& options, Sink& sink) {
    const NamedColumns named = columns_of_species(model, data, sink);
    const auto total = static_cast<std::int64_t>(model.cells->encoder_genes().size());
    EmbeddedCells out;
    out.genes_read = out.genes_shared = shared_genes(model.cells->encoder_genes(), named.names);
    if (static_cast<double>(total - out.genes_shared) > options.largest_missing_share * static_cast<double>(total) && !options.force)
        throw Error(ErrorKind::precondition, {.type = "few-genes", .message = "too few of the model's genes are in the file",
                                              .found = fmt::format("{} of {}", out.genes_shared, total),
                                              .expected = fmt::format("at least {:.0f} %", 100 * (1 - options.largest_missing_share)),
                                              .hint = "check the species and --gene-column, train with --encoder panel-free, or add --force"});
    const CsrMatrix values = take_cols(data.values, named.columns);
    const MemoryCells source(values, named.names, data.dataset.obs);
    out.cells = model.cells->embed_cells(source, sink);
    return out;
}

}  // namespace

EmbeddedCells embed_in_model(const LoadedModel& model, const LoadedCells& data, const std::vector<GeneTable>& tables, const EmbedOptions& options, Sink& sink) {
    if (model.reads != data.scale)
        throw Error(ErrorKind::precondition, {.type = "other-scale", .message = "the model was trained on values of another scale", .key = data.slot,
                                              .found = std::string(name_of(data.scale)), .expected = std::string(name_of(model.reads)),
                                              .hint = "--layer names the slot to read; `lexicell convert --recover-counts` recovers counts"});
    return model.panel && !tables.empty() ? embed_by_text(model, data, tables, sink) : embed_by_name(model, data, options, sink);
}

}  // namespace lexicell
