#include "lexicell/nn/likelihood.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "lexicell/base/error.h"
#include "lexicell/nn/count_log_prob.h"
#include "lexicell/nn/cpu/count_loss.h"

namespace lexicell {
namespace {

using torch::Tensor;

const double kLowestLogTheta = std::log(1e-3), kHighestLogTheta = std::log(1e4);

// ln of the expected counts, B x G.
Tensor log_rate(const Tensor& output, const Tensor& library) {
    return torch::log_softmax(output, 1) + library.log().unsqueeze(1);
}

class Gaussian : public Likelihood {
public:
    std::string_view name() const override { return "gaussian"; }
    bool of_counts() const override { return false; }
    Tensor loss(const Tensor& output, const Tensor& x, const Tensor&, const GeneDispersion&) const override {
        return torch::mse_loss(output, x, at::Reduction::Sum) / static_cast<double>(x.size(0));
    }
    Tensor mean(const Tensor& output, const Tensor&) const override { return output; }
};

class CountLikelihood : public Likelihood {
public:
    Tensor mean(const Tensor& output, const Tensor& library) const override {
        return torch::softmax(output, 1) * library.unsqueeze(1);
    }
};

class Poisson : public CountLikelihood {
public:
    std::string_view name() const override { return "poisson"; }
    Tensor loss(const Tensor& output, const Tensor& x, const Tensor& library, const GeneDispersion&) const override {
        const Tensor log_mu = log_rate(output, library);
        return -(x * log_mu - log_mu.exp() - (x + 1.0).lgamma()).sum() / static_cast<double>(x.size(0));
    }
};

// The fused form: all gradients are made in the forward pass and scaled by what comes from above. A zero_logit without
// elements means none (a Function takes no undefined tensors).
class FusedCountLoss : public torch::autograd::Function<FusedCountLoss> {
public:
    static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& output, const Tensor& x, const Tensor& library,
                          const Tensor& log_theta, const Tensor& zero_logit, bool tape) {
        const auto like = [&](const Tensor& t) { return tape ? torch::empty_like(t) : torch::empty({0}); };
        Tensor d_output = like(output), d_theta = like(log_theta), d_zero = like(zero_logit);
        const auto data = [](const Tensor& t) { return t.numel() > 0 ? t.data_ptr<float>() : nullptr; };
        const CountLossInput input{output.size(0), output.size(1), data(output), data(x), data(library), data(log_theta), data(zero_logit),
                                   zero_logit.dim() == 2 ? output.size(1) : 0};
        const double loss = count_loss(input, {data(d_output), data(d_theta), data(d_zero)});
        context->save_for_backward({d_output, d_theta, d_zero});
        return torch::scalar_tensor(loss, output.options());
    }
    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, const torch::autograd::variable_list& above) {
        auto saved = context->get_saved_variables();
        const double scale = above[0].item<double>();
        for (Tensor& gradient : saved)
            if (scale != 1.0) gradient.mul_(scale);
        return {saved[0], Tensor(), Tensor(), saved[1], saved[2].numel() > 0 ? saved[2] : Tensor(), Tensor()};
    }
};

bool is_fusable(const Tensor& t) { return !t.defined() || (t.scalar_type() == torch::kFloat32 && t.device().is_cpu() && t.is_contiguous()); }

// Mean over cells of -ln p of the (zero-inflated) negative binomial: fused on the CPU in single precision, else by plain
// operations.
Tensor count_loss_of(const Tensor& output, const Tensor& x, const Tensor& library, const Tensor& log_theta, const Tensor& zero_logit) {
    if (is_fusable(output) && is_fusable(x) && is_fusable(library) && is_fusable(log_theta) && is_fusable(zero_logit) && log_theta.dim() == 1)
        return FusedCountLoss::apply(output, x, library, log_theta, zero_logit.defined() ? zero_logit : torch::empty({0}), torch::GradMode::is_enabled());
    const Tensor theta = log_theta.clamp(kLowestLogTheta, kHighestLogTheta).exp(), mu = log_rate(output, library).exp();
    const Tensor log_p = zero_logit.defined() ? zinb_log_prob(x, mu, theta, zero_logit, 1e-12) : nb_log_prob(x, mu, theta, 1e-12);
    return -log_p.sum() / static_cast<double>(x.size(0));
}

class NegativeBinomial : public CountLikelihood {
public:
    std::string_view name() const override { return "nb"; }
    bool has_theta() const override { return true; }
    Tensor loss(const Tensor& output, const Tensor& x, const Tensor& library, const GeneDispersion& genes) const override {
        return count_loss_of(output, x, library, genes.log_theta, {});
    }
};

class ZeroInflatedNegativeBinomial : public CountLikelihood {
public:
    std::string_view name() const override { return "zinb"; }
    bool has_theta() const override { return true; }
    bool has_zero_logit() const override { return true; }
    Tensor loss(const Tensor& output, const Tensor& x, const Tensor& library, const GeneDispersion& genes) const override {
        return count_loss_of(output, x, library, genes.log_theta, genes.zero_logit);
    }
};

}  // namespace

const std::vector<std::string>& likelihood_names() {
    static const std::vector<std::string> names = {"gaussian", "poisson", "nb", "zinb"};
    return names;
}

std::unique_ptr<Likelihood> make_likelihood(const std::string& name) {
    if (name == "gaussian") return std::make_unique<Gaussian>();
    if (name == "poisson") return std::make_unique<Poisson>();
    if (name == "nb") return std::make_unique<NegativeBinomial>();
    if (name == "zinb") return std::make_unique<ZeroInflatedNegativeBinomial>();
    throw Error(ErrorKind::usage, {.type = "unknown-likelihood",
                                   .message = "this likelihood is not known",
                                   .key = "likelihood",
                                   .found = name,
                                   .expected = fmt::format("one of {}", fmt::join(likelihood_names(), ", "))});
}

}  // namespace lexicell
