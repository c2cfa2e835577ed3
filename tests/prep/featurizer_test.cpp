#include "lexicell/prep/featurizer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "lexicell/base/error.h"
#include "lexicell/prep/log_counts.h"
#include "lexicell/prep/normalize.h"
#include "lexicell/prep/scale.h"
#include "lexicell/prep/scaled_log.h"
#include "tests/prep/example_counts.h"

namespace lexicell {
namespace {

using testing_support::example_counts;
using testing_support::names;
using testing_support::permutation;

struct Data {
    CsrMatrix counts = example_counts(300, 40);
    std::vector<std::string> genes = names("g", 40);
    Frame obs{.index = names("c", 300)};
    std::vector<std::int64_t> all;
    Data() {
        std::vector<std::string> batch;
        for (std::int64_t r = 0; r < 300; ++r) {
            batch.push_back(r % 2 ? "x" : "y");
            all.push_back(r);
        }
        obs.set("batch", {.values = categorize(batch)});
    }
    MemoryCells source() const { return {counts, genes, obs}; }
    CovariateEncoder covariates() const { return fit_covariates(obs, {.categorical = {"batch"}}); }
};

TEST(LogCounts, CountsTheirLogarithmsAndTotals) {
    const Data data;
    const std::vector<std::string> genes = {"g7", "g3", "g11"};
    const LogCounts featurizer(genes, data.covariates());
    const MemoryCells source = data.source();
    const std::vector<std::int64_t> cells = {5, 2, 5};
    const Features f = FeatureReader(featurizer, source).read(cells);
    const DenseMatrix dense = to_dense(data.counts);
    EXPECT_EQ(f.at("cells").integers(), cells);
    EXPECT_EQ(f.at("x").shape, (std::vector<std::int64_t>{3, 3}));
    EXPECT_EQ(f.at("covariates").floats(), (std::vector<float>{1, 0, 0, 1, 1, 0}));
    for (int i = 0; i < 3; ++i) {
        const float x[] = {dense(cells[i], 7), dense(cells[i], 3), dense(cells[i], 11)};
        const float total = x[0] + x[1] + x[2];
        EXPECT_EQ(f.at("library").floats()[i], std::max(total, 1.0f));
        for (int g = 0; g < 3; ++g) {
            EXPECT_EQ(f.at("x").floats()[3 * i + g], x[g]);
            EXPECT_FLOAT_EQ(f.at("u").floats()[3 * i + g], total > 0 ? std::log1p(1e4f * x[g] / total) : 0);
        }
    }
}

TEST(LogCounts, AnEmptyCellHasFeaturesToo) {
    const CsrMatrix counts{.rows = 1, .cols = 2, .indptr = {0, 0}};
    const std::vector<std::string> genes = {"a", "b"};
    const Frame obs{.index = {"c"}};
    const MemoryCells source(counts, genes, obs);
    const LogCounts featurizer(genes);
    const std::vector<std::int64_t> cells = {0};
    const Features f = FeatureReader(featurizer, source).read(cells);
    EXPECT_EQ(f.at("u").floats(), (std::vector<float>{0, 0}));
    EXPECT_EQ(f.at("library").floats(), std::vector<float>{1});
    EXPECT_FALSE(f.contains("covariates"));
}

TEST(ScaledLog, EqualsNormaliseLogScale) {
    const Data data;
    const MemoryCells source = data.source();
    const std::vector<std::string> genes = {"g0", "g21", "g8"};
    const std::vector<std::int64_t> columns = {0, 21, 8};
    const ScaledLog featurizer = fit_scaled_log(source, data.all, genes, {}, {.clip = 2});
    const Features f = FeatureReader(featurizer, source).read(data.all);
    // Totals are those of all genes of the file: normalise first, select afterwards.
    const CsrMatrix logged = take_cols(log_normalize(data.counts), columns);
    const DenseMatrix z = scale(logged, fit_scale(logged), {.clip = 2});
    for (std::size_t i = 0; i < z.values.size(); ++i) EXPECT_NEAR(f.at("x").floats()[i], z.values[i], 1e-6);
    EXPECT_THROW(fit_scaled_log(source, data.all, {"g0", "absent"}), Error);
}

TEST(ScaledLog, TakesLogarithmsAsTheyAre) {
    Data data;
    data.counts = log_normalize(data.counts);
    const MemoryCells source = data.source();
    const ScaledLog featurizer = fit_scaled_log(source, data.all, data.genes, {}, {.target_sum = std::nullopt});
    const GeneScale expected = fit_scale(data.counts);
    for (std::size_t g = 0; g < 40; ++g) {
        EXPECT_NEAR(featurizer.means()[g], expected.mean[g], 1e-12);
        EXPECT_NEAR(featurizer.sds()[g], expected.sd[g], 1e-12);
    }
}

// What every featurizer owes.
class AnyFeaturizer : public testing::TestWithParam<std::string> {
protected:
    static std::unique_ptr<Featurizer> make(const Data& data) {
        const std::vector<std::string> genes = {"g4", "g30", "g9", "g17"};
        if (GetParam() == LogCounts::kKind) return std::make_unique<LogCounts>(genes, data.covariates());
        const MemoryCells source = data.source();
        return std::make_unique<ScaledLog>(fit_scaled_log(source, data.all, genes, data.covariates()));
    }
};

void expect_equal(const Features& a, const Features& b) {
    ASSERT_EQ(a.size(), b.size());
    for (const auto& [name, array] : a) {
        EXPECT_EQ(array.shape, b.at(name).shape) << name;
        EXPECT_EQ(array.values, b.at(name).values) << name;
    }
}

TEST_P(AnyFeaturizer, IsTheSameAfterSaving) {
    const Data data;
    const MemoryCells source = data.source();
    const auto featurizer = make(data);
    const FeaturizerState state = featurizer->state();
    const auto back = load_featurizer(state, hash_of(state));
    EXPECT_EQ(back->kind(), featurizer->kind());
    EXPECT_EQ(hash_of(back->state()), hash_of(state));
    expect_equal(FeatureReader(*back, source).read(data.all), FeatureReader(*featurizer, source).read(data.all));
}

TEST_P(AnyFeaturizer, ACellDoesNotDependOnItsBatchNorOnTheOrderOfGenes) {
    const Data data;
    const MemoryCells source = data.source();
    const auto featurizer = make(data);
    const FeatureReader reader(*featurizer, source);
    const Features all = reader.read(data.all);
    const auto order = permutation(40);
    const CsrMatrix permuted = take_cols(data.counts, order);
    std::vector<std::string> permuted_names;
    for (const std::int64_t g : order) permuted_names.push_back(data.genes[g]);
    const MemoryCells permuted_source(permuted, permuted_names, data.obs);
    expect_equal(FeatureReader(*featurizer, permuted_source).read(data.all), all);
    for (const std::int64_t cell : {0, 17, 299}) {
        const std::vector<std::int64_t> one = {cell};
        for (const auto& [name, array] : reader.read(one)) {
            const auto width = static_cast<std::int64_t>(std::visit([](const auto& v) { return v.size(); }, array.values));
            std::visit([&](const auto& v) {
                const auto& whole = std::get<std::decay_t<decltype(v)>>(all.at(name).values);
                for (std::int64_t i = 0; i < width; ++i) EXPECT_EQ(v[i], whole[cell * width + i]) << name;
            }, array.values);
        }
    }
}

TEST_P(AnyFeaturizer, AbsentGenesAreZeroAndSaid) {
    Data data;
    const auto featurizer = make(data);
    data.genes[9] = "renamed";
    const MemoryCells source = data.source();
    RecordingSink sink;
    const FeatureReader reader(*featurizer, source, sink);
    EXPECT_EQ(reader.absent_genes(), std::vector<std::string>{"g9"});
    ASSERT_EQ(sink.warnings.size(), 1u);
    EXPECT_EQ(sink.warnings[0].name, "genes-absent");
    data.genes = names("other", 40);
    EXPECT_THROW(FeatureReader(*featurizer, source), Error);
}

TEST_P(AnyFeaturizer, RefusesOtherPreprocessing) {
    const Data data;
    const FeaturizerState state = make(data)->state();
    EXPECT_THROW(load_featurizer(state, std::string(64, '0')), Error);
    FeaturizerState other = LogCounts({"g4", "g30"}).state();
    EXPECT_NO_THROW(require_same_preprocessing(state, state));
    try {
        require_same_preprocessing(state, other);
        ADD_FAILURE() << "not refused";
    } catch (const Error& error) {
        EXPECT_EQ(error.exit_code(), 5);
        EXPECT_EQ(error.detail().type, "other-preprocessing");
    }
    for (const char* broken : {"", "{", "[]", "{}", R"({"kind":"unheard of"})", R"({"kind":"log_counts"})", R"({"kind":"scaled_log"})"})
        EXPECT_THROW(load_featurizer({.json = broken}), Error) << broken;
    if (!state.arrays.empty()) {
        FeaturizerState stripped = state;
        stripped.arrays.begin()->second.values = std::vector<double>{1, 2};
        EXPECT_THROW(load_featurizer(stripped), Error);
    }
}

INSTANTIATE_TEST_SUITE_P(All, AnyFeaturizer, testing::Values(std::string(LogCounts::kKind), std::string(ScaledLog::kKind)),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace lexicell
