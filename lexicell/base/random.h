#pragma once
// Counter-based random numbers: Philox4x32-10 (Salmon et al., SC 2011). A draw depends on (seed, site, counter)
// only, never on threads, batch position or call order (performance.md 5.5, users.md 6).

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace lexicell {

using PhiloxBlock = std::array<std::uint32_t, 4>;

// One block of four 32-bit words for a 128-bit counter under a 64-bit key.
PhiloxBlock philox(std::uint64_t key, std::uint64_t counter_high, std::uint64_t counter_low);

// A key for one use ("site") of a seed, so that two uses never share a stream.
std::uint64_t random_key(std::uint64_t seed, std::uint64_t site);

// A sequential reader of one stream. Its whole state is (key, stream, position), so it is saved and resumed exactly.
class RandomStream {
public:
    explicit RandomStream(std::uint64_t key, std::uint64_t stream = 0) : key_(key), stream_(stream) {}

    std::uint32_t next32();
    std::uint64_t next64() { const std::uint64_t high = next32(); return high << 32 | next32(); }
    double uniform();                              // [0, 1), 53 bits
    double normal();                               // N(0, 1), Box-Muller
    std::uint64_t below(std::uint64_t bound);      // uniform in [0, bound), unbiased; bound > 0

    std::uint64_t position() const { return position_; }
    void seek(std::uint64_t position) { position_ = position; }

    // Lets <algorithm> use the stream; results of std distributions are not portable, so prefer the members above.
    using result_type = std::uint32_t;
    static constexpr result_type min() { return 0; }
    static constexpr result_type max() { return 0xffffffffu; }
    result_type operator()() { return next32(); }

private:
    std::uint64_t key_, stream_, position_ = 0;  // position counts 32-bit words
};

// Fisher-Yates; the same permutation on every platform.
template <class Value>
void shuffle(std::span<Value> values, RandomStream& random) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[random.below(i)]);
}

std::vector<std::int64_t> random_permutation(std::int64_t size, RandomStream& random);

}  // namespace lexicell
