#include "lexicell/train/batches.h"

#include <utility>
#include <vector>

namespace lexicell {

namespace {

// Takes the array's memory over instead of copying it.
template <class Value>
torch::Tensor adopt(std::vector<Value>&& values, at::IntArrayRef shape, torch::ScalarType type) {
    auto* owner = new std::vector<Value>(std::move(values));
    return torch::from_blob(owner->data(), shape, [owner](void*) { delete owner; }, type);
}

torch::Tensor adopt(HostArray&& array) {
    if (auto* floats = std::get_if<std::vector<float>>(&array.values)) return adopt(std::move(*floats), array.shape, torch::kFloat);
    if (auto* doubles = std::get_if<std::vector<double>>(&array.values)) return adopt(std::move(*doubles), array.shape, torch::kDouble);
    return adopt(std::move(std::get<std::vector<std::int64_t>>(array.values)), array.shape, torch::kInt64);
}

}  // namespace

void FeatureBatches::gather(std::span<const std::int64_t> cells, Batch& batch) const {
    batch.tensors.clear();
    Features features = reader_.read(cells);
    for (auto& [name, array] : features) batch.tensors[name] = adopt(std::move(array));
}

BatchStream::BatchStream(const Batches& batches, EpochSampler sampler, bool prefetch)
    : batches_(batches), sampler_(std::move(sampler)), prefetch_(prefetch) {}

BatchStream::~BatchStream() {
    if (ahead_.valid()) ahead_.wait();
}

void BatchStream::gather(const EpochSampler::Place& place, Batch& batch) { batches_.gather(sampler_.cells_at(place), batch); }

const Batch& BatchStream::next() {
    current_ = 1 - current_;
    if (ahead_.valid()) ahead_.get();
    else gather(place_, buffers_[current_]);
    place_ = sampler_.after(place_);
    if (prefetch_) {
        Batch& other = buffers_[1 - current_];
        ahead_ = std::async(std::launch::async, [this, &other, place = place_] { gather(place, other); });
    }
    return buffers_[current_];
}

void BatchStream::seek(const EpochSampler::Place& place) {
    if (ahead_.valid()) ahead_.wait();
    ahead_ = {};
    place_ = place;
}

}  // namespace lexicell
