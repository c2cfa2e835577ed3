#include "lexicell/train/train.h"

#include <ATen/autocast_mode.h>

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include <nlohmann/json.hpp>

#include "lexicell/base/error.h"
#include "tests/train/temporary_folder.h"
#include "tests/train/toy_data.h"
#include "tests/train/toy_objective.h"

namespace lexicell {
namespace {

constexpr std::int64_t cells = 110, genes = 24;

TrainOptions toy_options(std::uint64_t steps = 60) {
    TrainOptions options;
    options.stage = "toy";
    options.batch_size = 16;
    options.beta = BetaBySteps{.flat_steps = 5, .ramp_steps = 10};
    options.min_steps = steps;
    options.max_steps = steps;
    options.learning_rate.initial = 1e-2;
    return options;
}

std::vector<torch::Tensor> weights(ToyObjective& objective) {
    std::vector<torch::Tensor> values;
    for (const auto& [name, w] : objective.parameters()) values.push_back(w.detach().clone());
    for (const auto& [name, w] : objective.buffers()) values.push_back(w.detach().clone());
    return values;
}

void expect_same_bits(const std::vector<torch::Tensor>& a, const std::vector<torch::Tensor>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(a[i].equal(b[i])) << i;
}

void expect_same_result(const TrainResult& a, const TrainResult& b) {
    EXPECT_EQ(a.ended_by, b.ended_by);
    EXPECT_EQ(a.steps, b.steps);
    EXPECT_EQ(a.best_validation, b.best_validation);
    EXPECT_EQ(a.best_step, b.best_step);
    EXPECT_EQ(a.skipped_steps, b.skipped_steps);
    ASSERT_EQ(a.history.size(), b.history.size());
    for (std::size_t i = 0; i < a.history.size(); ++i) {
        EXPECT_EQ(a.history[i].step, b.history[i].step);
        EXPECT_EQ(a.history[i].train, b.history[i].train);
        EXPECT_EQ(a.history[i].train_terms, b.history[i].train_terms);
        EXPECT_EQ(a.history[i].validation, b.history[i].validation);
        EXPECT_EQ(a.history[i].learning_rate, b.history[i].learning_rate);
    }
}

class StopsAt : public RecordingSink {
public:
    explicit StopsAt(std::uint64_t step) : step_(step) {}
    void progress(const Progress& p) override { at_ = p.done; }
    bool stop_requested() override { return at_ >= step_; }

private:
    std::uint64_t step_, at_ = 0;
};

class Train : public testing::Test {
protected:
    struct Run {
        TrainResult result;
        std::vector<torch::Tensor> weights;
    };
    Run run(const TrainOptions& options, CheckpointStore* store = nullptr, Sink& sink = silence()) {
        ToyObjective objective(genes);
        return run(objective, options, store, sink);
    }
    Run run(ToyObjective& objective, const TrainOptions& options, CheckpointStore* store = nullptr, Sink& sink = silence()) {
        TrainResult result = train(objective, batches_, split_, options, sink, store);
        return {std::move(result), weights(objective)};
    }

    ToyData data_{cells, genes};
    FeatureBatches batches_{data_.featurizer, data_.source};
    Split split_ = random_split(cells);
    TemporaryFolder folder_;
};

TEST_F(Train, LearnsAndKeepsTheBestWeights) {
    const Run run = this->run(toy_options(400));
    EXPECT_EQ(run.result.ended_by, "max_steps");
    EXPECT_EQ(run.result.steps, 400u);
    ASSERT_GT(run.result.history.size(), 3u);
    EXPECT_LT(*run.result.history.back().validation, 0.8 * *run.result.history.front().validation);
    EXPECT_TRUE(run.result.kept_best);
    double best = INFINITY;
    for (const auto& record : run.result.history)
        if (record.beta == 1) best = std::min(best, *record.validation);
    EXPECT_EQ(best, run.result.best_validation);
    EXPECT_EQ(run.result.history.front().train_terms.size(), 2u);

    ToyObjective objective(genes);
    const auto kept = this->run(objective, toy_options(400));
    Batch batch;
    batches_.gather(split_.validation, batch);
    const double again = objective.evaluate(batch, {.seed = 42, .kl_weight = 1}).total;
    EXPECT_NEAR(again, *kept.result.best_validation, 1e-4);
}

TEST_F(Train, SameSeedSameBitsAnotherSeedOthers) {
    TrainOptions options = toy_options();
    const Run a = run(options);
    options.prefetch = false;
    options.optimizer.threads = 2;
    const Run b = run(options);
    expect_same_bits(a.weights, b.weights);
    expect_same_result(a.result, b.result);
    options.seed = 43;
    EXPECT_FALSE(run(options).weights[0].equal(a.weights[0]));
}

TEST_F(Train, GoesOnBitByBitAfterAStopAtAnyStep) {
    const TrainOptions options = toy_options();
    const Run whole = run(options);
    for (const std::uint64_t step : {0, 1, 6, 7, 13, 33, 59}) {
        SCOPED_TRACE(step);
        const TemporaryFolder folder;
        CheckpointStore store(folder.path());
        StopsAt sink(step);
        try {
            run(options, &store, sink);
            FAIL();
        } catch (const Error& e) {
            EXPECT_EQ(e.exit_code(), 130);
        }
        const Run resumed = run(options, &store);
        expect_same_bits(whole.weights, resumed.weights);
        expect_same_result(whole.result, resumed.result);
    }
}

TEST_F(Train, AFinishedStageOnlyLoads) {
    CheckpointStore store(folder_.path());
    const Run first = run(toy_options(), &store);
    ToyObjective objective(genes);
    const Run again = run(objective, toy_options(), &store);
    EXPECT_EQ(objective.calls, 0u);
    expect_same_bits(first.weights, again.weights);
    expect_same_result(first.result, again.result);
}

// Stage 2 starts from the best weights of stage 1 and is stopped in the middle.
TEST_F(Train, TwoStagesGoOnBitByBit) {
    const auto both = [&](const std::filesystem::path& folder, Sink& sink) {
        CheckpointStore first(folder / "stage1"), second(folder / "stage2");
        ToyObjective cells_side(genes);
        run(cells_side, toy_options(), &first, sink);
        ToyObjective gene_side(genes, 4, 9);
        {
            const torch::NoGradGuard off;
            gene_side.parameters()[0].second.add_(cells_side.parameters()[0].second);
        }
        TrainOptions options = toy_options(40);
        options.stage = "genes";
        return run(gene_side, options, &second, sink);
    };
    const Run whole = both(folder_ / "whole", silence());
    StopsAt sink(60);  // stage 1 ends here; stage 2 is asked to stop at once
    EXPECT_THROW(both(folder_ / "parts", sink), Error);
    StopsAt later(17);
    EXPECT_THROW(both(folder_ / "parts", later), Error);
    const Run resumed = both(folder_ / "parts", silence());
    expect_same_bits(whole.weights, resumed.weights);
    expect_same_result(whole.result, resumed.result);
}

TEST_F(Train, AnotherRunsCheckpointIsRefused) {
    CheckpointStore store(folder_.path());
    StopsAt sink(5);
    EXPECT_THROW(run(toy_options(), &store, sink), Error);
    TrainOptions other = toy_options();
    other.run_id = "other data";
    try {
        run(other, &store);
        FAIL();
    } catch (const Error& e) {
        EXPECT_EQ(e.exit_code(), 5);
        EXPECT_EQ(e.detail().type, "checkpoint-of-another-run");
    }
}

TEST_F(Train, TheTimeLimitLeavesACheckpoint) {
    CheckpointStore store(folder_.path());
    TrainOptions options = toy_options();
    options.time_limit = 0;
    try {
        run(options, &store);
        FAIL();
    } catch (const Error& e) {
        EXPECT_EQ(e.exit_code(), 10);
    }
    options.time_limit.reset();
    expect_same_bits(run(options, &store).weights, run(options).weights);
}

TEST_F(Train, PatienceEndsItAfterTheLeastNumberOfSteps) {
    TrainOptions options = toy_options(100'000);
    options.min_steps = 50;
    options.max_epochs.reset();
    options.learning_rate.initial = 0;  // nothing improves
    options.stopping.patience = 3;
    const Run run = this->run(options);
    EXPECT_EQ(run.result.ended_by, "patience");
    EXPECT_EQ(run.result.steps, 56u);  // validations after 7, 14, ...: patience is spent at 42, the first one after 50 ends it
}

TEST_F(Train, EpochsEndItButNotBeforeTheLeastNumberOfSteps) {
    TrainOptions options = toy_options(1000);
    options.min_steps = 0;
    options.max_epochs = 3;
    EXPECT_EQ(run(options).result.steps, 21u);
    options.min_steps = 25;
    const Run longer = run(options);
    EXPECT_EQ(longer.result.steps, 25u);
    EXPECT_EQ(longer.result.ended_by, "max_epochs");
    EXPECT_EQ(longer.result.history.back().step, 25u);
}

TEST_F(Train, WithoutValidationTheLastWeightsStay) {
    split_.validation.clear();
    const Run run = this->run(toy_options(20));
    EXPECT_FALSE(run.result.kept_best);
    EXPECT_FALSE(run.result.best_validation);
    EXPECT_EQ(run.result.history.size(), 3u);  // after 7 and 14 steps, and the last one
}

TEST_F(Train, ABadStepIsSkippedAndLeavesNoTrace) {
    for (const bool gradient_only : {false, true}) {
        ToyObjective objective(genes);
        objective.bad_steps = {11};
        objective.bad_gradient_only = gradient_only;
        Trainer trainer(objective, batches_, split_, toy_options(), silence());
        trainer.run_until(11);
        const auto before = weights(objective);
        trainer.run_until(12);
        expect_same_bits(before, weights(objective));
        trainer.run_until(60);
        const TrainResult result = trainer.finish();
        EXPECT_EQ(result.skipped_steps, 1u);
        EXPECT_EQ(result.halvings, 0u);
        for (const auto& record : result.history) EXPECT_TRUE(std::isfinite(record.train));
    }
}

TEST_F(Train, ThreeBadStepsHalveTheLearningRateAndTenRollBack) {
    ToyObjective objective(genes);
    objective.bad_steps = {10, 12, 14};
    RecordingSink sink;
    const Run halved = run(objective, toy_options(), nullptr, sink);
    EXPECT_EQ(halved.result.halvings, 1u);
    EXPECT_NEAR(halved.result.history.back().learning_rate / learning_rate_at({.initial = 1e-2}, {.epoch = halved.result.history.back().epoch}), 0.5, 1e-12);
    ASSERT_EQ(sink.warnings.size(), 1u);
    EXPECT_EQ(sink.warnings[0].name, "learning-rate-halved");

    ToyObjective back(genes);
    back.bad_steps = {16, 17, 18, 19, 20, 21, 22, 23, 24, 25};
    TrainOptions options = toy_options();
    options.validate_every = 14;
    Trainer trainer(back, batches_, split_, options, sink);
    trainer.run_until(14);
    const auto good = weights(back);
    trainer.run_until(16);
    EXPECT_FALSE(good[0].equal(weights(back)[0]));
    trainer.run_until(26);
    expect_same_bits(weights(back), good);
    trainer.run_until(60);
    EXPECT_EQ(trainer.finish().rollbacks, 1u);
}

TEST_F(Train, LastingFailureEndsWithExitNineAndABundle) {
    ToyObjective objective(genes);
    objective.always_bad_from = 8;
    CheckpointStore store(folder_.path());
    RecordingSink sink;
    try {
        run(objective, toy_options(), &store, sink);
        FAIL();
    } catch (const Error& e) {
        EXPECT_EQ(e.exit_code(), 9);
        EXPECT_EQ(e.detail().type, "training-diverged");
    }
    EXPECT_EQ(objective.calls, 48u);  // 8 good steps and 4 times 10 bad ones
    std::ifstream file(folder_ / "diverged.json");
    const auto bundle = nlohmann::json::parse(file);
    EXPECT_EQ(bundle.at("step"), 47);
    EXPECT_EQ(bundle.at("rollbacks"), 3);
    EXPECT_EQ(bundle.at("cells").size(), bundle.at("cell_totals").size());
    EXPECT_EQ(bundle.at("first_weight_not_finite"), "");
    EXPECT_EQ(bundle.at("first_gradient_not_finite"), "encoder");
    EXPECT_GT(bundle.at("learning_rate").get<double>(), 0);
}

TEST_F(Train, Bf16LearnsTooAndKeepsItsWeightsInFp32) {
    TrainOptions options = toy_options(300);
    const Run fp32 = run(options);
    options.precision = Precision::bf16;
    const Run bf16 = run(options);
    EXPECT_EQ(bf16.weights[0].scalar_type(), torch::kFloat);
    EXPECT_FALSE(bf16.weights[0].equal(fp32.weights[0]));
    EXPECT_NEAR(*bf16.result.best_validation / *fp32.result.best_validation, 1, 0.03);
    EXPECT_FALSE(at::autocast::is_autocast_enabled(at::kCPU));
}

TEST_F(Train, ProgressNamesStageStepsAndFigures) {
    class Watch : public Sink {
    public:
        void progress(const Progress& p) override {
            EXPECT_EQ(p.stage, "toy");
            EXPECT_EQ(p.done, ++steps);
            EXPECT_EQ(p.total, 60u);
            for (const auto& [name, value] : p.figures) EXPECT_TRUE(std::isfinite(value)) << name;
        }
        std::uint64_t steps = 0;
    } watch;
    run(toy_options(), nullptr, watch);
    EXPECT_EQ(watch.steps, 60u);
}

}  // namespace
}  // namespace lexicell
