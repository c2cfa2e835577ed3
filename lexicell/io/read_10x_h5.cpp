#include "lexicell/io/read_10x_h5.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lexicell/io/dataset_warnings.h"
#include "lexicell/io/hdf5_sparse.h"
#include "lexicell/io/read_hdf5.h"
#include "lexicell/io/tenx_features.h"

namespace lexicell {

namespace {

using ChildKind = Hdf5Group::ChildKind;

// Names of a group's children of one kind; stray objects of the other kind are no concern of ours.
bool has_child(const Hdf5Group& group, const std::string& name, ChildKind kind) {
    const auto children = group.children();
    return std::ranges::any_of(children, [&](const auto& child) { return child.name == name && child.kind == kind; });
}

std::vector<std::string> texts_of(const Hdf5Group& group, const std::string& name, std::int64_t length) {
    const Hdf5Dataset dataset = group.dataset(name);
    if (dataset.rank() != 1 || dataset.size() != length)
        dataset.refuse("axis-length", "the names do not fit the matrix", fmt::format("{}", dataset.size()), fmt::format("{}", length));
    return dataset.read_texts();
}

struct Sizes {
    std::int64_t features = 0, cells = 0;
};

Sizes sizes_of(const Hdf5Group& matrix) {
    const Hdf5Dataset dataset = matrix.dataset("shape");
    const auto shape = dataset.read<std::int64_t>();
    if (shape.size() != 2 || shape[0] < 0 || shape[1] < 0) dataset.refuse("sparse-shape", "a sparse matrix needs a shape of two sizes");
    return {shape[0], shape[1]};
}

// What probe panels add: a gene for every probe, and which probes and barcodes passed 10x's own filters.
void add_probes(const Hdf5Group& matrix, const Sizes& sizes, Dataset& out) {
    const Hdf5Group features = matrix.group("features");
    if (out.genes() != sizes.features)
        features.refuse("probe-panel-mixed", "the panel of probes has features of several kinds", {}, {}, "read it with --all-features");
    out.var.index = texts_of(features, "id", sizes.features);
    std::vector<std::string> gene_ids = texts_of(features, "gene_id", sizes.features);
    const std::size_t genes = std::set<std::string>(gene_ids.begin(), gene_ids.end()).size();
    out.var.set("gene_ids", {.values = std::move(gene_ids)});
    if (features.has("gene_name")) out.var.set("gene_name", {.values = texts_of(features, "gene_name", sizes.features)});
    if (features.has("probe_region")) out.var.set("probe_region", {.values = categorize(texts_of(features, "probe_region", sizes.features))});
    const auto add_flags = [](const Hdf5Group& group, const char* name, std::int64_t length, Frame& frame) {
        if (!group.has(name)) return;
        const Hdf5Dataset flags = group.dataset(name);
        if (flags.rank() != 1 || flags.size() != length) flags.refuse("axis-length", "the flags do not fit the matrix");
        frame.set(name, {.values = flags.read_flags()});
    };
    add_flags(features, "filtered_probes", sizes.features, out.var);
    add_flags(matrix, "filtered_barcodes", sizes.cells, out.obs);
    matrix.sink().warn({"probe-panel", static_cast<std::uint64_t>(sizes.features),
                        fmt::format("the columns are {} probes of {} genes", sizes.features, genes)});
}

Dataset parse_v3(const Hdf5Group& matrix, const ReadOptions& options) {
    const Sizes sizes = sizes_of(matrix);
    const Hdf5Group groups = matrix.group("features");
    TenxFeatures features{.ids = texts_of(groups, "id", sizes.features), .names = texts_of(groups, "name", sizes.features)};
    if (groups.has("feature_type")) features.types = texts_of(groups, "feature_type", sizes.features);
    if (groups.has("genome")) features.genomes = texts_of(groups, "genome", sizes.features);
    std::vector<std::string> barcodes = texts_of(matrix, "barcodes", sizes.cells);
    Dataset out = assemble_10x(read_compressed_rows(matrix, sizes.cells, sizes.features), std::move(barcodes), std::move(features), options, matrix.file(),
                               matrix.sink());
    if (has_child(groups, "gene_id", ChildKind::dataset)) add_probes(matrix, sizes, out);
    return out;
}

bool is_genome(const Hdf5Group& group) {
    return std::ranges::all_of(std::array{"genes", "gene_names", "barcodes"}, [&](const char* name) { return has_child(group, name, ChildKind::dataset); });
}

std::vector<std::string> genomes_in(const Hdf5Group& root) {
    std::vector<std::string> out;
    for (const auto& child : root.children())
        if (child.kind == ChildKind::group && is_genome(root.group(child.name))) out.push_back(child.name);
    return out;
}

Dataset parse_v2(const Hdf5Group& root, const ReadOptions& options) {
    const std::vector<std::string> genomes = genomes_in(root);
    const auto refuse = [&](const char* type, std::string message) {
        throw Error(ErrorKind::precondition, {.type = type, .message = std::move(message), .file = root.file().string(),
                                              .found = fmt::format("{}", fmt::join(genomes, ", ")), .hint = "name one with --genome"});
    };
    if (!options.genome && genomes.size() > 1) refuse("several-genomes", "the file holds several genomes");
    const std::string name = options.genome.value_or(genomes.at(0));
    if (std::ranges::find(genomes, name) == genomes.end()) refuse("genome-missing", fmt::format("the file has no genome '{}'", name));
    const Hdf5Group matrix = root.group(name);
    const Sizes sizes = sizes_of(matrix);
    TenxFeatures features{.ids = texts_of(matrix, "genes", sizes.features), .names = texts_of(matrix, "gene_names", sizes.features)};
    features.genomes.assign(static_cast<std::size_t>(sizes.features), name);
    std::vector<std::string> barcodes = texts_of(matrix, "barcodes", sizes.cells);
    return assemble_10x(read_compressed_rows(matrix, sizes.cells, sizes.features), std::move(barcodes), std::move(features), options, root.file(), root.sink());
}

bool is_v3(const Hdf5Group& root) {
    return has_child(root, "matrix", ChildKind::group) && has_child(root.group("matrix"), "features", ChildKind::group);
}

}  // namespace

bool is_10x_h5(const Hdf5Group& root) { return is_v3(root) || !genomes_in(root).empty(); }

Dataset parse_10x_h5(const Hdf5File& file, const ReadOptions& options) {
    const Hdf5Group root = file.root();
    if (!is_10x_h5(root)) root.refuse("not-10x", "the file has neither of the layouts of 10x");
    Dataset out = is_v3(root) ? parse_v3(root.group("matrix"), options) : parse_v2(root, options);
    out.origin->format = "10x-h5";
    return out;
}

Dataset read_10x_h5(const std::filesystem::path& path, const ReadOptions& options, Sink& sink) {
    Dataset out = read_hdf5(path, options, sink, [&](const Hdf5File& file) { return parse_10x_h5(file, options); });
    warn_about(out, sink);
    return out;
}

}  // namespace lexicell
