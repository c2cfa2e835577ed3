#include "lexicell/nn/count_log_prob.h"

namespace lexicell {
namespace {

using torch::Tensor;

// ln p of the count part, split so that zero inflation can put its own weight between: theta * L and the rest.
struct CountTerms {
    Tensor theta_l;  // theta ln(theta / (theta + mu))
    Tensor rest;     // x ln(mu / (theta + mu)) + lnGamma(x + theta) - lnGamma(theta) - ln x!
};

CountTerms count_terms(const Tensor& x, const Tensor& mu, const Tensor& theta, double eps) {
    const Tensor log_sum = (theta + mu + eps).log();
    return {theta * ((theta + eps).log() - log_sum),
            x * ((mu + eps).log() - log_sum) + (x + theta).lgamma() - theta.lgamma() - (x + 1.0).lgamma()};
}

}  // namespace

Tensor nb_log_prob(const Tensor& x, const Tensor& mu, const Tensor& theta, double eps) {
    const CountTerms terms = count_terms(x, mu, theta, eps);
    return terms.theta_l + terms.rest;
}

Tensor zinb_log_prob(const Tensor& x, const Tensor& mu, const Tensor& theta, const Tensor& pi_logit, double eps) {
    const CountTerms terms = count_terms(x, mu, theta, eps);
    const Tensor open = torch::softplus(-pi_logit);  // -ln sigmoid(pi)
    const Tensor count_part = terms.theta_l - pi_logit;
    return torch::where(x < 0.5, torch::softplus(count_part) - open, count_part - open + terms.rest);
}

Tensor poisson_log_prob(const Tensor& x, const Tensor& mu) {
    return torch::xlogy(x, mu) - mu - (x + 1.0).lgamma();
}

}  // namespace lexicell
