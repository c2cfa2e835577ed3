#include "lexicell/report/loss_curves.h"

#include "lexicell/report/line_figure.h"

namespace lexicell {

Figure loss_curves(const std::vector<LossCurve>& curves, const LossCurvesOptions& options) {
    std::vector<Line> lines;
    for (const LossCurve& curve : curves) lines.push_back({curve.name, curve.step, curve.value});
    return line_figure(lines, {.title = options.title, .x_name = options.step_name, .y_name = options.value_name,
                               .marked_x = options.best_step, .mark = "weights kept"});
}

}  // namespace lexicell
