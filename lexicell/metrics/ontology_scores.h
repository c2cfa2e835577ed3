#pragma once
// Predicted against true classes of an ontology, where a near miss is not a miss (metrics.md 5).

#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/metrics/score.h"

namespace lexicell {

struct OntologyScores {
    Score accuracy;             // share of cells whose prediction is the true class or a descendant of it (scTab's rule)
    Score precision, recall;    // sum |A_predicted and A_true| over sum |A_predicted|, sum |A_true|: A = the class and its ancestors
    Score f1;                   // their harmonic mean (Kiritchenko et al. 2006)
    Score distance;             // mean number of is-a steps between prediction and truth, up or down; not available if none are joined
    std::int64_t unjoined = 0;  // cells whose two classes no path joins; they are not in `distance`
};

// parents: for each of C classes its direct parents (is-a), without cycles. truth, predicted: codes in [0, C); cells with a
// true code below 0 are left out, a prediction below 0 is wrong and has no ancestors. Predicting a parent of the truth is
// wrong for `accuracy`.
OntologyScores ontology_scores(std::span<const std::int32_t> truth, std::span<const std::int32_t> predicted,
                               const std::vector<std::vector<std::int32_t>>& parents);

}  // namespace lexicell
