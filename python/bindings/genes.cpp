// Genes that set groups apart, and genes that lie together.

#include <nanobind/stl/optional.h>

#include "lexicell/tasks/gene_modules.h"
#include "lexicell/tasks/log_values.h"
#include "lexicell/tasks/rank_genes_groups.h"
#include "lexicell/tasks/require_column.h"
#include "python/bindings/arrays.h"
#include "python/bindings/datasets.h"
#include "python/bindings/parts.h"
#include "python/bindings/settings.h"
#include "python/bindings/tables.h"
#include "python/bindings/work.h"

namespace lexicell::python {

namespace {

nb::object py_rank_genes_groups(nb::object slots, const std::string& groups, const std::string& key, const nb::dict& settings, nb::object reporter) {
    const Dataset data = to_dataset(slots);
    CountsOptions counts;
    set(counts.layer, settings, "layer");
    RankGenesOptions options{.test = rank_test(setting<std::string>(settings, "test").value_or("wilcoxon"))};
    set(options.groups, settings, "groups");
    set(options.reference, settings, "reference");
    set(options.top, settings, "top");
    set(options.tie_correct, settings, "tie_correct");
    set(options.threads, settings, "threads");
    Dict uns = run_work(reporter, options.threads, [&](Sink& sink) {
        const Categorical labels = as_categorical(require_column(data.obs, groups));
        const LogValues logged = log_values(data, counts, options.threads, sink);
        Dataset out{.var = logged.var};
        lay_into(out, rank_genes_groups(logged.x, labels, options, sink), groups, key);
        return std::move(out.uns);
    });
    return to_python(std::move(uns));
}

nb::object py_gene_modules(nb::object embedding, const nb::dict& settings, nb::object reporter) {
    const DenseMatrix genes = std::get<DenseMatrix>(MatrixView(embedding).copy());
    GeneModuleOptions options;
    set(options.k, settings, "n_neighbors");
    set(options.resolution, settings, "resolution");
    set(options.smallest, settings, "smallest");
    set(options.seed, settings, "seed");
    set(options.threads, settings, "threads");
    GeneModules found = run_work(reporter, options.threads, [&](Sink&) { return gene_modules(genes, options); });
    return nb::make_tuple(to_numpy(std::move(found.module)), found.modularity, to_numpy(std::move(found.stability)));
}

}  // namespace

void bind_genes(nb::module_& m) {
    using namespace nb::literals;
    m.def("rank_genes_groups", &py_rank_genes_groups, "slots"_a, "groups"_a, "key"_a, "settings"_a, "reporter"_a, "uns in scanpy's layout");
    m.def("gene_modules", &py_gene_modules, "embedding"_a, "settings"_a, "reporter"_a, "module of each gene (-1 = none), modularity, stability of each module");
}

}  // namespace lexicell::python
