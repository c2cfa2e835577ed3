#pragma once
// A score, or the reason why there is none (metrics.md 1, rule 4): a number that cannot be computed is never 0.

#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace lexicell {

struct Score {
    double value = std::numeric_limits<double>::quiet_NaN();
    std::string reason;  // why there is no value; empty when there is one

    Score() = default;
    Score(double value_) : value(value_) {}
    static Score not_available(std::string reason) {
        Score score;
        score.reason = std::move(reason);
        return score;
    }
    bool available() const { return !std::isnan(value); }
};

}  // namespace lexicell
