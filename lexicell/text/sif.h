#pragma once
// Any text as one vector: the mean of its word vectors, rare words weighing more, what all texts share removed
// (smooth inverse frequency; Arora, Liang, Ma, ICLR 2017).

#include <string>
#include <string_view>
#include <vector>

#include "lexicell/data/matrix.h"
#include "lexicell/text/ppmi.h"

namespace lexicell {

struct SifOptions {
    double a = 1e-3;             // weight a / (a + p_w): smaller mutes frequent words more
    int removed_directions = 2;  // principal directions taken out
    int threads = 1;
};

// Everything needed to place a text beside the texts it was fitted on.
struct SifEncoder {
    Vocabulary vocabulary;       // V words
    std::vector<float> weights;  // V
    DenseMatrix words;           // V x D
    std::vector<float> mean;     // D, of the fitted texts
    DenseMatrix removed;         // R x D, orthonormal rows
};

struct SifResult {
    SifEncoder encoder;
    DenseMatrix vectors;  // texts x D
};

// Mean and removed directions come from `texts`.
SifResult fit_sif(const WordVectors& words, const std::vector<std::string>& texts, const SifOptions& options = {});

// The same bits for any number of threads and any batch. A text without known words is zero.
DenseMatrix encode(const SifEncoder& encoder, const std::vector<std::string>& texts, int threads = 1);  // texts x D

}  // namespace lexicell
