#include "lexicell/nn/likelihood.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>

#include "lexicell/base/error.h"
#include "lexicell/nn/count_log_prob.h"
#include "lexicell/nn/cpu/gamma_terms.h"
#include "tests/support/golden.h"

namespace lexicell {
namespace {

using torch::Tensor;

// Every kind of count that takes its own way through the kernel, 3 cells x 40 genes.
struct Example {
    Tensor x, library, output, log_theta, zero_logit;
    explicit Example(torch::Dtype dtype, std::int64_t cells = 3, std::int64_t genes = 40) {
        torch::manual_seed(3);
        x = torch::poisson(torch::rand({cells, genes}) * 3) * (torch::rand({cells, genes}) < 0.5);
        const Tensor special = torch::tensor({1.0, 2.0, 16.0, 17.0, 255.0, 256.0, 70000.0, 0.5, 18.5}).to(torch::kFloat32);
        x.select(0, 0).slice(0, 0, special.size(0)).copy_(special);
        library = x.sum(1).to(dtype);
        output = (torch::randn({cells, genes}) * 2).to(dtype).requires_grad_();
        log_theta = (torch::rand({genes}) * 16 - 6.5).to(dtype);  // theta from 1.5e-3 to 1.3e4: both clamps are met
        log_theta[0] = -8.0;
        log_theta.requires_grad_();
        zero_logit = torch::randn({genes}).to(dtype).requires_grad_();
        x = x.to(dtype);
    }
    std::vector<Tensor> gradients() const { return {output.grad(), log_theta.grad(), zero_logit.grad()}; }
};

double largest_relative(const Tensor& a, const Tensor& b) {
    return ((a.to(torch::kFloat64) - b).abs() / b.abs().clamp_min(1.0)).max().item<double>();
}

// The fused kernel (single precision) against the plain form (double precision), value and all gradients.
TEST(CountLoss, FusedAgreesWithPlain) {
    for (const std::string& name : {std::string("nb"), std::string("zinb")})
        for (const bool zero_per_element : {false, true}) {
            const auto likelihood = make_likelihood(name);
            Example fused(torch::kFloat32, 37), plain(torch::kFloat64, 37);
            if (zero_per_element) {
                fused.zero_logit = (torch::randn({37, 40}) * 2).requires_grad_();
                plain.zero_logit = fused.zero_logit.detach().to(torch::kFloat64).requires_grad_();
            }
            const auto loss = [&](const Example& e) {
                const Tensor value = likelihood->loss(e.output, e.x, e.library, {e.log_theta, name == "zinb" ? e.zero_logit : Tensor()});
                (value * 0.5).backward();
                return value;
            };
            EXPECT_LT(largest_relative(loss(fused), loss(plain)), 3e-6) << name;
            for (std::size_t i = 0; i < (name == "zinb" ? 3u : 2u); ++i)
                EXPECT_LT(largest_relative(fused.gradients()[i], plain.gradients()[i]), 1e-5 * 70) << name << i;
            // Entry by entry, away from the count of 70,000 that dominates a row's sum.
            EXPECT_LT((fused.gradients()[0].slice(0, 1).to(torch::kFloat64) - plain.gradients()[0].slice(0, 1)).abs().max().item<double>(), 2e-5) << name;
            EXPECT_EQ(fused.log_theta.grad()[0].item<float>(), 0.0f) << "theta is clamped";
        }
}

// Central differences of the double-precision form.
TEST(CountLoss, PlainGradientIsTheDerivative) {
    for (const std::string& name : {std::string("poisson"), std::string("nb"), std::string("zinb")}) {
        const auto likelihood = make_likelihood(name);
        Example e(torch::kFloat64);
        const auto loss = [&] { return likelihood->loss(e.output, e.x, e.library, {e.log_theta, e.zero_logit}); };
        loss().backward();
        const torch::NoGradGuard off;
        for (Tensor parameter : {e.output.select(0, 1), e.log_theta, e.zero_logit}) {
            const Tensor gradient = parameter.is_same(e.log_theta) ? e.log_theta.grad() : parameter.is_same(e.zero_logit) ? e.zero_logit.grad() : e.output.grad().select(0, 1);
            if (!gradient.defined()) continue;
            for (std::int64_t i = 1; i < parameter.size(0); i += 7) {
                const double before = parameter[i].item<double>(), step = 1e-5;
                parameter[i] = before + step;
                const double up = loss().item<double>();
                parameter[i] = before - step;
                const double down = loss().item<double>();
                parameter[i] = before;
                EXPECT_NEAR(gradient[i].item<double>(), (up - down) / (2 * step), 2e-5 * std::max(1.0, std::abs(gradient[i].item<double>()))) << name << i;
            }
        }
    }
}

TEST(CountLoss, SameBitsForOneAndTwoThreads) {
    const auto likelihood = make_likelihood("nb");
    std::vector<Tensor> results;
    const int threads = at::get_num_threads();
    for (const int count : {1, 2}) {
        at::set_num_threads(count);
        Example e(torch::kFloat32, 100);
        const Tensor loss = likelihood->loss(e.output, e.x, e.library, {e.log_theta, {}});
        loss.backward();
        results.push_back(torch::cat({loss.detach().reshape({1}), e.output.grad().flatten(), e.log_theta.grad()}));
    }
    at::set_num_threads(threads);
    EXPECT_TRUE(torch::equal(results[0], results[1]));
}

TEST(CountLoss, ZeroInflationOfNothingIsTheNegativeBinomial) {
    Example e(torch::kFloat64);
    const Tensor never = torch::full({40}, -1e4, torch::kFloat64);
    const double nb = make_likelihood("nb")->loss(e.output, e.x, e.library, {e.log_theta, {}}).item<double>();
    EXPECT_NEAR(make_likelihood("zinb")->loss(e.output, e.x, e.library, {e.log_theta, never}).item<double>(), nb, 1e-9 * nb);
    const Tensor huge = torch::full({40}, std::log(1e4), torch::kFloat64);
    const Tensor small = e.x.clamp_max(3.0), library = small.sum(1);
    const double poisson = make_likelihood("poisson")->loss(e.output, small, library, {}).item<double>();
    EXPECT_NEAR(make_likelihood("nb")->loss(e.output, small, library, {huge, {}}).item<double>(), poisson, 2e-3 * poisson);
}

TEST(CountLoss, GaussianIsTheSquaredErrorOfACell) {
    const Tensor output = torch::randn({4, 6}), x = torch::randn({4, 6});
    EXPECT_NEAR(make_likelihood("gaussian")->loss(output, x, {}, {}).item<double>(), (output - x).square().sum(1).mean().item<double>(), 1e-5);
    EXPECT_THROW(make_likelihood("normal"), Error);
}

TEST(GammaTerms, AgreeWithTheGammaFunctions) {
    for (const double theta : {1e-4, 1e-2, 0.3, 1.0, 7.0, 40.0, 1e4, 1e6}) {
        const GammaTable table({static_cast<float>(theta)});
        for (const double x : {1.0, 2.0, 9.0, 16.0, 17.0, 255.0, 256.0, 5000.0, 70000.0, 0.25, 3.5}) {
            const double t = static_cast<float>(theta), value = std::lgamma(x + t) - std::lgamma(t);
            const Tensor arguments = torch::tensor({x + t, t}, torch::kFloat64);
            const Tensor psi = torch::digamma(arguments);
            const double slope = psi[0].item<double>() - psi[1].item<double>();
            const GammaTerms terms = table.at(0, static_cast<float>(x), static_cast<float>(theta));
            EXPECT_NEAR(terms.value, value, 3e-6 * std::max(1.0, std::abs(value))) << theta << " " << x;
            EXPECT_NEAR(terms.slope, slope, 3e-6 * std::max(1.0, std::abs(slope))) << theta << " " << x;
            EXPECT_NEAR(log_factorial(static_cast<float>(x)), std::lgamma(x + 1), 1e-9 * std::max(1.0, std::lgamma(x + 1)));
        }
    }
}

// Check 31: the grids of scvi-tools; the other scvi cases belong to its model.
class GoldenCountGrid : public testing_support::GoldenTest {};

TEST_P(GoldenCountGrid, MatchesScviTools) {
    if (!golden().has("outputs", "nb.log_prob_f64")) GTEST_SKIP() << "a case of the scVI model";
    testing_support::Comparison compare(golden());
    const auto axis = [&](const char* name, int place, int dims) {
        std::vector<std::int64_t> shape(dims, 1);
        shape[place] = -1;
        return torch::tensor(golden().config().at(name).get<std::vector<double>>(), torch::kFloat64).reshape(shape);
    };
    const auto check = [&](const std::string& name, const Tensor& value) {
        const Tensor c = value.detach().contiguous();
        compare.check(name + "_f64", std::span<const double>(c.data_ptr<double>(), c.numel()), c.sizes().vec());
    };
    const double eps = golden().config().at("eps");
    for (const std::string& name : {std::string("zinb"), std::string("nb"), std::string("poisson")}) {
        const int dims = name == "zinb" ? 4 : name == "nb" ? 3 : 2;
        const std::vector<std::int64_t> shape = golden().output(name + ".log_prob_f64").shape;
        const Tensor x = axis("x", 0, dims).expand(shape).contiguous();
        Tensor mu = axis("mu", 1, dims).expand(shape).contiguous().requires_grad_(), theta, pi, log_p;
        if (dims >= 3) theta = axis("theta", 2, dims).expand(shape).contiguous().requires_grad_();
        if (dims == 4) pi = axis("pi_logit", 3, dims).expand(shape).contiguous().requires_grad_();
        log_p = dims == 4 ? zinb_log_prob(x, mu, theta, pi, eps) : dims == 3 ? nb_log_prob(x, mu, theta, eps) : poisson_log_prob(x, mu);
        log_p.sum().backward();
        check(name + ".log_prob", log_p);
        check(name + ".grad_mu", mu.grad());
        if (dims >= 3) check(name + ".grad_theta", theta.grad());
        if (dims == 4) check(name + ".grad_pi", pi.grad());
    }
    compare.finish();
}

LEXICELL_GOLDEN_CASES(GoldenCountGrid, "scvi");

}  // namespace
}  // namespace lexicell
