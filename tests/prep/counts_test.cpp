#include "lexicell/prep/counts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "lexicell/base/error.h"
#include "lexicell/io/read.h"
#include "lexicell/prep/normalize.h"
#include "tests/prep/example_counts.h"
#include "tests/support/shared_data.h"

namespace lexicell {
namespace {

using testing::HasSubstr;
using testing_support::example_counts;
using testing_support::names;
using testing_support::shared_folder;

DenseMatrix small(std::vector<float> values) {
    DenseMatrix m(2, 2);
    m.values = std::move(values);
    return m;
}

Dataset dataset(std::optional<Matrix> x) { return {.obs = {.index = {"c0", "c1"}}, .var = {.index = {"A", "B"}}, .x = std::move(x)}; }

Error refusal(const Dataset& data, const CountsOptions& options = {}) {
    try {
        take_counts(data, options);
    } catch (const Error& error) {
        return error;
    }
    ADD_FAILURE() << "not refused";
    return Error(ErrorKind::internal, {});
}

TEST(Counts, TheLayerComesFirstThenRawThenX) {
    Dataset data = dataset(small({1, 2, 3, 4}));
    EXPECT_EQ(find_counts(data).key, "X");
    data.raw = Raw{DenseMatrix(2, 3), {.index = {"A", "B", "C"}}};
    EXPECT_EQ(find_counts(data).key, "raw.X");
    EXPECT_EQ(take_counts(data).var.index.size(), 3u) << "raw has its own genes";
    data.layers["counts"] = small({0, 0, 0, 1});
    EXPECT_EQ(find_counts(data).key, "layers['counts']");
    EXPECT_EQ(find_counts(data, {.layer = "X"}).key, "X");
    EXPECT_EQ(find_counts(data, {.layer = "raw"}).key, "raw.X");
    EXPECT_EQ(refusal(data, {.layer = "spliced"}).detail().type, "missing-layer");
    EXPECT_EQ(refusal(dataset(std::nullopt)).detail().type, "no-matrix");
}

TEST(Counts, ASlotThatFailsIsPassedOverForOneThatDoesNot) {
    Dataset data = dataset(small({1, 0, 0, 4}));
    data.raw = Raw{small({0.5f, 0, 0, 1}), data.var};
    RecordingSink sink;
    EXPECT_EQ(take_counts(data, {}, sink).key, "X");
    ASSERT_EQ(sink.warnings.size(), 1u);
    EXPECT_THAT(sink.warnings[0].detail, HasSubstr("raw.X"));
    // Explicitly asked for, it is not.
    EXPECT_EQ(refusal(data, {.layer = "raw"}).detail().type, "not-counts");
}

TEST(Counts, FiguresCountEveryKindOfValue) {
    DenseMatrix m(3, 5);
    m.values = {-1, NAN, INFINITY, 1.5f, 0, 0, 0, 0, 0, 0, 2, 0, 0, 7, 0};
    const CountFigures f = inspect_counts(m);
    EXPECT_EQ(f.negative, 1);
    EXPECT_EQ(f.nan, 1);
    EXPECT_EQ(f.infinite, 1);
    EXPECT_EQ(f.noninteger, 1);
    EXPECT_EQ(f.empty_cells, 1);
    EXPECT_EQ(f.empty_genes, 3);
    EXPECT_EQ(f.largest, 7);
    EXPECT_EQ(f.first->gene, 0);
    EXPECT_FALSE(f.are_counts());

    // Stored zeros do not count, blocks add up.
    CsrMatrix sparse = to_csr(m);
    sparse.values[0] = 0;
    CountInspector inspector(5);
    const std::vector<std::int64_t> first = {0}, rest = {1, 2};
    inspector.add(take_rows(sparse, first));
    inspector.add(take_rows(sparse, rest));
    EXPECT_EQ(inspector.finish().negative, 0);
    EXPECT_EQ(inspector.finish().empty_cells, 1);
    EXPECT_EQ(inspector.finish().total, 10.5);
}

TEST(Counts, RefusalsNameCellGeneAndTheWayOut) {
    const Error fraction = refusal(dataset(small({1, 2, 0, 30.5f})));
    EXPECT_EQ(fraction.exit_code(), 4);
    EXPECT_THAT(fraction.what(), HasSubstr("30.5 in cell c1, gene B"));
    EXPECT_THAT(fraction.what(), HasSubstr("--allow-noninteger"));
    EXPECT_THAT(refusal(dataset(small({1, NAN, 0, 1}))).what(), HasSubstr("--nan-as-zero"));
    EXPECT_THAT(refusal(dataset(small({1, -2, 0, 1}))).what(), HasSubstr("--layer"));
    EXPECT_THAT(refusal(dataset(small({1.7f, 2.2f, 0, 1}))).what(), HasSubstr("--recover-counts"));
}

TEST(Counts, OverridesDoWhatTheySayAndNoMore) {
    RecordingSink sink;
    EXPECT_EQ(take_counts(dataset(small({1, NAN, 0, 1})), {.nan_as_zero = true}, sink).x.values, (std::vector<float>{1, 0, 1}));
    EXPECT_EQ(sink.warnings[0].name, "nan-as-zero");
    EXPECT_EQ(take_counts(dataset(small({1, 2.5f, 0, 1})), {.allow_noninteger = true}).x.values, (std::vector<float>{1, 2.5f, 1}));
    refusal(dataset(small({1, NAN, 0, 1.5f})), {.nan_as_zero = true});
    refusal(dataset(small({1, INFINITY, 0, 1})), {.nan_as_zero = true, .allow_noninteger = true});
    refusal(dataset(small({1, -1, 0, 1})), {.nan_as_zero = true, .allow_noninteger = true});
}

TEST(Counts, EmptyCellsAndGenesAreToldNotRefused) {
    RecordingSink sink;
    take_counts(dataset(small({0, 3, 0, 0})), {}, sink);
    ASSERT_EQ(sink.warnings.size(), 2u);
    EXPECT_EQ(sink.warnings[0].name, "empty-cells");
    EXPECT_EQ(sink.warnings[1].name, "empty-genes");
    EXPECT_TRUE(inspect_counts(DenseMatrix(0, 0)).are_counts());
}

TEST(Counts, GuessesTheScaleOfWhatIsNoCount) {
    const CsrMatrix counts = example_counts(100, 50);
    const auto scale_of = [](const Matrix& x) { return guess_scale(x, inspect_counts(x)); };
    EXPECT_EQ(scale_of(counts), ValueScale::counts);
    EXPECT_EQ(scale_of(log_normalize(counts)), ValueScale::log_normalised);
    EXPECT_EQ(scale_of(normalize_total(counts).x), ValueScale::other);
    EXPECT_EQ(scale_of(small({-500, 3, 80, 1})), ValueScale::other);
}

TEST(Counts, RealFiles) {
    LEXICELL_NEEDS(shared_folder() / "data/pbmc68k_reduced.h5ad");
    const Dataset reduced = read_dataset(shared_folder() / "data/pbmc68k_reduced.h5ad");
    EXPECT_EQ(find_counts(reduced, {.layer = "X"}).scale, ValueScale::scaled);
    const CountsChoice choice = find_counts(reduced);
    EXPECT_FALSE(choice.usable);
    EXPECT_EQ(choice.key, "raw.X");
    EXPECT_EQ(choice.scale, ValueScale::log_normalised);
    EXPECT_THAT(refusal(reduced).what(), HasSubstr("--recover-counts"));

    const std::filesystem::path schema = shared_folder() / "data/readers/cxg-schema";
    EXPECT_EQ(take_counts(read_dataset(schema / "example_valid.h5ad")).key, "raw.X");
    const Error invalid = refusal(read_dataset(schema / "example_invalid_raw.h5ad"));
    EXPECT_THAT(invalid.what(), HasSubstr("1.5 in cell"));
    EXPECT_EQ(take_counts(read_dataset(shared_folder() / "data/readers/reader-anndataR/example.h5ad")).key, "layers['counts']");
    EXPECT_EQ(take_counts(read_dataset(shared_folder() / "data/rcppml_pbmc3k.h5ad")).figures.total, 6386518);
}

}  // namespace
}  // namespace lexicell
