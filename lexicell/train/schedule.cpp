#include "lexicell/train/schedule.h"

#include <algorithm>
#include <cmath>

namespace lexicell {

namespace {

double beta_of(const BetaByEpoch& s, const TrainingPosition& at) {
    const double risen = s.start + s.rate * static_cast<double>(at.epoch - s.flat_epochs);
    return std::clamp(risen, s.start, std::max(s.start, s.end));
}

double beta_of(const BetaBySteps& s, const TrainingPosition& at) {
    if (at.step < s.flat_steps) return s.start;
    const std::uint64_t into = at.step - s.flat_steps;
    if (into >= s.ramp_steps) return s.end;
    return s.start + (s.end - s.start) * static_cast<double>(into) / static_cast<double>(s.ramp_steps);
}

double final_of(const BetaByEpoch& s) { return s.rate > 0 ? std::max(s.start, s.end) : s.start; }
double final_of(const BetaBySteps& s) { return s.end; }

}  // namespace

double beta_at(const BetaSchedule& schedule, const TrainingPosition& position) {
    return std::visit([&](const auto& s) { return beta_of(s, position); }, schedule);
}

double final_beta(const BetaSchedule& schedule) {
    return std::visit([](const auto& s) { return final_of(s); }, schedule);
}

std::int64_t first_epoch_at_final_beta(const BetaByEpoch& s) {
    if (s.rate <= 0 || s.end <= s.start) return 0;
    return static_cast<std::int64_t>(std::ceil(static_cast<double>(s.flat_epochs) + (s.end - s.start) / s.rate));
}

double learning_rate_at(const LearningRateSchedule& schedule, const TrainingPosition& position) {
    return schedule.initial * std::pow(schedule.decay, static_cast<double>(position.epoch));
}

}  // namespace lexicell
