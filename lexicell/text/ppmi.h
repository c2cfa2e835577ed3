#pragma once
// Word vectors from co-occurrence: positive pointwise mutual information with a smoothed context distribution, then a
// truncated SVD (Levy, Goldberg, Dagan, TACL 2015; knowledge/README.md 7.1).

#include <cstdint>
#include <string>
#include <vector>

#include "lexicell/data/matrix.h"
#include "lexicell/text/tokens.h"

namespace lexicell {

struct PpmiOptions {
    int dimensions = 256;          // D
    int min_occurrences = 5;       // rarer words get no vector
    int window = 8;                // words at most this far apart co-occur, with weight 1 / distance
    double context_power = 0.75;   // smooths the context distribution; smaller favours rare contexts
    int power_iterations = 4;
    std::uint64_t seed = 0;
    int threads = 1;
};

struct WordVectors {
    Vocabulary vocabulary;            // V words
    std::vector<double> frequency;    // V, share of all tokens of the corpus
    DenseMatrix vectors;              // V x D: U S^1/2
};

// Windows do not cross documents; words without a vector keep their place in them.
WordVectors fit_ppmi(const std::vector<std::string>& documents, const PpmiOptions& options = {});

// PPMI_wc = max(0, ln( (C_wc / sum C) / (p(w) p(c)) )) of symmetric weights C given as CSR.
CsrMatrix positive_mutual_information(const CsrMatrix& weights, double context_power);

}  // namespace lexicell
