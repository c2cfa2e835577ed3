#pragma once
// What changes while a model trains: the weight of the KL term (beta) and the learning rate.

#include <cstdint>
#include <variant>

namespace lexicell {

// Where training stands: optimiser steps taken and full passes over the training cells, both from 0.
struct TrainingPosition {
    std::uint64_t step = 0;
    std::int64_t epoch = 0;
};

// clip(start + rate * (epoch - flat_epochs), start, end): the published sciLaMA (scilama.md 5.2).
struct BetaByEpoch {
    double start = 0, end = 1;
    std::int64_t flat_epochs = 25;  // epochs at `start` before the rise
    double rate = 0.05;             // rise an epoch; 0 keeps `start`
};

// `start` for flat_steps, then linear to `end` over ramp_steps: independent of the number of cells (scilama.md 4.4).
struct BetaBySteps {
    double start = 0, end = 1;
    std::uint64_t flat_steps = 250;
    std::uint64_t ramp_steps = 250;
};

using BetaSchedule = std::variant<BetaByEpoch, BetaBySteps>;

double beta_at(const BetaSchedule& schedule, const TrainingPosition& position);
// The largest beta the schedule ever reaches; validations before it are not comparable with those after.
double final_beta(const BetaSchedule& schedule);
// ceil(flat_epochs + (end - start) / rate); 0 when beta never moves.
std::int64_t first_epoch_at_final_beta(const BetaByEpoch& schedule);

// Multiplied once an epoch: initial * decay^epoch. decay 1 keeps it constant.
struct LearningRateSchedule {
    double initial = 1e-3;
    double decay = 0.99;
};

double learning_rate_at(const LearningRateSchedule& schedule, const TrainingPosition& position);

}  // namespace lexicell
