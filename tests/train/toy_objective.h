#pragma once
// A small objective with everything a real one has: two layers, noise keyed by (seed, step, cell), a KL-like term with a
// weight, running statistics, and steps that can be made to fail.

#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lexicell/base/random.h"
#include "lexicell/nn/objective.h"
#include "lexicell/nn/torch.h"

namespace lexicell {

class ToyObjective : public Objective {
public:
    explicit ToyObjective(std::int64_t genes, std::int64_t latent = 4, std::uint64_t seed = 1) {
        RandomStream random(random_key(seed, 99));
        encoder_ = draw({latent, genes}, random);
        decoder_ = draw({genes, latent}, random);
        bias_ = torch::zeros({genes}).requires_grad_();
        running_mean_ = torch::zeros({genes});
    }

    std::vector<std::pair<std::string, torch::Tensor>> parameters() override {
        return {{"encoder", encoder_}, {"decoder", decoder_}, {"bias", bias_}};
    }
    std::vector<std::pair<std::string, torch::Tensor>> buffers() override { return {{"running_mean", running_mean_}}; }

    Loss forward_backward(const Batch& batch, const StepContext& context) override {
        for (auto& [name, tensor] : parameters()) tensor.mutable_grad() = torch::Tensor();
        const auto& x = batch.at("x");
        {
            const torch::NoGradGuard off;
            running_mean_.mul_(0.9).add_(x.mean(0), 0.1);
        }
        torch::Tensor loss = terms(batch, context, true);
        const bool fails = bad_steps.count(context.step) || always_bad_from <= context.step;
        if (fails && !bad_gradient_only) loss = loss * std::numeric_limits<float>::quiet_NaN();
        loss.backward();
        if (fails && bad_gradient_only) decoder_.mutable_grad()[0][0] = std::numeric_limits<float>::infinity();
        ++calls;
        return result(loss);
    }
    Loss evaluate(const Batch& batch, const StepContext& context) override { return result(terms(batch, context, false)); }

    std::set<std::uint64_t> bad_steps;
    std::uint64_t always_bad_from = std::numeric_limits<std::uint64_t>::max();
    bool bad_gradient_only = false;
    std::uint64_t calls = 0;

private:
    static torch::Tensor draw(at::IntArrayRef shape, RandomStream& random) {
        torch::Tensor values = torch::empty(shape);
        for (std::int64_t i = 0; i < values.numel(); ++i) values.data_ptr<float>()[i] = static_cast<float>(0.1 * random.normal());
        return values.requires_grad_();
    }

    torch::Tensor terms(const Batch& batch, const StepContext& context, bool training) {
        const auto& x = batch.at("x");
        torch::Tensor z = torch::tanh(torch::linear(x, encoder_)).to(torch::kFloat);
        if (training) {
            torch::Tensor noise = torch::empty_like(z);
            for (std::int64_t row = 0; row < z.size(0); ++row) {
                RandomStream random(random_key(context.seed, context.step), static_cast<std::uint64_t>(batch.at("cells")[row].item<std::int64_t>()));
                for (std::int64_t k = 0; k < z.size(1); ++k) noise[row][k] = random.normal();
            }
            z = z + 0.05 * noise;
        }
        reconstruction_ = (torch::linear(z, decoder_, bias_).to(torch::kFloat) - x).square().sum(1).mean();
        penalty_ = z.square().sum(1).mean();
        return reconstruction_ + 0.01 * context.kl_weight * penalty_;
    }
    Loss result(const torch::Tensor& loss) {
        return {.total = loss.item<double>(),
                .terms = {{"reconstruction", reconstruction_.item<double>()}, {"penalty", penalty_.item<double>()}}};
    }

    torch::Tensor encoder_, decoder_, bias_, running_mean_, reconstruction_, penalty_;
};

}  // namespace lexicell
