// Check 23 of scilama.md on the baseline that its figures were taken from: PCA-30 of log expression.
#include "lexicell/graph/pseudotime.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "lexicell/metrics/correlation.h"
#include "lexicell/models/baseline/pca_encoder.h"
#include "lexicell/tasks/load_cells.h"
#include "lexicell/tasks/log_values.h"
#include "tests/support/shared_data.h"

namespace lexicell::testing_support {
namespace {

struct Example {
    LoadedCells cells;
    DenseMatrix points;
};

std::optional<Example> load(const char* name) {
    const std::filesystem::path file = shared_folder() / "data" / name;
    if (!std::filesystem::exists(file)) return std::nullopt;
    LoadedCells cells = load_cells(file, nullptr, {}, silence());
    const CsrMatrix logged = log_values(cells, cells.genes, silence());
    DenseMatrix points = fit_pca_encoder(logged, cells.genes, std::nullopt, std::nullopt, {.components = 30}).cells;
    return Example{std::move(cells), std::move(points)};
}

std::vector<std::int64_t> members(const Categorical& groups, const std::string& name) {
    std::vector<std::int64_t> out;
    for (std::size_t i = 0; i < groups.codes.size(); ++i)
        if (groups.codes[i] >= 0 && groups.categories[groups.codes[i]] == name) out.push_back(static_cast<std::int64_t>(i));
    return out;
}

double agreement(const std::vector<double>& time, const std::vector<double>& supplied, const std::vector<std::int64_t>& cells) {
    std::vector<double> ours, theirs;
    for (const std::int64_t cell : cells) ours.push_back(time[cell]), theirs.push_back(supplied[cell]);
    return spearman(ours, theirs).coefficient.value;
}

TEST(PseudotimeOnRealCells, BloodProgenitors) {
    const auto example = load("paul15_tradeseq.h5ad");
    if (!example) GTEST_SKIP() << "skipped: no shared data";
    const Frame& obs = example->cells.dataset.obs;
    const Categorical types = as_categorical(*obs.find("cell_type2"));
    const auto& supplied = std::get<std::vector<double>>(obs.find("Pseudotime")->values);
    const Pseudotime found = pseudotime(example->points, medoid(example->points, members(types, "Multipotent progenitors")));
    std::vector<std::int64_t> all(supplied.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i);
    RecordProperty("all", std::to_string(agreement(found.time, supplied, all)));
    EXPECT_GE(agreement(found.time, supplied, all), 0.85);
    EXPECT_GE(agreement(found.time, supplied, members(types, "Erythrocyte")), 0.95);
}

TEST(PseudotimeOnRealCells, EndocrineDifferentiation) {
    const auto example = load("pancreas_veloviz.h5ad");
    if (!example) GTEST_SKIP() << "skipped: no shared data";
    const Categorical types = as_categorical(*example->cells.dataset.obs.find("cluster"));
    const Pseudotime found = pseudotime(example->points, medoid(example->points, members(types, "Ductal")));
    double before = -1;
    for (const char* stage : {"Ductal", "Ngn3 low EP", "Ngn3 high EP", "Pre-endocrine", "Beta"}) {
        std::vector<double> times;
        for (const std::int64_t cell : members(types, stage)) times.push_back(found.time[cell]);
        std::ranges::nth_element(times, times.begin() + std::ssize(times) / 2);
        const double median = times[times.size() / 2];
        EXPECT_GT(median, before) << stage;
        before = median;
    }
}

}  // namespace
}  // namespace lexicell::testing_support
