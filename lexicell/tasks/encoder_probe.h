#pragma once
// What the panel-free encoder costs on the cells' own panel, measured without labels: what `--encoder auto` goes by
// (scilama.md 4.5, check 33).

#include <cstdint>

#include "lexicell/data/matrix.h"
#include "lexicell/train/split.h"

namespace lexicell {

struct EncoderProbe {
    double columns = 0, panel_free = 0;  // share of validation cells whose cluster their training neighbours tell
    double cost() const { return columns - panel_free; }
};

// logged: N x G log values of the modelled genes; the others N x K, cells placed by either encoder after equal training.
// The labels are Leiden clusters (resolution 1) of PCA-30, which knows neither encoder.
EncoderProbe probe_encoders(const CsrMatrix& logged, const Split& split, const DenseMatrix& columns, const DenseMatrix& panel_free,
                            std::uint64_t seed, int threads);

}  // namespace lexicell
