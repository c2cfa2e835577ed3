#include "lexicell/nn/ridge.h"

namespace lexicell {
namespace {

using torch::Tensor;

Ridge solve(const Tensor& x, const Tensor& y, double strength) {
    const Tensor mean_x = x.mean(0), mean_y = y.mean(0), centred = x - mean_x;
    const double penalty = strength * centred.square().mean().clamp_min(1e-12).item<double>() * static_cast<double>(x.size(0));
    const Tensor gram = torch::matmul(centred.t(), centred) + penalty * torch::eye(x.size(1), torch::kFloat64);
    Ridge fit;
    fit.weights = torch::linalg_solve(gram, torch::matmul(centred.t(), y - mean_y));
    fit.intercept = mean_y - torch::matmul(mean_x, fit.weights);
    return fit;
}

}  // namespace

Ridge fit_ridge(const Tensor& x, const Tensor& y, double strength) {
    const torch::NoGradGuard off;
    const Tensor inputs = x.to(torch::kFloat64), targets = y.to(torch::kFloat64);
    Ridge fit = solve(inputs, targets, strength);
    constexpr std::int64_t folds = 5;
    if (inputs.size(0) < 2 * folds) return fit;
    const Tensor fold = torch::arange(inputs.size(0)).remainder(folds);
    Tensor left_over = torch::zeros({}, torch::kFloat64);
    for (std::int64_t f = 0; f < folds; ++f) {
        const Tensor in = (fold != f).nonzero().squeeze(1), out = (fold == f).nonzero().squeeze(1);
        const Ridge part = solve(inputs.index_select(0, in), targets.index_select(0, in), strength);
        left_over += (targets.index_select(0, out) - part.predict(inputs.index_select(0, out))).square().sum();
    }
    fit.r_squared = 1.0 - (left_over / (targets - targets.mean(0)).square().sum().clamp_min(1e-300)).item<double>();
    return fit;
}

}  // namespace lexicell
