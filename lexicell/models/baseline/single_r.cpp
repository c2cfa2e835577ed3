#include "lexicell/models/baseline/single_r.h"

#include <algorithm>
#include <cmath>

#include <singlepp/singlepp.hpp>
#include <tatami/tatami.hpp>

#include "lexicell/base/error.h"
#include "lexicell/metrics/kmeans.h"
#include "lexicell/prep/pca.h"

namespace lexicell {

namespace {

constexpr int kComponents = 20;  // in which the cells of a class are gathered

template <class Value>
tatami::ArrayView<Value> view(const std::vector<Value>& values) {
    return {values.data(), values.size()};
}

// The library's matrices have genes as rows: the transpose of ours, read in place.
auto transposed(const DenseMatrix& cells) {
    using Transposed = tatami::DenseColumnMatrix<double, int, tatami::ArrayView<float>>;
    return Transposed(static_cast<int>(cells.cols), static_cast<int>(cells.rows), view(cells.values));
}

auto transposed(const CsrMatrix& cells) {
    using Transposed =
        tatami::CompressedSparseColumnMatrix<double, int, tatami::ArrayView<float>, tatami::ArrayView<std::int32_t>,
                                             tatami::ArrayView<std::int64_t>>;
    return Transposed(static_cast<int>(cells.cols), static_cast<int>(cells.rows), view(cells.values),
                      view(cells.indices), view(cells.indptr));
}

// groups x G means of rows.
DenseMatrix group_means(const CsrMatrix& cells, std::span<const std::int32_t> group, std::int64_t groups) {
    DenseMatrix means(groups, cells.cols);
    std::vector<float> size(static_cast<std::size_t>(groups));
    for (std::int64_t i = 0; i < cells.rows; ++i) {
        ++size[group[i]];
        const auto columns = cells.row_indices(i);
        const auto values = cells.row_values(i);
        for (std::size_t e = 0; e < columns.size(); ++e) means(group[i], columns[e]) += values[e];
    }
    for (std::int64_t g = 0; g < groups; ++g)
        for (float& value : means.row(g)) value /= std::max(1.0f, size[g]);
    return means;
}

// The library knows no class without cells: the classes that have some, and the place of every class among them.
struct PresentClasses {
    std::vector<std::int32_t> codes, place;
};

PresentClasses present_classes(std::span<const std::int32_t> labels, std::int32_t classes) {
    PresentClasses out{.place = std::vector<std::int32_t>(static_cast<std::size_t>(classes), -1)};
    for (const std::int32_t label : labels) out.place[label] = 0;
    for (std::int32_t c = 0; c < classes; ++c)
        if (out.place[c] == 0) {
            out.place[c] = static_cast<std::int32_t>(out.codes.size());
            out.codes.push_back(c);
        }
    return out;
}

singlepp::Markers<int> choose_markers(const CsrMatrix& logged, std::span<const std::int32_t> labels,
                                      const PresentClasses& present, const SingleROptions& options) {
    std::vector<std::int32_t> places;
    for (const std::int32_t label : labels) places.push_back(present.place[label]);
    const DenseMatrix means = group_means(logged, places, std::ssize(present.codes));
    std::vector<int> each(present.codes.size());
    for (std::size_t c = 0; c < each.size(); ++c) each[c] = static_cast<int>(c);
    singlepp::ChooseClassicMarkersOptions chosen;
    chosen.number = options.markers.value_or(-1);
    chosen.num_threads = options.threads;
    return singlepp::choose_classic_markers(transposed(means), each.data(), chosen);
}

// Cluster of every cell, numbered through all classes, and the class of every cluster.
struct Gathered {
    std::vector<std::int32_t> profile, label;
};

Gathered gather(const CsrMatrix& logged, std::span<const std::int32_t> labels, const PresentClasses& present,
                const SingleROptions& options) {
    const PcaOptions components{.components = kComponents, .seed = options.seed, .threads = options.threads};
    const DenseMatrix scores = pca(logged, components).scores;
    Gathered out{.profile = std::vector<std::int32_t>(labels.size())};
    for (const std::int32_t c : present.codes) {
        std::vector<std::int64_t> rows;
        for (std::int64_t i = 0; i < logged.rows; ++i)
            if (labels[i] == c) rows.push_back(i);
        const auto wanted = static_cast<std::int32_t>(std::ceil(std::sqrt(static_cast<double>(rows.size()))));
        const KmeansOptions clusters{.clusters = wanted, .seed = options.seed, .threads = options.threads};
        const Kmeans found = kmeans(take_rows(scores, rows), clusters);
        std::vector<std::int32_t> number(static_cast<std::size_t>(wanted), -1);  // none of clusters that stayed empty
        for (std::size_t r = 0; r < rows.size(); ++r) {
            std::int32_t& of_cluster = number[found.membership[r]];
            if (of_cluster < 0) {
                of_cluster = static_cast<std::int32_t>(out.label.size());
                out.label.push_back(c);
            }
            out.profile[rows[r]] = of_cluster;
        }
    }
    return out;
}

}  // namespace

SingleRReference single_r_reference(const CsrMatrix& logged, std::span<const std::int32_t> labels, std::int32_t classes,
                                    const SingleROptions& options) {
    LEXICELL_ASSERT(logged.rows == std::ssize(labels), "one label a cell");
    const auto is_code = [&](std::int32_t label) { return label >= 0 && label < classes; };
    LEXICELL_ASSERT(std::ranges::all_of(labels, is_code), "a code in [0, classes)");
    const PresentClasses present = present_classes(labels, classes);
    const singlepp::Markers<int> markers = choose_markers(logged, labels, present, options);
    SingleRReference out{.classes = classes};
    for (const auto& of_label : markers)
        for (const auto& pair : of_label) out.genes.insert(out.genes.end(), pair.begin(), pair.end());
    std::ranges::sort(out.genes);
    out.genes.erase(std::ranges::unique(out.genes).begin(), out.genes.end());
    if (out.genes.empty())
        throw Error(ErrorKind::precondition,
                    {.type = "no-markers", .message = "no gene tells the classes of the reference apart"});
    for (std::size_t a = 0; a < markers.size(); ++a)
        for (std::size_t b = 0; b < markers.size(); ++b)
            for (const int gene : markers[a][b]) {
                const auto place = std::ranges::lower_bound(out.genes, gene) - out.genes.begin();
                out.markers.push_back({present.codes[a], present.codes[b], static_cast<std::int32_t>(place)});
            }
    Gathered gathered = gather(logged, labels, present, options);
    const std::vector<std::int64_t> columns(out.genes.begin(), out.genes.end());
    out.profiles = group_means(take_cols(logged, columns), gathered.profile, std::ssize(gathered.label));
    out.labels = std::move(gathered.label);
    return out;
}

SingleR single_r(const SingleRReference& reference, const CsrMatrix& query, const SingleROptions& options) {
    const PresentClasses present = present_classes(reference.labels, reference.classes);
    const std::size_t count = present.codes.size(), cells = static_cast<std::size_t>(query.rows);
    singlepp::Markers<int> markers(count, std::vector<std::vector<int>>(count));
    for (const auto& [label, other, gene] : reference.markers)
        markers[present.place[label]][present.place[other]].push_back(gene);
    std::vector<int> places;
    for (const std::int32_t label : reference.labels) places.push_back(present.place[label]);
    singlepp::TrainSingleOptions<int, double> training;
    training.num_threads = options.threads;
    const auto profiles = transposed(reference.profiles);
    const auto trained = singlepp::train_single(profiles, places.data(), std::move(markers), training);

    SingleR out{.label = std::vector<std::int32_t>(cells),
                .scores = DenseMatrix(query.rows, reference.classes),
                .delta = std::vector<double>(cells)};
    std::vector<std::vector<double>> scores(count, std::vector<double>(cells));
    singlepp::ClassifySingleBuffers<std::int32_t, double> buffers{.best = out.label.data(), .delta = out.delta.data()};
    for (std::vector<double>& of_class : scores) buffers.scores.push_back(of_class.data());
    singlepp::ClassifySingleOptions<double> chosen;
    chosen.quantile = options.quantile;
    chosen.fine_tune_threshold = options.fine_tune_threshold;
    chosen.num_threads = options.threads;
    const std::vector<std::int64_t> columns(reference.genes.begin(), reference.genes.end());
    const CsrMatrix seen = take_cols(query, columns);
    singlepp::classify_single(transposed(seen), trained, buffers, chosen);

    std::ranges::fill(out.scores.values, -1.0f);
    for (std::size_t c = 0; c < count; ++c)
        for (std::int64_t i = 0; i < query.rows; ++i)
            out.scores(i, present.codes[c]) = static_cast<float>(scores[c][i]);
    for (std::int32_t& label : out.label) label = present.codes[label];
    return out;
}

}  // namespace lexicell
