#include "lexicell/nn/fusion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lexicell/base/error.h"
#include "lexicell/nn/gaussian_kl.h"

namespace lexicell {
namespace {

using torch::Tensor;

// S x G x 1 weights of the present sources, summing to 1 over S.
Tensor source_weights(const std::vector<Gaussians>& sources, const Tensor& present) {
    const auto count = static_cast<std::int64_t>(sources.size());
    if (!present.defined())
        return torch::full({count, 1, 1}, 1.0 / static_cast<double>(count), sources.front().mu.options());
    const Tensor mask = present.to(sources.front().mu.options());
    return (mask / mask.sum(1, true)).t().unsqueeze(2);
}

Tensor stack(const std::vector<Gaussians>& sources, Tensor Gaussians::*part) {
    std::vector<Tensor> all;
    for (const Gaussians& source : sources) all.push_back(source.*part);
    return torch::stack(all);  // S x G x K
}

FusedGenes single(Tensor mu, Tensor sigma, const Pass& pass) {
    Tensor sample = pass.sample("gene.latent", mu, sigma), kl = gaussian_kl(mu, sigma);
    return {std::move(mu), std::move(sigma), {std::move(sample)}, std::move(kl)};
}

class Average : public Fusion {
public:
    FusedGenes fuse(const std::vector<Gaussians>& sources, const Tensor& present, const Pass& pass) const override {
        if (sources.size() == 1) return single(sources[0].mu, sources[0].sigma, pass);
        const Tensor weights = source_weights(sources, present);
        return single((weights * stack(sources, &Gaussians::mu)).sum(0), (weights * stack(sources, &Gaussians::sigma)).sum(0), pass);
    }
};

class ProductOfExperts : public Fusion {
public:
    explicit ProductOfExperts(bool prior_expert) : prior_expert_(prior_expert) {}
    FusedGenes fuse(const std::vector<Gaussians>& sources, const Tensor& present, const Pass& pass) const override {
        Tensor precision = 1.0 / (stack(sources, &Gaussians::sigma).square() + 1e-8);
        if (present.defined()) precision = precision * present.to(precision.options()).t().unsqueeze(2);
        const Tensor total = precision.sum(0) + (prior_expert_ ? 1.0 : 0.0);
        return single((precision * stack(sources, &Gaussians::mu)).sum(0) / total, total.rsqrt(), pass);
    }

private:
    bool prior_expert_;
};

class Mixture : public Fusion {
public:
    explicit Mixture(bool stratified) : stratified_(stratified) {}
    FusedGenes fuse(const std::vector<Gaussians>& sources, const Tensor& present, const Pass& pass) const override {
        const Tensor weights = source_weights(sources, present), mu = stack(sources, &Gaussians::mu),
                     sigma = stack(sources, &Gaussians::sigma);
        FusedGenes fused;
        fused.mu = (weights * mu).sum(0);
        fused.sigma = ((weights * (sigma.square() + mu.square())).sum(0) - fused.mu.square()).clamp_min(1e-12).sqrt();
        for (std::size_t s = 0; s < sources.size(); ++s) {
            const Tensor kl = weights[s].squeeze(1) * gaussian_kl(sources[s].mu, sources[s].sigma);
            fused.kl = s == 0 ? kl : fused.kl + kl;
        }
        if (!pass.noise) {
            fused.samples = {fused.mu};
            return fused;
        }
        const std::int64_t genes = mu.size(1), count = mu.size(0);
        const Tensor mask = present.defined() ? present.to(mu.options()) : torch::ones({genes, count}, mu.options());
        const Tensor rank = mask.cumsum(1) - 1.0, available = mask.sum(1);  // the present sources numbered from 0
        const Tensor noise = pass.noise->normal("gene.latent", pass.ids, mu.size(2), mu.options());
        const auto draw = [&](const Tensor& number) {  // number: G, which present source each gene uses
            const Tensor chosen = ((rank == number.unsqueeze(1)).to(mu.options()) * mask).t().unsqueeze(2);  // S x G x 1
            return (chosen * mu).sum(0) + (chosen * sigma).sum(0) * noise;
        };
        if (stratified_) {
            for (std::int64_t s = 0; s < count; ++s) fused.samples.push_back(draw(torch::full_like(available, s).remainder(available)));
        } else {
            const Tensor u = pass.noise->uniform("gene.expert", pass.ids, 1, mu.options()).squeeze(1);
            fused.samples.push_back(draw((u * available).floor().minimum(available - 1.0)));
        }
        return fused;
    }

private:
    bool stratified_;
};

}  // namespace

const std::vector<std::string>& fusion_names() {
    static const std::vector<std::string> names = {"average", "poe", "moe", "moe_stratified"};
    return names;
}

std::unique_ptr<Fusion> make_fusion(const std::string& name, bool prior_expert) {
    if (name == "average") return std::make_unique<Average>();
    if (name == "poe") return std::make_unique<ProductOfExperts>(prior_expert);
    if (name == "moe" || name == "moe_stratified") return std::make_unique<Mixture>(name == "moe_stratified");
    throw Error(ErrorKind::usage, {.type = "unknown-fusion",
                                   .message = "this fusion of gene sources is not known",
                                   .key = "fusion",
                                   .found = name,
                                   .expected = fmt::format("one of {}", fmt::join(fusion_names(), ", "))});
}

}  // namespace lexicell
