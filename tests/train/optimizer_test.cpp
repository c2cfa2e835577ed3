#include "lexicell/train/optimizer.h"

#include <gtest/gtest.h>
#include <torch/optim/adamw.h>

#include <cmath>
#include <limits>

#include "lexicell/base/error.h"

namespace lexicell {
namespace {

AdamW::Parameters draw(const std::vector<std::vector<std::int64_t>>& shapes) {
    AdamW::Parameters parameters;
    for (const auto& shape : shapes)
        parameters.emplace_back("p" + std::to_string(parameters.size()), torch::randn(shape).requires_grad_());
    return parameters;
}

const std::vector<std::vector<std::int64_t>> shapes = {{257, 129}, {1}, {40'000}, {3, 5, 7}, {700, 500}};

// Gradients of very different sizes, and none for p3.
void fill_gradients(AdamW::Parameters& parameters, int step) {
    torch::manual_seed(step);
    for (std::size_t i = 0; i < parameters.size(); ++i)
        if (i != 3) parameters[i].second.mutable_grad() = torch::randn_like(parameters[i].second) * std::pow(10.0, static_cast<double>(i) - 3);
}

AdamW::Parameters copy(const AdamW::Parameters& parameters) {
    AdamW::Parameters copies;
    for (const auto& [name, w] : parameters) copies.emplace_back(name, w.detach().clone().requires_grad_());
    return copies;
}

class AdamWAgainstLibTorch : public testing::TestWithParam<std::pair<double, bool>> {};

TEST_P(AdamWAgainstLibTorch, SameWeightsAfterFiftySteps) {
    torch::manual_seed(0);
    const auto [decay, own_kernel] = GetParam();
    AdamW::Parameters ours = draw(shapes), theirs = copy(ours);
    AdamW optimizer(ours, {.weight_decay = decay, .own_kernel = own_kernel});
    std::vector<torch::Tensor> tensors;
    for (const auto& [name, w] : theirs) tensors.push_back(w);
    torch::optim::AdamW reference(tensors, torch::optim::AdamWOptions(1e-3).weight_decay(decay));
    for (int step = 0; step < 50; ++step) {
        fill_gradients(ours, step);
        fill_gradients(theirs, step);
        optimizer.step(1e-3);
        reference.step();
    }
    for (std::size_t i = 0; i < ours.size(); ++i)
        EXPECT_LT(((ours[i].second - theirs[i].second).abs() / theirs[i].second.abs().clamp_min(1)).max().item<double>(), 1e-6) << ours[i].first;
}

INSTANTIATE_TEST_SUITE_P(Train, AdamWAgainstLibTorch,
                         testing::Values(std::pair{0.0, true}, std::pair{0.1, true}, std::pair{0.1, false}));

TEST(AdamW, SameBitsForOneAndTwoThreads) {
    torch::manual_seed(1);
    AdamW::Parameters one = draw(shapes), two = copy(one);
    AdamW a(one, {.threads = 1}), b(two, {.threads = 2});
    for (int step = 0; step < 5; ++step) {
        fill_gradients(one, step);
        fill_gradients(two, step);
        EXPECT_EQ(a.gradient_norm(), b.gradient_norm());
        a.step(1e-3, 0.5);
        b.step(1e-3, 0.5);
    }
    for (std::size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(one[i].second.equal(two[i].second));
}

TEST(AdamW, GradientNormIsThatOfAllGradients) {
    AdamW::Parameters parameters = draw(shapes);
    AdamW optimizer(parameters, {});
    fill_gradients(parameters, 3);
    double sum = 0;
    for (const auto& [name, w] : parameters)
        if (w.grad().defined()) sum += w.grad().to(torch::kDouble).square().sum().item<double>();
    EXPECT_NEAR(optimizer.gradient_norm() / std::sqrt(sum), 1, 1e-12);
    parameters[4].second.mutable_grad()[699][499] = 1e30f;  // its square does not fit 32 bits
    EXPECT_NEAR(optimizer.gradient_norm() / 1e30, 1, 1e-6);
    parameters[4].second.mutable_grad()[699][499] = std::numeric_limits<float>::infinity();
    EXPECT_FALSE(std::isfinite(optimizer.gradient_norm()));
    parameters[4].second.mutable_grad()[699][499] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_FALSE(std::isfinite(optimizer.gradient_norm()));
}

TEST(AdamW, AParameterWithoutGradientIsLeftAlone) {
    AdamW::Parameters parameters = draw(shapes);
    const torch::Tensor before = parameters[3].second.detach().clone();
    AdamW optimizer(parameters, {.weight_decay = 0.1});
    fill_gradients(parameters, 0);
    optimizer.step(1e-3);
    EXPECT_TRUE(parameters[3].second.equal(before));
}

TEST(AdamW, ItsStateGoesOnExactly) {
    torch::manual_seed(2);
    AdamW::Parameters whole = draw(shapes);
    AdamW first(whole, {});
    for (int step = 0; step < 7; ++step) {
        fill_gradients(whole, step);
        first.step(1e-3);
    }
    AdamW::Parameters later = copy(whole);
    AdamW second(later, {});
    second.load(first.state());
    EXPECT_EQ(second.steps(), 7u);
    for (int step = 7; step < 12; ++step) {
        fill_gradients(whole, step);
        fill_gradients(later, step);
        first.step(1e-3);
        second.step(1e-3);
    }
    for (std::size_t i = 0; i < whole.size(); ++i) EXPECT_TRUE(whole[i].second.equal(later[i].second));
}

TEST(AdamW, RefusesTheStateOfAnotherModel) {
    AdamW::Parameters small = draw({{2, 3}}), large = draw({{3, 3}});
    AdamW a(small, {}), b(large, {});
    try {
        b.load(a.state());
        FAIL();
    } catch (const Error& e) {
        EXPECT_EQ(e.exit_code(), 5);
    }
}

}  // namespace
}  // namespace lexicell
