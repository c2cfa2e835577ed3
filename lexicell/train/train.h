#pragma once
// The training loop: one stage of one objective, resumable to the step and bit-identical after a resume at equal threads.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lexicell/base/sink.h"
#include "lexicell/nn/objective.h"
#include "lexicell/train/batches.h"
#include "lexicell/train/checkpoint.h"
#include "lexicell/train/early_stopping.h"
#include "lexicell/train/nan_policy.h"
#include "lexicell/train/optimizer.h"
#include "lexicell/train/precision.h"
#include "lexicell/train/schedule.h"
#include "lexicell/train/split.h"

namespace lexicell {

// Defaults are stage 1 of `run` (scilama.md 4.4).
struct TrainOptions {
    std::string stage = "train";            // shown with progress and kept in checkpoints
    std::uint64_t seed = 42;                // of the order of cells and of all noise
    std::int64_t batch_size = 128;
    LearningRateSchedule learning_rate;
    AdamWOptions optimizer;
    std::optional<double> clip_norm = 50;   // largest gradient norm; absent: no clipping
    BetaSchedule beta = BetaBySteps{};      // weight of the KL term
    double validation_beta = 1;             // the same in validation, always

    std::uint64_t min_steps = 1500;         // before that, neither patience nor epochs end the stage
    std::uint64_t max_steps = 100'000;
    std::optional<std::int64_t> max_epochs = 400;
    std::optional<std::uint64_t> validate_every;  // steps; absent: after every epoch
    EarlyStoppingOptions stopping;
    bool keep_best = true;                  // end with the weights of the best validation instead of the last ones

    NanPolicyOptions nan;
    Precision precision = Precision::fp32;
    bool prefetch = true;                   // gather the next batch while this one is computed on

    double checkpoint_seconds = 60;         // between checkpoints; 0: after every step
    std::optional<double> time_limit;       // seconds of this call; then a checkpoint and Error(limit)
    std::string run_id;                     // what else decides the result (data, model config); a resume must match it
};

// The losses since the last record and of the validation that ended it. Per cell.
struct LossRecord {
    std::uint64_t step = 0;                 // steps done
    std::int64_t epoch = 0;                 // the epoch that the last step belonged to
    double beta = 0, learning_rate = 0;     // of the last step
    double train = 0;
    std::vector<std::pair<std::string, double>> train_terms;
    std::optional<double> validation;
    std::vector<std::pair<std::string, double>> validation_terms;
};

struct TrainResult {
    std::string ended_by;                   // "patience", "max_steps" or "max_epochs"
    std::uint64_t steps = 0;
    std::int64_t epochs = 0;                // full passes begun
    bool kept_best = false;                 // the objective holds the best weights (else the last)
    std::optional<double> best_validation;
    std::uint64_t best_step = 0;
    std::int64_t best_epoch = 0;
    std::vector<LossRecord> history;
    std::uint64_t skipped_steps = 0, halvings = 0, rollbacks = 0;  // what the NaN policy did
    double seconds = 0;                     // over all calls
    double cells_per_second = 0;
};

// One stage in steps (design.md, convention 3). The objective, the batches and the sink must outlive it.
class Trainer {
public:
    Trainer(Objective& objective, const Batches& batches, const Split& split, const TrainOptions& options, Sink& sink);
    ~Trainer();

    bool finished() const;
    // One batch: forward, backward, update; then validation where it is due. Error(diverged) when the NaN policy gives up.
    void step();
    void run_until(std::uint64_t step);
    std::uint64_t steps_done() const;

    Checkpoint checkpoint() const;
    // Goes on from a checkpoint; Error(model, "checkpoint-of-another-run") when it belongs to another run.
    void restore(const Checkpoint& checkpoint);
    // Where Error(diverged) leaves its bundle, diverged.json; absent: nowhere.
    void set_diagnostics_folder(std::filesystem::path folder);

    // Puts the best weights into the objective when they are kept.
    TrainResult finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

// The whole stage. With a store, it goes on from the newest checkpoint, saves as it runs, and when it ends: training a
// finished stage again only loads its weights. When the sink asks to stop: checkpoint, then Error(interrupted).
TrainResult train(Objective& objective, const Batches& batches, const Split& split, const TrainOptions& options,
                  Sink& sink, CheckpointStore* store = nullptr);

}  // namespace lexicell
