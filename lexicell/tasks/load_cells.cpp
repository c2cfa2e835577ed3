#include "lexicell/tasks/load_cells.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include <fmt/format.h>

#include "lexicell/base/error.h"
#include "lexicell/genes/gene_columns.h"
#include "lexicell/genes/gene_name.h"
#include "lexicell/genes/merge_genes.h"

namespace lexicell {

namespace {

// The gene every row of var is: numbers into `names`, -1 for spike-ins, tags and ambiguous names.
struct NamedGenes {
    std::vector<std::int32_t> of_var;
    std::vector<std::string> names, text_ids;
};

class GeneNumbers {
public:
    std::int32_t number(const std::string& name, const std::string& text_id) {
        const auto [it, fresh] = numbers_.emplace(name, static_cast<std::int32_t>(genes_.names.size()));
        if (fresh) {
            genes_.names.push_back(name);
            genes_.text_ids.push_back(text_id);
        }
        return it->second;
    }
    NamedGenes take(std::vector<std::int32_t> of_var) {
        genes_.of_var = std::move(of_var);
        return std::move(genes_);
    }

private:
    NamedGenes genes_;
    std::unordered_map<std::string, std::int32_t> numbers_;
};

NamedGenes names_as_written(const Frame& var) {
    GeneNumbers numbers;
    std::vector<std::int32_t> of_var;
    for (const std::string& name : var.index)
        of_var.push_back(is_spike_in(name) || is_antibody_tag(name) ? -1 : numbers.number(name, name));
    return numbers.take(std::move(of_var));
}

NamedGenes resolved_names(const Reconciliation& found, const GeneCatalog& catalog) {
    const std::vector<std::string> targets = approved_symbols(found, catalog);
    const std::vector<Gene>& own = catalog.of(found.species).genes();
    GeneNumbers numbers;
    std::vector<std::int32_t> of_var;
    for (std::size_t i = 0; i < found.matches.size(); ++i) {
        const GeneMatch& match = found.matches[i];
        if (match.gene >= 0) of_var.push_back(numbers.number(own[match.gene].symbol, targets[i]));
        else if (match.step == GeneStep::unmatched) of_var.push_back(numbers.number(found.names[i], ""));
        else of_var.push_back(-1);
    }
    return numbers.take(std::move(of_var));
}

void drop(LoadedCells& loaded, std::string what, std::string reason, std::int64_t count) {
    if (count > 0) loaded.drops.push_back({std::move(what), std::move(reason), count});
}

void name_genes(LoadedCells& loaded, const GeneCatalog* catalog, const LoadOptions& options, Sink& sink) {
    NamedGenes named;
    if (catalog) {
        ReconcileOptions reconcile_options{.column = options.gene_column, .species = options.species,
                                           .target = Species::human, .orthologs = options.orthologs};
        loaded.reconciliation = reconcile(loaded.var, *catalog, reconcile_options);
        named = resolved_names(*loaded.reconciliation, *catalog);
        loaded.species = name_of(loaded.reconciliation->species);
        sink.info(fmt::format("species: {} ({}){}", name_of(loaded.reconciliation->species), loaded.reconciliation->species_reason,
                              options.species ? ", as given" : ""));
        sink.info("genes: " + summary(*loaded.reconciliation));
        const Reconciliation& r = *loaded.reconciliation;
        drop(loaded, "genes", "ambiguous name", r.count(GeneStep::ambiguous));
        drop(loaded, "genes", "name damaged into a date", r.count(GeneStep::date_like));
        drop(loaded, "genes", "spike-in, antibody tag or peak", r.count(GeneStep::not_a_gene));
        drop(loaded, "genes", "of another species", r.count(GeneStep::other_species));
    } else {
        named = names_as_written(loaded.var);
        const std::optional<SpeciesVerdict> guess = species_by_style(loaded.var.index);
        if (options.species || guess) loaded.species = name_of(options.species ? *options.species : guess->species);
        sink.info(fmt::format("species: {}; gene names are taken as written", options.species ? loaded.species + ", as given"
                              : guess ? fmt::format("{} ({})", loaded.species, guess->reason) : "unknown"));
        drop(loaded, "genes", "spike-in or antibody tag", std::ranges::count(named.of_var, -1));
    }
    loaded.gene_of_var = named.of_var;
    MergedGenes merged = merge_duplicate_genes(loaded.values, named.of_var, {.counts = loaded.scale == ValueScale::counts});
    if (merged.merged > 0)
        sink.info(fmt::format("{} columns are genes that occur more than once: {}", merged.merged,
                              loaded.scale == ValueScale::counts ? "their counts were added" : "the largest mean was kept"));
    drop(loaded, "genes", "merged with another column of the same gene", merged.merged);
    // merge_duplicate_genes orders genes by first appearance, which is how they were numbered.
    LEXICELL_ASSERT(merged.values.cols == static_cast<std::int64_t>(named.names.size()), "merged genes differ from the named ones");
    loaded.values = std::move(merged.values);
    loaded.genes = std::move(named.names);
    loaded.text_ids = std::move(named.text_ids);
}

QcMetrics quality(const LoadedCells& loaded, int threads) {
    const std::vector<QcGeneSet> sets = {mitochondrial_genes(loaded.genes), ribosomal_genes(loaded.genes)};
    return calculate_qc_metrics(loaded.values, sets, {.threads = threads});
}

void keep_cells(LoadedCells& loaded, const LoadOptions& options, Sink& sink) {
    CellFilter filter = options.cells;
    if (!filter.min_genes) filter.min_genes = 1;
    const Kept kept = filter_cells(loaded.qc, filter);
    for (const auto& [bound, failed] : kept.failed)
        drop(loaded, "cells", bound == "min_genes" && *filter.min_genes == 1 ? "no counts at all" : "outside " + bound, failed);
    if (static_cast<std::int64_t>(kept.rows.size()) == loaded.values.rows) return;
    if (kept.rows.empty())
        throw Error(ErrorKind::precondition, {.type = "no-cells", .message = "no cell passes the filters", .key = loaded.slot,
                                              .found = fmt::format("{} cells, all of them dropped", loaded.values.rows),
                                              .hint = "every cell may be empty; look at `lexicell info` and at the filter flags"});
    sink.info(fmt::format("{} of {} cells dropped", loaded.values.rows - static_cast<std::int64_t>(kept.rows.size()), loaded.values.rows));
    loaded.values = take_rows(loaded.values, kept.rows);
    loaded.dataset = take_cells(loaded.dataset, kept.rows);
    loaded.cell_rows = kept.rows;
    loaded.qc = quality(loaded, options.threads);
}

void keep_genes(LoadedCells& loaded, const LoadOptions& options) {
    GeneFilter filter = options.genes;
    if (!filter.min_cells) filter.min_cells = 1;
    const Kept kept = filter_genes(loaded.qc, filter);
    for (const auto& [bound, failed] : kept.failed)
        drop(loaded, "genes", bound == "min_cells" && *filter.min_cells == 1 ? "in no cell" : "outside " + bound, failed);
    if (kept.rows.size() == loaded.genes.size()) return;
    std::vector<std::int32_t> position(loaded.genes.size(), -1);
    std::vector<std::string> names, text_ids;
    for (const std::int64_t g : kept.rows) {
        position[g] = static_cast<std::int32_t>(names.size());
        names.push_back(loaded.genes[g]);
        text_ids.push_back(loaded.text_ids[g]);
    }
    for (std::int32_t& g : loaded.gene_of_var)
        if (g >= 0) g = position[g];
    loaded.values = take_cols(loaded.values, kept.rows);
    loaded.genes = std::move(names);
    loaded.text_ids = std::move(text_ids);
    loaded.qc = quality(loaded, options.threads);
}

void take_values(LoadedCells& loaded, const LoadOptions& options, Sink& sink) {
    const CountsChoice choice = find_counts(loaded.dataset, options.counts);
    if (!choice.usable && choice.scale == ValueScale::log_normalised && options.accept_log) {
        loaded.slot = choice.key;
        loaded.scale = choice.scale;
        loaded.figures = choice.figures;
        loaded.values = to_csr(*choice.x);
        loaded.var = *choice.var;
        sink.info(fmt::format("{} holds log-normalised values and the file has no counts: a Gaussian likelihood is used", choice.key));
        return;
    }
    Counts counts = take_counts(loaded.dataset, options.counts, sink);
    loaded.slot = counts.key;
    loaded.figures = counts.figures;
    loaded.values = std::move(counts.x);
    loaded.var = std::move(counts.var);
}

}  // namespace

LoadedCells load_cells(Dataset dataset, const GeneCatalog* catalog, const LoadOptions& options, Sink& sink) {
    LoadedCells loaded;
    loaded.dataset = std::move(dataset);
    loaded.cells_in_file = loaded.dataset.cells();
    loaded.cell_rows.resize(loaded.cells_in_file);
    std::iota(loaded.cell_rows.begin(), loaded.cell_rows.end(), 0);
    take_values(loaded, options, sink);
    if (!options.keep_file) {
        Dataset& file = loaded.dataset;
        file = Dataset{.obs = std::move(file.obs), .var = std::move(file.var), .origin = std::move(file.origin)};
    }
    name_genes(loaded, catalog, options, sink);
    loaded.qc = quality(loaded, options.threads);
    keep_cells(loaded, options, sink);
    keep_genes(loaded, options);
    if (loaded.genes.empty())
        throw Error(ErrorKind::precondition, {.type = "no-genes", .message = "no gene is left after naming and filtering", .key = loaded.slot,
                                              .found = fmt::format("{} genes in the file", loaded.var.rows()),
                                              .hint = "see `lexicell info`; --gene-column and --species override what was inferred"});
    return loaded;
}

LoadedCells load_cells(const std::filesystem::path& file, const GeneCatalog* catalog, const LoadOptions& options, Sink& sink) {
    Dataset dataset = read_dataset(file, options.read, sink);
    sink.info(fmt::format("read {}: {} cells x {} genes ({})", file.filename().string(), dataset.cells(), dataset.genes(),
                          dataset.origin ? dataset.origin->format : "memory"));
    try {
        return load_cells(std::move(dataset), catalog, options, sink);
    } catch (const Error& e) {
        if (!e.detail().file.empty()) throw;
        ErrorDetail detail = e.detail();
        detail.file = file.string();
        throw Error(e.kind(), detail);
    }
}

}  // namespace lexicell
