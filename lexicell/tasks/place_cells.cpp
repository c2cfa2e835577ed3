#include "lexicell/tasks/place_cells.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lexicell/base/error.h"
#include "lexicell/models/baseline/expression_classifier.h"
#include "lexicell/models/baseline/mutual_neighbours.h"
#include "lexicell/tasks/require_column.h"
#include "lexicell/tasks/sorted_labels.h"

namespace lexicell {

namespace {

std::vector<std::int32_t> batches_of(const LoadedCells& cells, const std::string& column) {
    SortedLabels batches = sorted_labels(require_column(cells.dataset.obs, column));
    if (const std::int64_t missing = std::ssize(batches.codes) - batches.labelled(); missing > 0)
        throw Error(ErrorKind::precondition, {.type = "missing-batch", .message = "every cell needs a batch", .key = "obs['" + column + "']",
                                              .found = fmt::format("{} cells without one", missing), .hint = "fill the column or leave these cells out"});
    return std::move(batches.codes);
}

}  // namespace

const std::vector<PlacementMethod>& placement_methods() {
    static const std::vector<PlacementMethod> methods = {
        {.name = "pca", .description = "principal components of log expression, nothing corrected"},
        {.name = "harmony", .description = "Harmony: soft clusters in which batches mix, one linear correction a cluster", .wants_batch = true},
        {.name = "mnn", .description = "mutual nearest neighbours", .wants_batch = true},
        {.name = "scilama", .description = "sciLaMA, the batch as a covariate", .baseline = false},
    };
    return methods;
}

const PlacementMethod& placement_method(std::string_view name) {
    const auto found = std::ranges::find(placement_methods(), name, &PlacementMethod::name);
    if (found != placement_methods().end()) return *found;
    std::vector<std::string> names;
    for (const PlacementMethod& method : placement_methods()) names.push_back(method.name);
    throw Error(ErrorKind::usage, {.type = "unknown-method", .message = "no method has this name", .key = "--method", .found = std::string(name),
                                   .expected = fmt::format("{}", fmt::join(names, ", "))});
}

PlacedCells place_cells(const LoadedCells& cells, const CsrMatrix& logged, const std::vector<GeneTable>& tables, const PlaceOptions& options, Sink& sink) {
    const PlacementMethod& method = placement_method(options.method);
    if (method.wants_batch && !options.batch)
        throw Error(ErrorKind::usage, {.type = "no-batch", .message = method.name + " needs to know the batch of every cell", .key = "--obs-batch"});
    PlacedCells out;
    if (method.name == "scilama") {
        FitOptions fit = options.fit;
        if (options.batch) fit.covariates.categorical = {*options.batch};
        fit.config.seed = options.seed;
        fit.threads = options.threads;
        out.scilama = fit_scilama(cells, tables, fit, sink);
        out.points = out.scilama->cells;
        return out;
    }
    const std::vector<std::int32_t> batch = options.batch ? batches_of(cells, *options.batch) : std::vector<std::int32_t>();
    PcaEncoderOptions pca = options.pca;
    pca.seed = options.seed;
    pca.threads = options.threads;
    FittedPca fitted = fit_pca_encoder(logged, cells.genes, options.batch ? std::optional<std::span<const std::int32_t>>(batch) : std::nullopt,
                                       cells.scale == ValueScale::counts ? std::optional(kTargetSum) : std::nullopt, pca);
    if (method.name != "mnn") out.encoder = std::move(fitted.encoder);
    if (method.name == "pca") {
        out.points = std::move(fitted.cells);
        return out;
    }
    if (method.name == "harmony") {
        out.harmony = harmony(fitted.cells, batch, {.seed = options.seed, .threads = options.threads}, sink);
        out.points = out.harmony->corrected;
    } else {
        out.points = mutual_neighbours(fitted.cells, batch, {.threads = options.threads});
    }
    out.components = std::move(fitted.cells);
    return out;
}

}  // namespace lexicell
