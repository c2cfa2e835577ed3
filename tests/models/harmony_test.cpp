#include "lexicell/models/baseline/harmony.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "lexicell/base/error.h"
#include "lexicell/base/random.h"
#include "lexicell/io/safetensors.h"
#include "tests/models/planted_batches.h"
#include "tests/support/python.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/shared_data.h"

namespace lexicell {
namespace {

using testing_support::kComponents;
using testing_support::mixing;
using testing_support::Mixing;
using testing_support::planted_batches;
using testing_support::PlantedBatches;
using testing_support::ScratchFolder;
using testing_support::shared_folder;

TEST(Harmony, MixesPlantedBatchesAndKeepsLabels) {
    const PlantedBatches cells = planted_batches(1500, 3);
    const Harmony found = harmony(cells.points, cells.batch);
    const Mixing before = mixing(cells.points, cells), after = mixing(found.corrected, cells);
    EXPECT_LT(before.batches, 0.05);
    EXPECT_GT(after.batches, 0.5);
    EXPECT_GT(after.labels, 0.98);
    EXPECT_EQ(found.reference.centroids.rows, 50);
    EXPECT_NEAR(std::accumulate(found.reference.mass.begin(), found.reference.mass.end(), 0.0), 1500, 1e-2);
    EXPECT_EQ(std::accumulate(found.rounds.begin(), found.rounds.end(), 0), std::ssize(found.objective));
}

TEST(Harmony, ClusteringLowersTheObjective) {
    const PlantedBatches cells = planted_batches(900, 3);
    const Harmony found = harmony(cells.points, cells.batch, {.iterations = 1});
    EXPECT_LT(found.objective.back(), found.objective.front());
}

TEST(Harmony, OneBatchIsReturnedAsItIs) {
    PlantedBatches cells = planted_batches(300, 1);
    EXPECT_EQ(harmony(cells.points, cells.batch).corrected.values, cells.points.values);
    std::ranges::fill(cells.batch, 3);  // codes 0 to 2 have no cell
    const Harmony found = harmony(cells.points, cells.batch);
    EXPECT_EQ(found.corrected.values, cells.points.values);
    EXPECT_TRUE(found.converged);
}

TEST(Harmony, HasTheSameBitsForAnyThreads) {
    const PlantedBatches cells = planted_batches(5000, 3);
    const Harmony one = harmony(cells.points, cells.batch, {.threads = 1});
    const Harmony two = harmony(cells.points, cells.batch, {.threads = 2});
    EXPECT_EQ(one.corrected.values, two.corrected.values);
    EXPECT_EQ(one.objective, two.objective);
    EXPECT_EQ(one.reference.sums.values, two.reference.sums.values);
    const PlantedBatches query = planted_batches(700, 2, 9);
    EXPECT_EQ(map_query(one.reference, query.points, query.batch, 1).values,
              map_query(two.reference, query.points, query.batch, 2).values);
}

TEST(Harmony, PermutedCellsGivePermutedRows) {
    const PlantedBatches cells = planted_batches(800, 3);
    RandomStream random(random_key(8, 1));
    const std::vector<std::int64_t> order = random_permutation(800, random);
    std::vector<std::int32_t> batch;
    for (const std::int64_t i : order) batch.push_back(cells.batch[i]);
    const DenseMatrix permuted = harmony(take_rows(cells.points, order), batch).corrected;
    EXPECT_EQ(permuted.values, take_rows(harmony(cells.points, cells.batch).corrected, order).values);
}

TEST(Harmony, ABatchOfOneCellMovesLittleElse) {
    PlantedBatches cells = planted_batches(600, 2);
    cells.batch[17] = 2;
    const Harmony found = harmony(cells.points, cells.batch);
    EXPECT_TRUE(std::ranges::all_of(found.corrected.values, [](float value) { return std::isfinite(value); }));
    EXPECT_GT(mixing(found.corrected, cells).labels, 0.98);
}

TEST(Harmony, MoreClustersThanTheCellsSuggestAreAllowed) {
    const PlantedBatches few = planted_batches(40, 2);  // more components than N / 30 as well
    for (const std::int32_t clusters : {1, 20, 100}) {
        const Harmony found = harmony(few.points, few.batch, {.clusters = clusters});
        EXPECT_EQ(found.reference.centroids.rows, std::min(clusters, 40));
        EXPECT_TRUE(std::ranges::all_of(found.corrected.values, [](float value) { return std::isfinite(value); }));
    }
    EXPECT_EQ(harmony(DenseMatrix(0, 3), {}).corrected.rows, 0);
}

TEST(Harmony, RefusesWhatItCannotCorrect) {
    PlantedBatches cells = planted_batches(60, 2);
    const auto kind_of = [&](const HarmonyOptions& options) {
        try {
            harmony(cells.points, cells.batch, options);
        } catch (const Error& error) {
            return error.kind();
        }
        return ErrorKind::internal;
    };
    EXPECT_EQ(kind_of({.lambda = 0}), ErrorKind::usage);
    EXPECT_EQ(kind_of({.clusters = 0}), ErrorKind::usage);
    cells.batch[3] = -1;
    EXPECT_EQ(kind_of({}), ErrorKind::precondition);
    cells.batch[3] = 0;
    cells.points(5, 1) = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(kind_of({}), ErrorKind::precondition);
}

TEST(Harmony, StopsOnRequest) {
    struct Stopping : Sink {
        bool stop_requested() override { return true; }
    } stopping;
    const PlantedBatches cells = planted_batches(60, 2);
    EXPECT_THROW(harmony(cells.points, cells.batch, {}, stopping), Error);
}

// A query is the reference's first batch moved as a whole: it must come to lie among the cells that it was made from.
TEST(MapQuery, BringsAShiftedQueryBack) {
    const PlantedBatches cells = planted_batches(1500, 3);
    const Harmony reference = harmony(cells.points, cells.batch);
    PlantedBatches both{.points = reference.corrected, .label = cells.label};
    both.batch.assign(1500, 0);
    DenseMatrix query(1500, kComponents);
    RandomStream random(random_key(4, 4));
    std::vector<float> shift;
    for (std::int64_t d = 0; d < kComponents; ++d) shift.push_back(static_cast<float>(2 * random.normal()));
    for (std::int64_t i = 0; i < query.rows; ++i)
        for (std::int64_t d = 0; d < kComponents; ++d) query(i, d) = reference.corrected(i, d) + shift[d];
    const DenseMatrix mapped = map_query(reference.reference, query, std::vector<std::int32_t>(1500, 0));
    both.points.rows = 3000;
    both.points.values.insert(both.points.values.end(), mapped.values.begin(), mapped.values.end());
    both.batch.insert(both.batch.end(), 1500, 1);
    both.label.insert(both.label.end(), cells.label.begin(), cells.label.end());
    const Mixing after = mixing(both.points, both);
    EXPECT_GT(after.batches, 0.7);
    EXPECT_GT(after.labels, 0.98);
}

TEST(MapQuery, RefusesOtherComponents) {
    const PlantedBatches cells = planted_batches(100, 2);
    const Harmony reference = harmony(cells.points, cells.batch);
    EXPECT_THROW(map_query(reference.reference, DenseMatrix(2, 3), std::vector<std::int32_t>(2, 0)), Error);
}

TEST(HarmonyOracle, MixesRealDonorsAsHarmonypyDoes) {
    const std::filesystem::path file = shared_folder() / "data/symphony_pbmcs_lognorm.h5ad";
    LEXICELL_NEEDS(file);
    const ScratchFolder scratch;
    const std::string written = (scratch / "oracle.safetensors").string();
    const int status =
        testing_support::python_script_status("tests/models/harmony_oracle.py", {file.string(), written});
    if (status == 77) GTEST_SKIP() << "skipped: harmonypy not installed";
    ASSERT_EQ(status, 0);
    const SafetensorsFile expected = read_safetensors(written, {.as_data = true});
    const auto matrix = [&](const std::string& name) {
        DenseMatrix out(expected.tensors.at(name).shape[0], expected.tensors.at(name).shape[1]);
        out.values = expected.tensors.at(name).to_float();
        return out;
    };
    const auto codes = [&](const std::string& name) {
        const std::vector<std::int64_t> wide = expected.tensors.at(name).to_int64();
        return std::vector<std::int32_t>(wide.begin(), wide.end());
    };
    const PlantedBatches cells{.points = matrix("points"), .batch = codes("batch"), .label = codes("label")};
    Mixing theirs{}, ours{};
    for (int seed = 0; seed < 3; ++seed) {
        const Mixing one = mixing(matrix("corrected." + std::to_string(seed)), cells);
        const HarmonyOptions options{.seed = static_cast<std::uint64_t>(seed), .threads = 2};
        const Harmony found = harmony(cells.points, cells.batch, options);
        const Mixing other = mixing(found.corrected, cells);
        theirs = {theirs.batches + one.batches / 3, theirs.labels + one.labels / 3};
        ours = {ours.batches + other.batches / 3, ours.labels + other.labels / 3};
    }
    RecordProperty("before", std::to_string(mixing(cells.points, cells).batches));
    RecordProperty("harmonypy", std::to_string(theirs.batches) + " " + std::to_string(theirs.labels));
    RecordProperty("ours", std::to_string(ours.batches) + " " + std::to_string(ours.labels));
    EXPECT_NEAR(ours.batches, theirs.batches, 0.02);
    EXPECT_NEAR(ours.labels, theirs.labels, 0.02);
}

}  // namespace
}  // namespace lexicell
