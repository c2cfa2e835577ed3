#pragma once
// Latent semantic analysis of short texts (Deerwester et al., JASIS 1990), with the weights of knowledge/README.md 7.1.

#include <cstdint>
#include <string>
#include <vector>

#include "lexicell/data/matrix.h"
#include "lexicell/text/tokens.h"

namespace lexicell {

struct LsaOptions {
    int dimensions = 256;            // D
    int min_documents = 3;           // words in fewer texts are left out
    double max_share = 0.4;          // words in a larger share of the texts are left out
    int power_iterations = 4;
    std::uint64_t seed = 0;
    int threads = 1;
};

// Places any text among those it was fitted on.
struct Lsa {
    Vocabulary vocabulary;
    std::vector<float> idf;    // 1 + ln((1 + n) / (1 + df)), one a word
    DenseMatrix projection;    // words x D: V S^-1/2, so that row * projection = U S^1/2
};

struct LsaResult {
    Lsa lsa;
    DenseMatrix vectors;  // texts x D: U S^1/2
};

// x = (1 + ln f) idf, rows to unit length, truncated SVD.
LsaResult fit_lsa(const std::vector<std::string>& texts, const LsaOptions& options = {});

DenseMatrix encode(const Lsa& lsa, const std::vector<std::string>& texts, int threads = 1);  // texts x D

}  // namespace lexicell
