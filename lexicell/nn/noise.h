#pragma once
// Where a step's randomness comes from. A draw is named by its site ("cell.latent") and, row by row, by the id of the
// cell or gene it belongs to, so it depends neither on the batch nor on its order (performance.md 5.5).

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "lexicell/nn/torch.h"

namespace lexicell {

class Noise {
public:
    virtual ~Noise() = default;
    // Standard normals, ids x width, in the type of `like` and on its device; `ids` is int64 on the CPU.
    virtual torch::Tensor normal(std::string_view site, const torch::Tensor& ids, std::int64_t width,
                                 const torch::TensorOptions& like) const = 0;
    // Uniform in (0, 1), ids x width.
    virtual torch::Tensor uniform(std::string_view site, const torch::Tensor& ids, std::int64_t width,
                                  const torch::TensorOptions& like) const = 0;
    // ids x width of 1 / (1 - drop) with probability 1 - drop, else 0. `drop` is taken to the nearest 1/65536.
    virtual torch::Tensor dropout(std::string_view site, const torch::Tensor& ids, std::int64_t width, double drop,
                                  const torch::TensorOptions& like) const = 0;
};

// Philox4x32-10 with key (seed, site) and counter (step, id, element).
class PhiloxNoise : public Noise {
public:
    PhiloxNoise(std::uint64_t seed, std::uint64_t step) : seed_(seed), step_(step) {}
    torch::Tensor normal(std::string_view site, const torch::Tensor& ids, std::int64_t width,
                         const torch::TensorOptions& like) const override;
    torch::Tensor uniform(std::string_view site, const torch::Tensor& ids, std::int64_t width,
                          const torch::TensorOptions& like) const override;
    torch::Tensor dropout(std::string_view site, const torch::Tensor& ids, std::int64_t width, double drop,
                          const torch::TensorOptions& like) const override;

private:
    std::uint64_t seed_, step_;
};

// Normals handed in by site, for comparisons with other programs; nothing is dropped.
class SuppliedNoise : public Noise {
public:
    explicit SuppliedNoise(std::map<std::string, torch::Tensor> normals) : normals_(std::move(normals)) {}
    torch::Tensor normal(std::string_view site, const torch::Tensor& ids, std::int64_t width,
                         const torch::TensorOptions& like) const override;
    torch::Tensor uniform(std::string_view site, const torch::Tensor& ids, std::int64_t width,
                          const torch::TensorOptions& like) const override;
    torch::Tensor dropout(std::string_view site, const torch::Tensor& ids, std::int64_t width, double drop,
                          const torch::TensorOptions& like) const override;

private:
    std::map<std::string, torch::Tensor> normals_;
};

// A stable 64-bit key of a text: the id of a gene for noise and initial weights, so that its numbers do not depend on
// the order of the genes.
std::int64_t text_key(std::string_view text);

}  // namespace lexicell
