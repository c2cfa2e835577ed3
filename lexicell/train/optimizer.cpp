#include "lexicell/train/optimizer.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lexicell/base/error.h"
#include "lexicell/base/parallel.h"
#include "lexicell/train/adamw_kernel.h"

namespace lexicell {

namespace {
constexpr std::int64_t block_size = 1 << 15;
// Starting a thread costs some 20 us; below this many weights one thread is done sooner.
constexpr std::int64_t worth_a_thread = 1 << 18;
}  // namespace

AdamW::AdamW(Parameters parameters, const AdamWOptions& options) : parameters_(std::move(parameters)), options_(options) {
    std::int64_t total = 0;
    for (std::size_t p = 0; p < parameters_.size(); ++p) {
        const torch::Tensor& w = parameters_[p].second;
        LEXICELL_ASSERT(w.scalar_type() == torch::kFloat && w.is_contiguous(), "parameters are contiguous 32-bit floats");
        for (std::int64_t begin = 0; begin < w.numel(); begin += block_size)
            blocks_.push_back({p, begin, std::min(begin + block_size, w.numel())});
        offsets_.push_back(total);
        total += w.numel();
    }
    offsets_.push_back(total);
    const auto device = parameters_.empty() ? torch::Device(torch::kCPU) : parameters_.front().second.device();
    first_ = torch::zeros({total}, torch::TensorOptions().device(device));
    second_ = torch::zeros_like(first_);
}

int AdamW::threads_for_work() const {
    return static_cast<int>(std::clamp<std::int64_t>(offsets_.back() / worth_a_thread, 1, std::max(options_.threads, 1)));
}

double AdamW::gradient_norm() const {
    if (!first_.is_cpu()) {
        torch::Tensor sum = torch::zeros({}, first_.options().dtype(torch::kDouble));
        for (const auto& [name, w] : parameters_)
            if (w.grad().defined()) sum += w.grad().to(torch::kDouble).square().sum();
        return std::sqrt(sum.item<double>());
    }
    std::vector<torch::Tensor> gradients;
    for (const auto& [name, w] : parameters_)
        gradients.push_back(w.grad().defined() ? w.grad().contiguous() : torch::Tensor());
    std::vector<double> sums(blocks_.size());
    parallel_for(static_cast<std::int64_t>(blocks_.size()), 4, threads_for_work(), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t b = begin; b < end; ++b) {
            const Block& block = blocks_[b];
            if (gradients[block.parameter].defined())
                sums[b] = sum_of_squares(block.end - block.begin, gradients[block.parameter].const_data_ptr<float>() + block.begin);
        }
    });
    double sum = 0;
    for (const double part : sums) sum += part;
    return std::sqrt(sum);
}

void AdamW::step(double learning_rate, double gradient_scale) {
    const torch::NoGradGuard off;
    ++steps_;
    if (first_.is_cpu() && options_.own_kernel) step_with_kernel(learning_rate, gradient_scale);
    else step_with_operator(learning_rate, gradient_scale);
}

void AdamW::step_with_kernel(double learning_rate, double gradient_scale) {
    const auto t = static_cast<double>(steps_);
    const AdamWStep step{
        .gradient_scale = static_cast<float>(gradient_scale),
        .beta1 = static_cast<float>(options_.beta1),
        .beta2 = static_cast<float>(options_.beta2),
        .keep = static_cast<float>(1 - learning_rate * options_.weight_decay),
        .step_size = static_cast<float>(learning_rate / (1 - std::pow(options_.beta1, t))),
        .root_correction = static_cast<float>(1 / std::sqrt(1 - std::pow(options_.beta2, t))),
        .eps = static_cast<float>(options_.eps),
    };
    std::vector<torch::Tensor> gradients;
    for (const auto& [name, w] : parameters_)
        gradients.push_back(w.grad().defined() ? w.grad().contiguous() : torch::Tensor());
    float* const first = first_.data_ptr<float>();
    float* const second = second_.data_ptr<float>();
    parallel_for(static_cast<std::int64_t>(blocks_.size()), 4, threads_for_work(), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t b = begin; b < end; ++b) {
            const auto& [p, from, to] = blocks_[b];
            if (!gradients[p].defined()) continue;
            const std::int64_t place = offsets_[p] + from;
            adamw_update(step, to - from, gradients[p].const_data_ptr<float>() + from,
                         parameters_[p].second.data_ptr<float>() + from, first + place, second + place);
        }
    });
}

void AdamW::step_with_operator(double learning_rate, double gradient_scale) {
    std::vector<torch::Tensor> weights, gradients, first, second, steps;
    for (std::size_t p = 0; p < parameters_.size(); ++p) {
        const torch::Tensor& w = parameters_[p].second;
        if (!w.grad().defined()) continue;
        weights.push_back(w);
        gradients.push_back(w.grad());
        first.push_back(first_.narrow(0, offsets_[p], w.numel()).view(w.sizes()));
        second.push_back(second_.narrow(0, offsets_[p], w.numel()).view(w.sizes()));
        steps.push_back(torch::full({}, static_cast<double>(steps_), first_.options()));
    }
    if (weights.empty()) return;
    if (gradient_scale != 1) at::_foreach_mul_(gradients, gradient_scale);
    at::_fused_adamw_(weights, gradients, first, second, {}, steps, learning_rate, options_.beta1, options_.beta2,
                      options_.weight_decay, options_.eps, false, false);
}

SafetensorsFile AdamW::state() const {
    SafetensorsFile file;
    const torch::Tensor first = first_.cpu(), second = second_.cpu();
    for (std::size_t p = 0; p < parameters_.size(); ++p) {
        const auto& [name, w] = parameters_[p];
        const auto elements = static_cast<std::size_t>(w.numel());
        file.tensors["m." + name] = HostTensor::of(std::span(first.const_data_ptr<float>() + offsets_[p], elements), w.sizes().vec());
        file.tensors["v." + name] = HostTensor::of(std::span(second.const_data_ptr<float>() + offsets_[p], elements), w.sizes().vec());
    }
    const std::int64_t steps[] = {static_cast<std::int64_t>(steps_)};
    file.tensors["steps"] = HostTensor::of(std::span(steps), {1});
    return file;
}

void AdamW::load(const SafetensorsFile& state) {
    const auto moment = [&](const std::string& name, const torch::Tensor& w) -> const HostTensor& {
        const auto found = state.tensors.find(name);
        if (found == state.tensors.end() || found->second.dtype != "F32" || found->second.shape != w.sizes().vec())
            throw Error(ErrorKind::model, {.type = "optimizer-state-mismatch",
                                           .message = "the optimiser state does not belong to this model", .key = name,
                                           .found = found == state.tensors.end() ? "nothing" : fmt::format("{} of another shape or type", name),
                                           .expected = fmt::format("F32 {}", w.sizes().vec())});
        return found->second;
    };
    torch::Tensor first = torch::empty_like(first_, torch::kCPU), second = torch::empty_like(first);
    for (std::size_t p = 0; p < parameters_.size(); ++p) {
        const auto& [name, w] = parameters_[p];
        const HostTensor& m = moment("m." + name, w);
        const HostTensor& v = moment("v." + name, w);
        std::memcpy(first.data_ptr<float>() + offsets_[p], m.bytes.data(), m.bytes.size());
        std::memcpy(second.data_ptr<float>() + offsets_[p], v.bytes.data(), v.bytes.size());
    }
    const auto steps = state.tensors.find("steps");
    if (steps == state.tensors.end() || steps->second.dtype != "I64" || steps->second.elements() != 1)
        throw Error(ErrorKind::model, {.type = "optimizer-state-mismatch", .message = "the optimiser state has no step count", .key = "steps"});
    first_.copy_(first);
    second_.copy_(second);
    steps_ = static_cast<std::uint64_t>(steps->second.to_int64().front());
}

}  // namespace lexicell
