#pragma once
#include <cstdint>
#include <span>

#include "lexicell/data/matrix.h"

namespace lexicell {

struct MutualNeighboursOptions {
    int neighbours = 15;  // of every search; larger is steadier and blends small groups of cells
    int steps = 1;        // neighbours of neighbours in a pair's centre of mass; larger reaches deeper into a group
    int threads = 1;
};

// Batch correction by mutual nearest neighbours (Haghverdi et al., Nat Biotechnol 2018) in the form of the library
// mnncorrect: batches are merged by descending sum of squares about their mean, the first stays where it is, and a cell
// of a later one moves by the difference between the centres of mass of the nearest mutual pairs.
// points: N x K principal components, batch: N codes from 0. Returns N x K. Permuted cells give permuted rows; one
// batch is returned as it is. Error(precondition): coordinates that are not finite, a code below 0.
DenseMatrix mutual_neighbours(const DenseMatrix& points, std::span<const std::int32_t> batch,
                              const MutualNeighboursOptions& options = {});

}  // namespace lexicell
