#include "lexicell/train/host_tensor.h"

#include <cstring>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lexicell/base/error.h"

namespace lexicell {

namespace {

constexpr std::pair<torch::ScalarType, const char*> type_names[] = {
    {torch::kDouble, "F64"}, {torch::kFloat, "F32"}, {torch::kHalf, "F16"},  {torch::kBFloat16, "BF16"}, {torch::kInt64, "I64"},
    {torch::kInt32, "I32"},  {torch::kInt16, "I16"}, {torch::kInt8, "I8"},   {torch::kUInt8, "U8"},      {torch::kBool, "BOOL"}};

std::string name_of(torch::ScalarType type) {
    for (const auto& [known, name] : type_names)
        if (known == type) return name;
    LEXICELL_ASSERT(false, "a tensor type that is never stored");
}

}  // namespace

HostTensor to_host(const torch::Tensor& tensor) {
    const torch::Tensor t = tensor.detach().cpu().contiguous();
    HostTensor host{.dtype = name_of(t.scalar_type()), .shape = t.sizes().vec(), .bytes = std::vector<std::byte>(t.nbytes())};
    if (t.nbytes() > 0) std::memcpy(host.bytes.data(), t.const_data_ptr(), t.nbytes());
    return host;
}

std::map<std::string, HostTensor> to_host(const NamedTensors& tensors) {
    std::map<std::string, HostTensor> hosts;
    for (const auto& [name, tensor] : tensors) hosts.emplace(name, to_host(tensor));
    return hosts;
}

void copy_from_host(const std::map<std::string, HostTensor>& values, const NamedTensors& tensors) {
    const torch::NoGradGuard off;
    std::vector<torch::Tensor> staged;
    for (const auto& [name, tensor] : tensors) {
        const auto found = values.find(name);
        const std::string expected = fmt::format("{} {}", name_of(tensor.scalar_type()), tensor.sizes().vec());
        if (found == values.end() || found->second.dtype != name_of(tensor.scalar_type()) || found->second.shape != tensor.sizes().vec())
            throw Error(ErrorKind::model,
                        {.type = "tensor-mismatch", .message = "the weights do not belong to this model", .key = name,
                         .found = found == values.end() ? "nothing" : fmt::format("{} {}", found->second.dtype, found->second.shape),
                         .expected = expected});
        torch::Tensor host = torch::empty(tensor.sizes(), tensor.scalar_type());
        if (host.nbytes() > 0) std::memcpy(host.mutable_data_ptr(), found->second.bytes.data(), host.nbytes());
        staged.push_back(std::move(host));
    }
    if (values.size() != tensors.size())
        for (const auto& [name, value] : values) {
            bool known = false;
            for (const auto& [other, tensor] : tensors) known = known || other == name;
            if (!known)
                throw Error(ErrorKind::model, {.type = "tensor-mismatch", .message = "the model has no such tensor", .key = name});
        }
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        torch::Tensor target = tensors[i].second;
        target.copy_(staged[i]);
    }
}

}  // namespace lexicell
