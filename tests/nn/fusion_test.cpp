#include "lexicell/nn/fusion.h"

#include <gtest/gtest.h>

#include <cmath>

#include "lexicell/base/error.h"
#include "lexicell/nn/gaussian_kl.h"

namespace lexicell {
namespace {

using torch::Tensor;

std::vector<Gaussians> worked(std::int64_t genes) {
    return {{torch::full({genes, 1}, 1.0), torch::full({genes, 1}, 0.5)}, {torch::full({genes, 1}, 3.0), torch::full({genes, 1}, 1.0)}};
}

// The worked value of scilama.md 3.4 (check 4).
TEST(Fusion, ReproducesTheWorkedValue) {
    const auto pair = [](const std::string& name, bool prior = false) {
        const FusedGenes fused = make_fusion(name, prior)->fuse(worked(1), {}, {});
        return std::pair(fused.mu.item<double>(), fused.sigma.item<double>());
    };
    EXPECT_NEAR(pair("average").first, 2.0, 1e-6);
    EXPECT_NEAR(pair("average").second, 0.75, 1e-6);
    EXPECT_NEAR(pair("poe").first, 1.4, 1e-6);
    EXPECT_NEAR(pair("poe").second, std::sqrt(0.2), 1e-6);
    EXPECT_NEAR(pair("poe", true).first, 7.0 / 6, 1e-6);  // precisions 4, 1 and the prior's 1
    EXPECT_NEAR(pair("poe", true).second, std::sqrt(1.0 / 6), 1e-6);
    EXPECT_NEAR(pair("moe").first, 2.0, 1e-6);
    EXPECT_NEAR(pair("moe").second, 1.274755, 1e-6);
    EXPECT_THROW(make_fusion("MoE"), Error);
}

// Check 25: moments of the true mixture within 3 standard errors of 1e5 draws.
TEST(Fusion, MixtureSamplesHaveTheMixturesMoments) {
    const std::int64_t draws = 100000;
    const PhiloxNoise noise(11, 0);
    const Pass pass{.noise = &noise, .ids = torch::arange(draws)};
    const FusedGenes fused = make_fusion("moe")->fuse(worked(draws), {}, pass);
    ASSERT_EQ(fused.samples.size(), 1u);
    const Tensor z = fused.samples[0].to(torch::kFloat64);
    const double sd = 1.274755;
    EXPECT_NEAR(z.mean().item<double>(), 2.0, 3 * sd / std::sqrt(draws));
    const double fourth = (z - 2.0).pow(4).mean().item<double>();
    EXPECT_NEAR(z.var().item<double>(), sd * sd, 3 * std::sqrt((fourth - std::pow(sd, 4)) / draws));
    // The bound on the KL: the mean of the experts' KLs.
    const double kl = 0.5 * (gaussian_kl(worked(1)[0].mu, worked(1)[0].sigma) + gaussian_kl(worked(1)[1].mu, worked(1)[1].sigma)).item<double>();
    EXPECT_NEAR(fused.kl[0].item<double>(), kl, 1e-6);
    const FusedGenes stratified = make_fusion("moe_stratified")->fuse(worked(draws), {}, pass);
    ASSERT_EQ(stratified.samples.size(), 2u);
    EXPECT_NEAR(stratified.samples[0].mean().item<double>(), 1.0, 3 * 0.5 / std::sqrt(draws));
    EXPECT_NEAR(stratified.samples[1].mean().item<double>(), 3.0, 3 * 1.0 / std::sqrt(draws));
}

// Masked fusion: a gene with one source present is fused from it alone; with all present the mask changes nothing.
TEST(Fusion, UsesThePresentSourcesOnly) {
    torch::manual_seed(2);
    std::vector<Gaussians> sources;
    for (int s = 0; s < 3; ++s) sources.push_back({torch::randn({4, 2}), torch::rand({4, 2}) + 0.1});
    const PhiloxNoise noise(1, 0);
    const Pass pass{.noise = &noise, .ids = torch::arange(4)};
    Tensor only_second = torch::zeros({4, 3});
    only_second.select(1, 1).fill_(1);
    for (const std::string& name : fusion_names()) {
        const auto fusion = make_fusion(name);
        const FusedGenes masked = fusion->fuse(sources, only_second, pass), alone = fusion->fuse({sources[1]}, {}, pass);
        EXPECT_LT((masked.mu - alone.mu).abs().max().item<double>(), 1e-6) << name;
        EXPECT_LT((masked.sigma - alone.sigma).abs().max().item<double>(), 1e-5) << name;
        EXPECT_LT((masked.kl - alone.kl).abs().max().item<double>(), 1e-5) << name;
        for (const Tensor& z : masked.samples) EXPECT_LT((z - alone.samples[0]).abs().max().item<double>(), 1e-5) << name;
        const FusedGenes all = fusion->fuse(sources, torch::ones({4, 3}), pass), unmasked = fusion->fuse(sources, {}, pass);
        EXPECT_TRUE(torch::allclose(all.mu, unmasked.mu)) << name;
        EXPECT_TRUE(torch::allclose(all.samples[0], unmasked.samples[0])) << name;
    }
}

}  // namespace
}  // namespace lexicell
