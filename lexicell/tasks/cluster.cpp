#include "lexicell/tasks/cluster.h"

#include <algorithm>

#include <fmt/format.h>

#include "lexicell/graph/connectivities.h"
#include "lexicell/graph/leiden.h"
#include "lexicell/graph/umap.h"

namespace lexicell {

Clustering cluster(const DenseMatrix& embedding, const ClusterOptions& options, Sink& sink) {
    Clustering out;
    sink.progress({.stage = "neighbours"});
    out.knn = knn(embedding, {.k = options.neighbours, .threads = options.threads});
    out.connectivities = umap_connectivities(out.knn, options.threads);
    LeidenResult found;
    if (options.resolution) {
        out.resolution = *options.resolution;
        found = leiden(out.connectivities, {.resolution = out.resolution, .restarts = 3, .seed = options.seed, .threads = options.threads});
    } else {
        sink.progress({.stage = "resolution"});
        out.choice = choose_resolution(out.connectivities, {.seed = options.seed, .threads = options.threads}, sink);
        out.resolution = out.choice->rows[out.choice->chosen].resolution;
        found = out.choice->clustering;
    }
    out.labels = found.membership;
    out.clusters = found.clusters;
    sink.info(fmt::format("{} clusters at resolution {:.2g}{}", out.clusters, out.resolution,
                          out.choice ? ", chosen by stability under subsampling" : ""));
    if (options.umap) out.umap = umap(out.knn, {.seed = options.seed}, sink);
    return out;
}

ClusterKeys free_keys(const Dataset& base, const std::string& prefix, Sink& sink) {
    ClusterKeys keys{.obs = prefix + "_cluster"};
    if (base.obsm.contains(keys.umap)) {
        keys.umap = "X_" + prefix + "_umap";
        sink.info("the file has an X_umap of its own: ours is " + keys.umap);
    }
    if (base.uns.contains(keys.neighbours)) keys.neighbours = prefix + "_neighbors";
    return keys;
}

Categorical cluster_categories(const Clustering& clustering) {
    Categorical out{.codes = clustering.labels};
    for (std::int32_t k = 0; k < clustering.clusters; ++k) out.categories.push_back(std::to_string(k));
    return out;
}

void store_clustering(const Clustering& clustering, const std::string& use_rep, const ClusterKeys& keys, const ClusterOptions& options,
                      Dataset& additions) {
    additions.obs.set(keys.obs, {.values = cluster_categories(clustering)});
    if (clustering.umap.rows > 0) additions.obsm[keys.umap] = clustering.umap;
    const bool plain = keys.neighbours == "neighbors";
    const std::string connectivities = plain ? "connectivities" : keys.neighbours + "_connectivities";
    const std::string distances = plain ? "distances" : keys.neighbours + "_distances";
    additions.obsp[connectivities] = clustering.connectivities;
    additions.obsp[distances] = distance_matrix(clustering.knn);
    Dict parameters;
    // scanpy counts the cell itself among its neighbours.
    parameters["n_neighbors"] = Value{static_cast<std::int64_t>(options.neighbours + 1)};
    parameters["method"] = Value{std::string("umap")};
    parameters["metric"] = Value{std::string("euclidean")};
    parameters["random_state"] = Value{static_cast<std::int64_t>(options.seed)};
    parameters["use_rep"] = Value{use_rep};
    Dict neighbours;
    neighbours["connectivities_key"] = Value{connectivities};
    neighbours["distances_key"] = Value{distances};
    neighbours["params"] = Value{parameters};
    additions.uns[keys.neighbours] = Value{neighbours};
    Dict chosen;
    chosen["resolution"] = Value{clustering.resolution};
    chosen["clusters"] = Value{static_cast<std::int64_t>(clustering.clusters)};
    additions.uns[keys.obs] = Value{chosen};
}

}  // namespace lexicell
