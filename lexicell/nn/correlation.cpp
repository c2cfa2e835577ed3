#include "lexicell/nn/correlation.h"

namespace lexicell {
namespace {

torch::Tensor ranks(const torch::Tensor& values) {
    const auto [distinct, group, count] = torch::_unique2(values.flatten(), true, true, true);
    const torch::Tensor last = count.cumsum(0).to(torch::kFloat64);
    return (last - (count.to(torch::kFloat64) - 1.0) / 2.0).index_select(0, group.flatten());
}

}  // namespace

double pearson(const torch::Tensor& a, const torch::Tensor& b) {
    const torch::Tensor x = a.flatten().to(torch::kFloat64), y = b.flatten().to(torch::kFloat64);
    const torch::Tensor dx = x - x.mean(), dy = y - y.mean();
    return ((dx * dy).sum() / (dx.square().sum() * dy.square().sum()).sqrt()).item<double>();
}

double spearman(const torch::Tensor& a, const torch::Tensor& b) { return pearson(ranks(a), ranks(b)); }

}  // namespace lexicell
