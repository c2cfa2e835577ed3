// The main job.

#include "lexicell/tasks/run.h"
#include "python/bindings/arrays.h"
#include "python/bindings/datasets.h"
#include "python/bindings/parts.h"
#include "python/bindings/settings.h"
#include "python/bindings/work.h"

namespace lexicell::python {

namespace {

RunOptions run_options(const nb::dict& s) {
    RunOptions options;
    set(options.input, s, "name");
    set(options.output, s, "output");
    set(options.overwrite, s, "overwrite");
    if (setting<std::string>(s, "resume").value_or("never") == "auto") options.resume = Resume::automatic;
    TextSources text = text_sources(s);
    options.knowledge = std::move(text.knowledge);
    options.gene_vectors = std::move(text.gene_vectors);
    set(options.gene_sets, s, "gene_sets");
    set(options.batch, s, "batch");
    set(options.label, s, "label");
    set(options.seed, s, "seed");
    set(options.threads, s, "threads");
    options.load = load_options(s);
    set(options.clusters.neighbours, s, "n_neighbors");
    set(options.clusters.resolution, s, "resolution");
    options.clusters.seed = options.seed;
    options.clusters.threads = options.fit.threads = options.threads;
    options.fit.config = parse_scilama_config(setting<std::string>(s, "config").value_or("{}"));
    if (options.batch) options.fit.covariates.categorical = {*options.batch};
    set(options.fit.covariates.continuous, s, "covariates");
    set(options.fit.split_column, s, "split");
    set(options.fit.split_group, s, "split_group");
    if (const auto precision = setting<std::string>(s, "precision")) options.fit.precision = parse_precision(*precision);
    set(options.fit.force_coverage, s, "force_coverage");
    return options;
}

nb::object py_run(nb::object slots, const nb::dict& settings, nb::object reporter) {
    const RunOptions options = run_options(settings);
    Dataset data = to_dataset(slots);
    RunOutcome outcome = run_work(reporter, options.threads, [&](Sink& sink) { return run(std::move(data), options, sink); });
    return nb::make_tuple(outcome.manifest.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), to_python(std::move(outcome.additions)),
                          to_numpy(std::move(outcome.cell_rows)));
}

}  // namespace

void bind_run(nb::module_& m) {
    using namespace nb::literals;
    m.def("run", &py_run, "slots"_a, "settings"_a, "reporter"_a, "manifest as JSON, slots to add, rows of the cells that were kept");
}

}  // namespace lexicell::python
