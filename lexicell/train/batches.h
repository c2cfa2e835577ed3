#pragma once
// Cells to tensors, and the stream of training batches.

#include <cstdint>
#include <future>
#include <span>
#include <vector>

#include "lexicell/data/cell_source.h"
#include "lexicell/nn/objective.h"
#include "lexicell/prep/featurizer.h"
#include "lexicell/train/sampler.h"

namespace lexicell {

// What an objective reads of some cells. One class per kind of input.
class Batches {
public:
    virtual ~Batches() = default;
    virtual std::int64_t cells() const = 0;
    // Fills `batch` with these cells (rows of the data set). May be called from several threads for different batches.
    virtual void gather(std::span<const std::int64_t> cells, Batch& batch) const = 0;
};

// The features of a featurizer: "cells" (B), "x" (B x G) and what else it makes. Counts stay sparse until a batch is read.
// Featurizer and source must outlive it.
class FeatureBatches : public Batches {
public:
    FeatureBatches(const Featurizer& featurizer, const CellSource& source, Sink& sink = silence())
        : reader_(featurizer, source, sink), cells_(source.cells()) {}
    std::int64_t cells() const override { return cells_; }
    void gather(std::span<const std::int64_t> cells, Batch& batch) const override;

private:
    FeatureReader reader_;
    std::int64_t cells_;
};

// Batches in the order of a sampler, each gathered while the one before it is computed on. A batch stays valid until the
// next call.
class BatchStream {
public:
    BatchStream(const Batches& batches, EpochSampler sampler, bool prefetch);
    ~BatchStream();
    // The batch at place(); moves on to the next place.
    const Batch& next();
    const EpochSampler::Place& place() const { return place_; }
    void seek(const EpochSampler::Place& place);
    const EpochSampler& sampler() const { return sampler_; }

private:
    void gather(const EpochSampler::Place& place, Batch& batch);

    const Batches& batches_;
    EpochSampler sampler_;
    bool prefetch_;
    EpochSampler::Place place_;
    Batch buffers_[2];
    int current_ = 0;
    std::future<void> ahead_;  // fills the buffer that is not current with the batch at place_
};

}  // namespace lexicell
