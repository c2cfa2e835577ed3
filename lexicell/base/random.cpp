#include "lexicell/base/random.h"

#include <cmath>
#include <numbers>
#include <numeric>

namespace lexicell {

PhiloxBlock philox(std::uint64_t key, std::uint64_t counter_high, std::uint64_t counter_low) {
    PhiloxBlock c = {static_cast<std::uint32_t>(counter_low), static_cast<std::uint32_t>(counter_low >> 32),
                     static_cast<std::uint32_t>(counter_high), static_cast<std::uint32_t>(counter_high >> 32)};
    auto k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t p0 = 0xD2511F53ull * c[0], p1 = 0xCD9E8D57ull * c[2];
        c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k0, static_cast<std::uint32_t>(p1),
             static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k1, static_cast<std::uint32_t>(p0)};
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return c;
}

std::uint64_t random_key(std::uint64_t seed, std::uint64_t site) {
    const PhiloxBlock b = philox(seed, 0x6c657869u, site);
    return static_cast<std::uint64_t>(b[1]) << 32 | b[0];
}

std::uint32_t RandomStream::next32() {
    const PhiloxBlock block = philox(key_, stream_, position_ / 4);
    return block[position_++ % 4];
}

double RandomStream::uniform() { return static_cast<double>(next64() >> 11) * 0x1.0p-53; }

double RandomStream::normal() {
    const double u = 1.0 - uniform(), v = uniform();
    return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
}

std::uint64_t RandomStream::below(std::uint64_t bound) {
    const std::uint64_t threshold = (0 - bound) % bound;  // rejects the biased tail
    for (;;) {
        const std::uint64_t draw = next64();
        if (draw >= threshold) return draw % bound;
    }
}

std::vector<std::int64_t> random_permutation(std::int64_t size, RandomStream& random) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(size));
    std::iota(order.begin(), order.end(), 0);
    shuffle(std::span(order), random);
    return order;
}

}  // namespace lexicell
