#include "lexicell/train/sampler.h"

#include <algorithm>

#include "lexicell/base/error.h"
#include "lexicell/base/random.h"

namespace lexicell {

namespace {
constexpr std::uint64_t order_site = 0x6f72646572;  // "order"
}

EpochSampler::EpochSampler(std::vector<std::int64_t> cells, std::int64_t batch_size, std::uint64_t seed)
    : cells_(std::move(cells)), batch_size_(batch_size), seed_(seed) {
    LEXICELL_ASSERT(!cells_.empty() && batch_size_ > 0, "a sampler needs cells and a batch size");
}

std::int64_t EpochSampler::batches_per_epoch() const { return (cells() + batch_size_ - 1) / batch_size_; }

std::vector<std::int64_t> EpochSampler::cells_at(const Place& place) {
    if (ordered_epoch_ != place.epoch) {
        order_ = cells_;
        RandomStream random(random_key(seed_, order_site), static_cast<std::uint64_t>(place.epoch));
        shuffle(std::span(order_), random);
        ordered_epoch_ = place.epoch;
    }
    const std::int64_t begin = place.batch * batch_size_;
    return {order_.begin() + begin, order_.begin() + std::min(begin + batch_size_, cells())};
}

EpochSampler::Place EpochSampler::after(const Place& place) const {
    if (place.batch + 1 < batches_per_epoch()) return {place.epoch, place.batch + 1};
    return {place.epoch + 1, 0};
}

}  // namespace lexicell
