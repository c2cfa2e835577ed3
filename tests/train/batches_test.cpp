#include "lexicell/train/batches.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <numeric>

#include "tests/train/toy_data.h"

namespace lexicell {
namespace {

TEST(FeatureBatches, GathersRowsInTheOrderAskedFor) {
    const ToyData data(50, 20);
    const FeatureBatches batches(data.featurizer, data.source);
    const std::vector<std::int64_t> cells = {7, 0, 49, 7};
    Batch batch;
    batches.gather(cells, batch);
    const DenseMatrix dense = to_dense(data.counts);
    ASSERT_EQ(batch.cells(), 4);
    for (std::int64_t r = 0; r < 4; ++r) {
        EXPECT_EQ(batch.at("cells")[r].item<std::int64_t>(), cells[r]);
        for (std::int64_t g = 0; g < 20; ++g) EXPECT_EQ(batch.at("x")[r][g].item<float>(), dense(cells[r], g));
    }
    EXPECT_TRUE(batch.has("u"));
    EXPECT_EQ(batch.at("library").sizes(), torch::IntArrayRef({4}));
}

TEST(FeatureBatches, HandsOnTheCovariatesOfTheFeaturizer) {
    ToyData data(30, 12);
    Categorical donor{.categories = {"a", "b"}};
    for (int i = 0; i < 30; ++i) donor.codes.push_back(i % 2);
    data.obs.set("donor", {.values = donor});
    const LogCounts featurizer(data.genes, fit_covariates(data.obs, {.categorical = {"donor"}}));
    const FeatureBatches batches(featurizer, data.source);
    Batch batch;
    const std::vector<std::int64_t> cells = {3, 28};
    batches.gather(cells, batch);
    EXPECT_TRUE(batch.at("covariates").equal(torch::tensor({{0.f, 1.f}, {1.f, 0.f}})));
}

std::vector<std::int64_t> ids(const Batch& batch) {
    const torch::Tensor cells = batch.at("cells");
    return {cells.data_ptr<std::int64_t>(), cells.data_ptr<std::int64_t>() + cells.size(0)};
}

TEST(EpochSampler, EveryCellOnceAnEpochInAnOrderThatDependsOnSeedAndEpoch) {
    std::vector<std::int64_t> cells;
    for (int i = 0; i < 103; ++i) cells.push_back(2 * i);
    EpochSampler sampler(cells, 10, 4), same(cells, 10, 4), other(cells, 10, 5);
    EXPECT_EQ(sampler.batches_per_epoch(), 11);
    std::vector<std::vector<std::int64_t>> epochs(2);
    EpochSampler::Place place;
    for (int i = 0; i < 22; ++i, place = sampler.after(place)) {
        const auto batch = sampler.cells_at(place);
        EXPECT_EQ(batch, same.cells_at(place));
        EXPECT_EQ(batch.size(), place.batch == 10 ? 3u : 10u);
        epochs[place.epoch].insert(epochs[place.epoch].end(), batch.begin(), batch.end());
    }
    EXPECT_EQ(place, (EpochSampler::Place{2, 0}));
    EXPECT_NE(epochs[0], epochs[1]);
    EXPECT_NE(sampler.cells_at({0, 0}), other.cells_at({0, 0}));
    for (auto& epoch : epochs) {
        std::sort(epoch.begin(), epoch.end());
        EXPECT_EQ(epoch, cells);
    }
}

TEST(BatchStream, PrefetchingChangesNothing) {
    const ToyData data(57, 16);
    const FeatureBatches batches(data.featurizer, data.source);
    std::vector<std::int64_t> cells(57);
    std::iota(cells.begin(), cells.end(), 0);
    BatchStream plain(batches, EpochSampler(cells, 10, 1), false), ahead(batches, EpochSampler(cells, 10, 1), true);
    for (int i = 0; i < 40; ++i) {
        const Batch& a = plain.next();
        const Batch& b = ahead.next();
        EXPECT_EQ(ids(a), ids(b));
        EXPECT_TRUE(a.at("x").equal(b.at("x")));
        EXPECT_EQ(plain.place(), ahead.place());
    }
}

TEST(BatchStream, GoesOnFromAnyPlace) {
    const ToyData data(57, 16);
    const FeatureBatches batches(data.featurizer, data.source);
    std::vector<std::int64_t> cells(57);
    std::iota(cells.begin(), cells.end(), 0);
    for (const bool prefetch : {false, true}) {
        BatchStream whole(batches, EpochSampler(cells, 10, 1), prefetch);
        for (int i = 0; i < 8; ++i) whole.next();
        BatchStream resumed(batches, EpochSampler(cells, 10, 1), prefetch);
        resumed.next();
        resumed.seek(whole.place());
        for (int i = 0; i < 9; ++i) EXPECT_EQ(ids(whole.next()), ids(resumed.next()));
    }
}

class FailingBatches : public Batches {
public:
    std::int64_t cells() const override { return 20; }
    void gather(std::span<const std::int64_t> cells, Batch& batch) const override {
        if (std::find(cells.begin(), cells.end(), 13) != cells.end()) throw std::runtime_error("unreadable");
        batch.tensors["cells"] = torch::zeros({static_cast<std::int64_t>(cells.size())}, torch::kInt64);
    }
};

TEST(BatchStream, AnErrorWhileReadingAheadReachesTheCaller) {
    const FailingBatches batches;
    std::vector<std::int64_t> cells(20);
    std::iota(cells.begin(), cells.end(), 0);
    BatchStream stream(batches, EpochSampler(cells, 5, 1), true);
    EXPECT_THROW(for (int i = 0; i < 4; ++i) stream.next(), std::runtime_error);
}

std::int64_t status_kilobytes(const std::string& field) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(field)) return std::stoll(line.substr(field.size() + 1));
    return -1;
}

// Check 29 of scilama.md: training 50k cells x 2,000 genes must not hold a dense copy.
TEST(FeatureBatches, TrainingOnSparseDataNeedsNoDenseCopy) {
    const ToyData data(50'000, 2'000, 0.08);
    const std::int64_t csr = (data.counts.nonzeros() * 8 + 50'001 * 8) / 1024;
    const FeatureBatches batches(data.featurizer, data.source);
    std::vector<std::int64_t> cells(50'000);
    std::iota(cells.begin(), cells.end(), 0);
    BatchStream stream(batches, EpochSampler(cells, 128, 1), true);
    std::ofstream("/proc/self/clear_refs") << "5";  // the peak starts anew
    for (int i = 0; i < 391; ++i) stream.next();
    const std::int64_t peak = status_kilobytes("VmHWM:");
    ASSERT_GT(peak, 0);
    RecordProperty("peak_mb", static_cast<int>(peak / 1024));
    EXPECT_LT(peak, 2 * csr + 500 * 1024);
}

}  // namespace
}  // namespace lexicell
