#pragma once
#include <cstdint>
#include <vector>

namespace lexicell {

// The order in which training cells are visited: a permutation per epoch that depends on (seed, epoch) only, cut into
// batches; the last, smaller one is kept. A place in this order is two numbers, so it is saved and resumed exactly.
class EpochSampler {
public:
    struct Place {
        std::int64_t epoch = 0;
        std::int64_t batch = 0;  // within the epoch
        friend bool operator==(const Place&, const Place&) = default;
    };

    EpochSampler(std::vector<std::int64_t> cells, std::int64_t batch_size, std::uint64_t seed);

    std::int64_t batches_per_epoch() const;
    std::int64_t cells() const { return static_cast<std::int64_t>(cells_.size()); }
    std::vector<std::int64_t> cells_at(const Place& place);
    Place after(const Place& place) const;

private:
    std::vector<std::int64_t> cells_;
    std::int64_t batch_size_;
    std::uint64_t seed_;
    std::int64_t ordered_epoch_ = -1;
    std::vector<std::int64_t> order_;  // cells_ as visited in ordered_epoch_
};

}  // namespace lexicell
