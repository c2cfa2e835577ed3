#pragma once
// What a trainer carries from step to step besides tensors, and its JSON form in trainer_state.json and sampler.json.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "lexicell/train/sampler.h"
#include "lexicell/train/train.h"

namespace lexicell {

using LossTerms = std::vector<std::pair<std::string, double>>;

// Sums over cells of per-cell losses.
struct LossSum {
    double cells = 0, total = 0;
    LossTerms terms;
    void add(const Loss& loss, double cells_of_batch);
    double mean() const { return cells > 0 ? total / cells : 0; }
    LossTerms mean_terms() const;
};

struct TrainerProgress {
    std::uint64_t step = 0;
    EpochSampler::Place place;             // of the next batch
    std::string ended_by;                  // empty while running
    double rate_factor = 1;                // what the NaN policy left of the learning rate
    EarlyStopping stopping;
    NanPolicy nan;
    LossSum since_record;
    std::uint64_t best_step = 0;
    std::int64_t best_epoch = 0;
    std::uint64_t cells_seen = 0;
    double seconds = 0;
    std::vector<LossRecord> history;
};

std::string sampler_json(const TrainerProgress& progress, std::uint64_t seed);
std::string trainer_json(const TrainerProgress& progress, const std::string& stage, const std::string& identity);
// Error(model) when the texts are not what the two functions above write; options keep their values. `identity` must be
// the stored one.
void read_progress(const Checkpoint& checkpoint, const std::string& identity, TrainerProgress& progress);

// Everything that decides the numbers a run computes, as one text.
std::string run_identity(const TrainOptions& options, const Split& split,
                         const std::vector<std::pair<std::string, torch::Tensor>>& tensors);

}  // namespace lexicell
