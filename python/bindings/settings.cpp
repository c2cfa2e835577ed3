#include "python/bindings/settings.h"

namespace lexicell::python {

LoadOptions load_options(const nb::dict& s) {
    LoadOptions load;
    set(load.counts.layer, s, "layer");
    set(load.counts.nan_as_zero, s, "nan_as_zero");
    set(load.counts.allow_noninteger, s, "allow_noninteger");
    set(load.gene_column, s, "gene_column");
    if (const auto species = setting<std::string>(s, "species")) load.species = *species == "mouse" ? Species::mouse : Species::human;
    set(load.orthologs, s, "orthologs");
    set(load.cells.min_genes, s, "min_genes");
    set(load.cells.min_counts, s, "min_counts");
    set(load.cells.max_percent_mt, s, "max_mito");
    set(load.genes.min_cells, s, "min_cells");
    set(load.threads, s, "threads");
    return load;
}

TextSources text_sources(const nb::dict& s) {
    TextSources out;
    set(out.knowledge, s, "knowledge");
    set(out.gene_vectors, s, "gene_vectors");
    return out;
}

}  // namespace lexicell::python
