#pragma once
// Which genes made a classifier give a label (users.md 1.4).

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lexicell/models/baseline/expression_classifier.h"

namespace lexicell {

struct LabelDriver {
    std::int32_t label;          // code into the classes
    std::string gene;
    double contribution = 0;     // weight * (mean of the label's cells - mean of all cells): logits that the gene adds
    double weight = 0;
    double inside = 0, everywhere = 0;  // mean log expression of the label's cells and of all
};

// logged: N x G in the order of the classifier's genes; labels: N codes given, below 0 = none. The `top` largest positive
// contributions of each label that has cells, largest first; genes whose absence speaks for a label are left out. Empty for a classifier that is not linear in its genes.
std::vector<LabelDriver> label_drivers(const ExpressionClassifier& classifier, const CsrMatrix& logged, std::span<const std::int32_t> labels, std::size_t top = 5);

}  // namespace lexicell
