#pragma once
#include <optional>
#include <string>
#include <vector>

#include "lexicell/report/figure.h"

namespace lexicell {

struct LossCurve {
    std::string name;              // "training", "validation", "KL"
    std::vector<double> step, value;  // one pair a record; non-finite values leave a gap
};

struct LossCurvesOptions {
    std::string title = "Loss";
    std::string step_name = "epoch";
    std::string value_name = "loss";
    std::optional<double> best_step;  // the step whose weights were kept: marked by a line
};

Figure loss_curves(const std::vector<LossCurve>& curves, const LossCurvesOptions& options = {});

}  // namespace lexicell
