#include "lexicell/nn/noise.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "lexicell/base/random.h"

namespace lexicell {
namespace {

using torch::Tensor;

const Tensor kIds = torch::tensor(std::vector<std::int64_t>{7, -3, 100000000000, 0, 1}, torch::kInt64);

double unit(std::uint32_t word) { return (static_cast<double>(word >> 8) + 0.5) * 0x1.0p-24; }

// Every value recomputed from the reference Philox and libm.
TEST(PhiloxNoise, FollowsTheCounterOfTheSpecification) {
    const PhiloxNoise noise(42, 17);
    const std::int64_t width = 150;  // more than one pass of lanes, and a rest
    const Tensor normal = noise.normal("site", kIds, width, torch::kFloat32), uniform = noise.uniform("site", kIds, width, torch::kFloat32),
                 dropout = noise.dropout("site", kIds, width, 0.25, torch::kFloat32);
    const std::uint64_t key = random_key(42, static_cast<std::uint64_t>(text_key("site")));
    for (std::int64_t row = 0; row < kIds.size(0); ++row) {
        const auto id = static_cast<std::uint64_t>(kIds[row].item<std::int64_t>());
        for (std::int64_t e = 0; e < width; ++e) {
            const PhiloxBlock four = philox(key, std::uint64_t{17} << 32 | static_cast<std::uint64_t>(e / 4), id);
            EXPECT_FLOAT_EQ(uniform[row][e].item<float>(), unit(four[e % 4]));
            const double radius = std::sqrt(-2 * std::log(unit(four[e % 4 / 2 * 2]))), angle = 2 * std::numbers::pi * unit(four[e % 4 / 2 * 2 + 1]);
            EXPECT_NEAR(normal[row][e].item<double>(), radius * (e % 2 ? std::sin(angle) : std::cos(angle)), 3e-6);
            const PhiloxBlock eight = philox(key, std::uint64_t{17} << 32 | static_cast<std::uint64_t>(e / 8), id);
            const std::uint32_t half = eight[e % 8 / 2] >> (e % 2 * 16) & 0xffff;
            EXPECT_FLOAT_EQ(dropout[row][e].item<float>(), half >= 16384 ? 4.0f / 3 : 0.0f);
        }
    }
}

TEST(PhiloxNoise, DependsOnIdsOnly) {
    const PhiloxNoise noise(1, 2);
    const Tensor ids = torch::arange(1000, torch::kInt64), order = torch::randperm(1000);
    const Tensor all = noise.normal("a", ids, 20, torch::kFloat32);
    EXPECT_TRUE(torch::equal(all.index_select(0, order), noise.normal("a", order, 20, torch::kFloat32)));
    EXPECT_TRUE(torch::equal(all.slice(0, 300, 310), noise.normal("a", ids.slice(0, 300, 310), 20, torch::kFloat32)));
    const int threads = at::get_num_threads();
    at::set_num_threads(1);
    EXPECT_TRUE(torch::equal(all, noise.normal("a", ids, 20, torch::kFloat32)));
    at::set_num_threads(threads);
    EXPECT_FALSE(torch::equal(all, noise.normal("b", ids, 20, torch::kFloat32)));
    EXPECT_FALSE(torch::equal(all, PhiloxNoise(1, 3).normal("a", ids, 20, torch::kFloat32)));
    EXPECT_FALSE(torch::equal(all, PhiloxNoise(2, 2).normal("a", ids, 20, torch::kFloat32)));
}

TEST(PhiloxNoise, NormalsAreNormal) {
    const Tensor z = PhiloxNoise(3, 0).normal("a", torch::arange(1000, torch::kInt64), 1000, torch::kFloat64).flatten();
    EXPECT_NEAR(z.mean().item<double>(), 0, 4e-3);
    EXPECT_NEAR(z.var().item<double>(), 1, 6e-3);
    EXPECT_NEAR(z.pow(4).mean().item<double>(), 3, 5e-2);
    EXPECT_NEAR((z.abs() > 3).to(torch::kFloat64).mean().item<double>(), 0.0026998, 2e-4);
    EXPECT_NEAR((z.slice(0, 0, -1) * z.slice(0, 1)).mean().item<double>(), 0, 4e-3);
}

TEST(PhiloxNoise, DropoutKeepsTheMean) {
    const Tensor mask = PhiloxNoise(3, 0).dropout("a", torch::arange(2000, torch::kInt64), 500, 0.1, torch::kFloat64);
    EXPECT_NEAR(mask.mean().item<double>(), 1, 2e-3);
    EXPECT_NEAR((mask == 0).to(torch::kFloat64).mean().item<double>(), 0.1, 2e-3);
}

}  // namespace
}  // namespace lexicell
