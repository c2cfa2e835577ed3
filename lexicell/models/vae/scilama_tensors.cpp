// The network as named host tensors, and back.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>

#include "lexicell/base/error.h"
#include "lexicell/models/vae/scilama.h"

namespace lexicell {
namespace {

std::string dtype_name(const torch::Tensor& tensor) { return tensor.scalar_type() == torch::kInt64 ? "I64" : "F32"; }

HostTensor to_host(const torch::Tensor& tensor) {
    const torch::Tensor host = tensor.detach().to(torch::kCPU, tensor.scalar_type() == torch::kInt64 ? torch::kInt64 : torch::kFloat32).contiguous();
    HostTensor out{dtype_name(tensor), host.sizes().vec(), std::vector<std::byte>(host.nbytes())};
    std::memcpy(out.bytes.data(), host.data_ptr(), out.bytes.size());
    return out;
}

std::string shape_text(const std::string& dtype, const std::vector<std::int64_t>& shape) {
    return fmt::format("{} [{}]", dtype, fmt::join(shape, ", "));
}

[[noreturn]] void refuse(const std::string& type, const std::string& message, const std::string& key, std::string found, std::string expected) {
    throw Error(ErrorKind::model, {.type = type, .message = message, .key = key, .found = std::move(found), .expected = std::move(expected)});
}

}  // namespace

std::map<std::string, HostTensor> Scilama::to_tensors() const {
    std::map<std::string, HostTensor> tensors;
    for (const auto& entry : named_parameters()) tensors.emplace(entry.key(), to_host(entry.value()));
    for (const auto& entry : named_buffers()) tensors.emplace(entry.key(), to_host(entry.value()));
    return tensors;
}

void Scilama::from_tensors(const std::map<std::string, HostTensor>& tensors) {
    const torch::NoGradGuard off;
    NamedTensors targets = named("", false);
    for (auto& entry : named("", true)) targets.push_back(std::move(entry));
    for (auto& [name, target] : targets) {
        const auto found = tensors.find(name);
        const std::string expected = shape_text(dtype_name(target), target.sizes().vec());
        if (found == tensors.end()) refuse("missing-tensor", "the model lacks a tensor", name, "nothing", expected);
        const HostTensor& source = found->second;
        const std::string is = shape_text(source.dtype, source.shape);
        if (is != expected) refuse("tensor-shape", "a tensor of the model does not fit its configuration", name, is, expected);
        const torch::Tensor host = torch::empty(source.shape, target.scalar_type() == torch::kInt64 ? torch::kInt64 : torch::kFloat32);
        LEXICELL_ASSERT(host.nbytes() == source.bytes.size(), "a host tensor's bytes fit its shape");
        std::memcpy(host.data_ptr(), source.bytes.data(), source.bytes.size());
        target.copy_(host);
    }
    if (tensors.size() != targets.size())
        for (const auto& [name, tensor] : tensors)
            if (std::none_of(targets.begin(), targets.end(), [&](const auto& t) { return t.first == name; }))
                refuse("extra-tensor", "the model holds a tensor that its configuration does not know", name, shape_text(tensor.dtype, tensor.shape), "nothing");
}

}  // namespace lexicell
