#include "lexicell/nn/mlp.h"

#include <gtest/gtest.h>

#include <cmath>

#include "lexicell/base/error.h"

namespace lexicell {
namespace {

using torch::Tensor;

// Written out in double precision with elementary operations only.
Tensor reference(const std::vector<Tensor>& weights, const MlpOptions& options, Tensor x) {
    std::size_t next = 0;
    for (std::size_t layer = 0; layer < options.widths.size(); ++layer) {
        const Tensor weight = weights[next++], bias = weights[next++];
        x = torch::mm(x, weight.t()) + bias;
        if (options.batch_norm) {
            const Tensor scale = weights[next++], shift = weights[next++];
            const Tensor centred = x - x.mean(0, true);
            x = centred / (centred.square().mean(0, true) + 1e-5).sqrt() * scale + shift;
        }
        if (options.layer_norm) {
            const Tensor centred = x - x.mean(1, true);
            x = centred / (centred.square().mean(1, true) + 1e-5).sqrt();
        }
        x = torch::where(x > 0, x, 0.01 * x);
    }
    return x;
}

// Check 1: values and gradients of inputs and weights for every combination of norms and one or two hidden sizes.
TEST(Mlp, MatchesTheReferenceInValueAndGradient) {
    torch::manual_seed(1);
    for (const bool layer_norm : {false, true})
        for (const bool batch_norm : {false, true})
            for (const std::vector<std::int64_t>& widths : {std::vector<std::int64_t>{6}, std::vector<std::int64_t>{6, 4}}) {
                const MlpOptions options{.widths = widths, .batch_norm = batch_norm, .layer_norm = layer_norm, .dropout = 0};
                Mlp mlp("m", 5, options);
                std::vector<Tensor> weights;
                for (auto& p : mlp.parameters()) {
                    torch::NoGradGuard off;
                    p.copy_(torch::randn_like(p) * 0.5 + (p.dim() == 1 ? 0.3 : 0.0));
                    weights.push_back(p.detach().to(torch::kFloat64).requires_grad_());
                }
                Tensor x = torch::randn({9, 5}), upstream = torch::randn({9, widths.back()});
                Tensor x64 = x.to(torch::kFloat64).requires_grad_();
                x.requires_grad_();
                const Tensor y = mlp.forward(x, {}, {.training = true}), y64 = reference(weights, options, x64);
                EXPECT_LT((y - y64).abs().max().item<double>(), 1e-5);
                (y * upstream).sum().backward();
                (y64 * upstream).sum().backward();
                EXPECT_LT((x.grad() - x64.grad()).abs().max().item<double>(), 1e-5);
                const auto parameters = mlp.parameters();
                for (std::size_t i = 0; i < parameters.size(); ++i)
                    EXPECT_LT((parameters[i].grad() - weights[i].grad()).abs().max().item<double>(), 1e-5) << mlp.named_parameters().keys()[i];
            }
}

TEST(Mlp, DropsOnlyInTraining) {
    Mlp mlp("m", 4, {.widths = {50}, .dropout = 0.5});
    const PhiloxNoise noise(1, 0);
    initialise(mlp, noise, "m.");
    const Tensor x = torch::randn({6, 4}), ids = torch::arange(6);
    const Tensor still = mlp.forward(x, {}, {.noise = &noise, .ids = ids});
    EXPECT_TRUE(torch::equal(still, mlp.forward(x, {}, {})));
    const Tensor dropped = mlp.forward(x, {}, {.training = true, .noise = &noise, .ids = ids});
    EXPECT_GT((dropped == 0).to(torch::kFloat32).mean().item<double>(), 0.4);
    const Tensor kept = dropped != 0;
    EXPECT_LT((dropped - 2 * still).masked_select(kept).abs().max().item<double>(), 1e-6);
}

TEST(Mlp, ShowsCovariatesToTheFirstOrToAllLayers) {
    const Tensor x = torch::randn({6, 4}), covariates = torch::randn({6, 3});
    Mlp first("m", 4, {.widths = {5, 5}, .extra = 3}), all("m", 4, {.widths = {5, 5}, .extra = 3, .extra_everywhere = true});
    EXPECT_EQ(first.parameters()[2].sizes(), (std::vector<std::int64_t>{5, 5}));
    EXPECT_EQ(all.parameters()[2].sizes(), (std::vector<std::int64_t>{5, 8}));
    EXPECT_EQ(all.forward(x, covariates, {}).sizes(), (std::vector<std::int64_t>{6, 5}));
}

TEST(Mlp, RefusesAnUnknownActivation) {
    try {
        Mlp("m", 4, {.widths = {5}, .activation = "LeekyReLU"});
        FAIL() << "accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_EQ(error.detail().found, "LeekyReLU");
        EXPECT_NE(error.detail().expected.find("LeakyReLU"), std::string::npos);
    }
}

// Check 8: Xavier-normal weights, biases 0; and weights that belong to keys.
TEST(Xavier, HasTheVarianceAndFollowsItsKeys) {
    Linear linear(700, 500);
    const PhiloxNoise noise(5, 0);
    initialise(linear, noise, "l.");
    EXPECT_NEAR(linear.weight.var().item<double>() / (2.0 / 1200), 1, 0.02);
    EXPECT_NEAR(linear.weight.mean().item<double>(), 0, 3e-4);
    EXPECT_EQ(linear.bias.abs().max().item<double>(), 0);
    const Tensor keys = torch::tensor({5, 9, 2}, torch::kInt64), order = torch::tensor({2, 0, 1}, torch::kInt64);
    Tensor a = torch::zeros({4, 3}), b = torch::zeros({4, 3});
    xavier_normal(a, noise, "w", keys, true);
    xavier_normal(b, noise, "w", keys.index_select(0, order), true);
    EXPECT_TRUE(torch::equal(a.index_select(1, order), b));
}

}  // namespace
}  // namespace lexicell
