#include "lexicell/prep/recover_counts.h"

#include <gtest/gtest.h>

#include <cmath>

#include "lexicell/base/error.h"
#include "lexicell/io/read.h"
#include "lexicell/prep/normalize.h"
#include "tests/prep/example_counts.h"
#include "tests/support/shared_data.h"

namespace lexicell {
namespace {

using testing_support::example_counts;
using testing_support::shared_folder;

std::vector<double> totals_of(const Dataset& data, const char* column) {
    const Column* found = data.obs.find(column);
    if (const auto* reals = std::get_if<std::vector<double>>(&found->values)) return *reals;
    const auto& integers = std::get<std::vector<std::int64_t>>(found->values);
    return {integers.begin(), integers.end()};
}

void expect_equal(const CsrMatrix& a, const CsrMatrix& b) {
    EXPECT_EQ(a.indptr, b.indptr);
    EXPECT_EQ(a.indices, b.indices);
    EXPECT_EQ(a.values, b.values);
}

TEST(RecoverCounts, TheLogarithmsOfScanpysOwnExampleComeBack) {
    const std::filesystem::path data = shared_folder() / "data";
    LEXICELL_NEEDS(data / "pbmc68k_reduced.h5ad");
    const CsrMatrix truth = to_csr(*read_dataset(data / "pbmc68k_reduced_counts.h5ad").x);
    // The same data as published and as packed in scanpy's wheel (an older layout).
    for (const char* file : {"pbmc68k_reduced.h5ad", "readers/reader-anndata/v0.5.0/adata.h5ad"}) {
        const Dataset reduced = read_dataset(data / file);
        const CsrMatrix logged = to_csr(reduced.raw->x);
        const std::vector<double> totals = totals_of(reduced, "n_counts");
        const RecoveredCounts by_total = recover_counts(logged, totals), by_step = recover_counts(logged);
        expect_equal(by_total.counts, truth);
        expect_equal(by_step.counts, truth);
        EXPECT_EQ(by_total.half_step, 5e-4) << "stored with three decimals";
        EXPECT_LE(by_total.worst_deviation, 5.01e-4);
        EXPECT_EQ(by_total.ambiguous, 0);
        EXPECT_EQ(by_step.ambiguous, 0);
        EXPECT_EQ(by_step.raised_cells, 0);
    }
}

TEST(RecoverCounts, TheTotalsOfTheWholeTranscriptomeAreFound) {
    const std::filesystem::path file = shared_folder() / "data/symphony_pbmcs_lognorm.h5ad";
    LEXICELL_NEEDS(file);
    const Dataset data = read_dataset(file);
    const std::vector<double> totals = totals_of(data, "nUMI");
    const RecoveredCounts by_total = recover_counts(*data.x, totals), by_step = recover_counts(*data.x);
    EXPECT_EQ(by_total.ambiguous, 0);
    expect_equal(by_step.counts, by_total.counts);
    for (std::size_t i = 0; i < totals.size(); ++i) EXPECT_NEAR(by_step.scale[i] * 1e4, totals[i], 0.01);
}

TEST(RecoverCounts, UndoesTheNormalisationOfAnyCounts) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const CsrMatrix counts = example_counts(40, 200, seed);
        const Normalized normalized = normalize_total(counts, {.target_sum = 1e4});
        for (const std::optional<double> base : {std::optional<double>(), std::optional<double>(2.0)}) {
            const CsrMatrix logged = std::get<CsrMatrix>(log1p_values(normalized.x, base));
            expect_equal(recover_counts(logged, normalized.totals, {.base = base}).counts, counts);
            expect_equal(recover_counts(logged, std::nullopt, {.base = base}).counts, counts);
        }
        EXPECT_EQ(recover_counts(log_normalize(counts), std::nullopt, {.threads = 2}).counts.values, counts.values);
    }
}

TEST(RecoverCounts, ACellWhoseSmallestCountIsNotOne) {
    DenseMatrix counts(1, 4);
    counts.values = {2, 3, 0, 4};
    const RecoveredCounts found = recover_counts(log_normalize(to_csr(counts)));
    EXPECT_EQ(to_dense(found.counts).values, counts.values);
    EXPECT_EQ(found.raised_cells, 1);
    // What the data cannot tell is said: 5, 5 looks like 1, 1.
    counts.values = {5, 5, 0, 0};
    const RecoveredCounts guessed = recover_counts(log_normalize(to_csr(counts)));
    EXPECT_EQ(to_dense(guessed.counts).values, (std::vector<float>{1, 1, 0, 0}));
    EXPECT_EQ(guessed.assumed_cells, 1);
    // An empty cell stays empty.
    EXPECT_EQ(recover_counts(DenseMatrix(2, 3)).counts.nonzeros(), 0);
}

TEST(RecoverCounts, WhatDoesNotComeFromCountsIsRefused) {
    RandomStream random(random_key(3, 3));
    DenseMatrix noise(5, 50);
    for (float& v : noise.values) v = static_cast<float>(0.5 + 4 * random.uniform());
    EXPECT_THROW(recover_counts(noise), Error);
    const std::vector<double> totals(5, 3000);
    EXPECT_THROW(recover_counts(noise, totals), Error);
    noise.values[3] = -1;
    EXPECT_THROW(recover_counts(noise), Error);
    EXPECT_THROW(recover_counts(example_counts(5, 50)), Error) << "counts themselves";
    // Totals of something else.
    const CsrMatrix counts = example_counts(10, 300);
    std::vector<double> wrong = normalize_total(counts).totals;
    for (double& t : wrong) t *= 1.37;
    try {
        recover_counts(log_normalize(counts), wrong);
        ADD_FAILURE() << "not refused";
    } catch (const Error& error) {
        EXPECT_EQ(error.detail().type, "not-recoverable");
        EXPECT_EQ(error.exit_code(), 4);
    }
}

}  // namespace
}  // namespace lexicell
