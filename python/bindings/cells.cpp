// Cells placed by a trained model, and clusters of any representation.

#include <nanobind/stl/optional.h>

#include <nlohmann/json.hpp>

#include "lexicell/tasks/cluster.h"
#include "lexicell/tasks/embed.h"
#include "lexicell/tasks/text_side.h"
#include "python/bindings/arrays.h"
#include "python/bindings/datasets.h"
#include "python/bindings/parts.h"
#include "python/bindings/settings.h"
#include "python/bindings/work.h"

namespace lexicell::python {

namespace {

nb::object py_cluster(nb::object embedding, const std::string& use_rep, const nb::dict& settings, nb::object reporter) {
    const DenseMatrix points = std::get<DenseMatrix>(MatrixView(embedding).copy());
    ClusterOptions options;
    set(options.neighbours, settings, "n_neighbors");
    set(options.resolution, settings, "resolution");
    set(options.umap, settings, "umap");
    set(options.seed, settings, "seed");
    set(options.threads, settings, "threads");
    ClusterKeys keys;
    set(keys.obs, settings, "key_added");
    set(keys.umap, settings, "umap_key");
    set(keys.neighbours, settings, "neighbors_key");
    Dataset additions = run_work(reporter, options.threads, [&](Sink& sink) {
        Dataset out;
        out.obs.index.resize(static_cast<std::size_t>(points.rows));
        store_clustering(cluster(points, options, sink), use_rep, keys, options, out);
        return out;
    });
    return to_python(std::move(additions));
}

nb::object py_embed(nb::object slots, const std::filesystem::path& folder, bool force, const nb::dict& settings, nb::object reporter) {
    LoadOptions load = load_options(settings);
    const TextSources sources = text_sources(settings);
    Dataset data = to_dataset(slots);
    auto [cells, rows, document] = run_work(reporter, load.threads, [&](Sink& sink) {
        const LoadedModel model = load_model(folder);
        load.accept_log = model.reads == ValueScale::log_normalised;
        load.keep_file = false;
        const TextSide text = read_text_side(sources.knowledge, sources.gene_vectors, model.dedup, sink);
        LoadedCells loaded = load_cells(std::move(data), text.catalog(), load, sink);
        const std::vector<GeneTable> tables = model.panel ? tables_for(loaded, text, sink) : std::vector<GeneTable>{};
        EmbeddedCells embedded = embed_in_model(model, loaded, tables, {.force = force}, sink);
        const nlohmann::json facts = {{"read_by", embedded.by_text ? "text" : "name"}, {"genes_read", embedded.genes_read}, {"genes_shared", embedded.genes_shared}};
        return std::tuple(std::move(embedded.cells), std::move(loaded.cell_rows), facts.dump());
    });
    return nb::make_tuple(to_numpy(std::move(cells)), to_numpy(std::move(rows)), document);
}

}  // namespace

void bind_cells(nb::module_& m) {
    using namespace nb::literals;
    m.def("cluster", &py_cluster, "embedding"_a, "use_rep"_a, "settings"_a, "reporter"_a, "slots in scanpy's layout");
    m.def("embed", &py_embed, "slots"_a, "model"_a, "force"_a, "settings"_a, "reporter"_a, "representation, rows of the cells, facts as JSON");
}

}  // namespace lexicell::python
