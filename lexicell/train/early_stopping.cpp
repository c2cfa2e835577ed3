#include "lexicell/train/early_stopping.h"

#include <cmath>

namespace lexicell {

EarlyStopping::Verdict EarlyStopping::observe(double loss, double beta, double final_beta) {
    const bool at_final = beta >= final_beta;
    if (!at_final && !options.keep_best_before_final_beta) return {};
    // Losses at different beta rank weights by different wishes: the higher beta always replaces the lower.
    const bool comparable = best_loss && beta <= best_beta;
    if (std::isfinite(loss) && (!comparable || loss < *best_loss)) {
        best_loss = loss;
        best_beta = beta;
        waited = 0;
        return {.improved = true};
    }
    if (!at_final) return {};
    ++waited;
    return {.stop = waited >= options.patience};
}

}  // namespace lexicell
