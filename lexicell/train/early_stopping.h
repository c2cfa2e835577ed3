#pragma once
// When to stop and which weights to keep, from a sequence of validation losses (scilama.md 5.2, 4.4, Appendix A).

#include <cstdint>
#include <optional>

namespace lexicell {

struct EarlyStoppingOptions {
    std::int64_t patience = 25;  // validations at the final beta without improvement before stopping; larger trains longer
    // What is kept when the final beta is never reached: the best validation at the highest beta seen, or nothing, so
    // that the caller keeps the last weights (the published behaviour).
    bool keep_best_before_final_beta = true;
};

// Its whole state is the fields, so it is saved and resumed exactly.
struct EarlyStopping {
    EarlyStoppingOptions options;
    std::optional<double> best_loss;
    double best_beta = 0;          // beta in training when the best was seen
    std::int64_t waited = 0;       // validations since the best, counted at the final beta only

    struct Verdict {
        bool improved = false;  // keep these weights
        bool stop = false;
    };
    // One validation while training used `beta`. An improvement is strictly smaller; a loss that is not finite is none.
    Verdict observe(double loss, double beta, double final_beta);
};

}  // namespace lexicell
