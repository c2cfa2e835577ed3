#include "lexicell/models/baseline/single_r.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "lexicell/base/error.h"
#include "lexicell/base/random.h"

namespace lexicell {
namespace {

struct Planted {
    CsrMatrix logged{.cols = 80};
    std::vector<std::int32_t> labels;
};

// Classes 0, 2 and 3 of four. Each has ten genes of its own, 2 and 3 share ten more: a lineage and its two ends.
Planted planted(std::int64_t cells, std::uint64_t seed) {
    Planted out;
    out.logged.rows = cells;
    RandomStream random(random_key(seed, 6));
    for (std::int64_t i = 0; i < cells; ++i) {
        const std::int32_t label = std::array{0, 2, 3}[i % 3];
        out.labels.push_back(label);
        for (std::int32_t g = 0; g < 80; ++g) {
            const bool own = g / 10 == label || (label >= 2 && g / 10 == 5);
            if (random.uniform() >= (own ? 0.7 : 0.2)) continue;
            out.logged.indices.push_back(g);
            const auto count = static_cast<double>(1 + random.below(4) + (own ? 2 : 0));
            out.logged.values.push_back(static_cast<float>(std::log1p(count)));
        }
        out.logged.indptr.push_back(static_cast<std::int64_t>(out.logged.indices.size()));
    }
    return out;
}

double accuracy(const SingleR& found, const Planted& query) {
    double right = 0;
    for (std::size_t i = 0; i < found.label.size(); ++i) right += found.label[i] == query.labels[i];
    return right / static_cast<double>(found.label.size());
}

TEST(SingleR, TellsPlantedClasses) {
    const Planted reference = planted(300, 1), query = planted(120, 2);
    const SingleRReference trained = single_r_reference(reference.logged, reference.labels, 4, {.markers = 10});
    EXPECT_EQ(trained.profiles.rows, 30);  // three times sqrt(100)
    const SingleR found = single_r(trained, query.logged);
    EXPECT_GT(accuracy(found, query), 0.95);
    ASSERT_EQ(found.scores.cols, 4);
    for (std::int64_t i = 0; i < found.scores.rows; ++i) {
        EXPECT_EQ(found.scores(i, 1), -1);  // a class without cells
        for (const float score : found.scores.row(i)) EXPECT_TRUE(score >= -1 && score <= 1.0001f);
    }
}

TEST(SingleR, MarkersAreGenesThatAClassHasMoreOf) {
    const Planted reference = planted(300, 1);
    const SingleRReference trained = single_r_reference(reference.logged, reference.labels, 4, {.markers = 5});
    for (const SingleRMarker& marker : trained.markers) {
        const std::int32_t group = trained.genes[marker.gene] / 10;
        EXPECT_TRUE(group == marker.label || (marker.label >= 2 && marker.other == 0 && group == 5));
    }
    EXPECT_TRUE(std::ranges::is_sorted(trained.genes));
}

TEST(SingleR, HasTheSameBitsForAnyThreads) {
    const Planted reference = planted(300, 1), query = planted(120, 2);
    const SingleRReference one = single_r_reference(reference.logged, reference.labels, 4, {.threads = 1});
    const SingleRReference two = single_r_reference(reference.logged, reference.labels, 4, {.threads = 2});
    EXPECT_EQ(one.profiles.values, two.profiles.values);
    EXPECT_EQ(one.genes, two.genes);
    const SingleR alone = single_r(one, query.logged, {.threads = 1});
    const SingleR both = single_r(one, query.logged, {.threads = 2});
    EXPECT_EQ(alone.label, both.label);
    EXPECT_EQ(alone.scores.values, both.scores.values);
}

TEST(SingleR, OnlyTheRanksOfACellCount) {
    const Planted reference = planted(300, 1);
    Planted query = planted(60, 2);
    const SingleRReference trained = single_r_reference(reference.logged, reference.labels, 4);
    const SingleR before = single_r(trained, query.logged);
    for (float& value : query.logged.values) value = 3 * value * value;
    const SingleR after = single_r(trained, query.logged);
    EXPECT_EQ(before.label, after.label);
    EXPECT_EQ(before.scores.values, after.scores.values);
}

TEST(SingleR, AnEmptyCellAndNoCellAreAnswered) {
    const Planted reference = planted(300, 1);
    const SingleRReference trained = single_r_reference(reference.logged, reference.labels, 4);
    CsrMatrix query{.rows = 1, .cols = 80, .indptr = {0, 0}};
    const SingleR found = single_r(trained, query);
    EXPECT_TRUE(std::ranges::all_of(found.scores.values, [](float score) { return std::isfinite(score); }));
    query = {.rows = 0, .cols = 80};
    EXPECT_TRUE(single_r(trained, query).label.empty());
}

TEST(SingleR, ClassesWithoutAMarkerAreRefused) {
    Planted reference = planted(4, 1);
    reference.logged = {.rows = 4, .cols = 80, .indptr = {0, 0, 0, 0, 0}};
    EXPECT_THROW(single_r_reference(reference.logged, reference.labels, 4), Error);
}

}  // namespace
}  // namespace lexicell
