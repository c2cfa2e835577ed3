#pragma once
// What is observed given the decoder's output: one small class a distribution behind one interface (scilama.md 4.4).

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lexicell/nn/torch.h"

namespace lexicell {

// Free parameters that belong to the genes; undefined where the likelihood has none.
struct GeneDispersion {
    torch::Tensor log_theta;  // G: ln of the inverse dispersion, clamped so that theta stays in [1e-3, 1e4]
    torch::Tensor zero_logit; // G, or B x G: logit of an extra zero
};

class Likelihood {
public:
    virtual ~Likelihood() = default;
    virtual std::string_view name() const = 0;
    virtual bool of_counts() const { return true; }      // needs non-negative integers
    virtual bool has_theta() const { return false; }
    virtual bool has_zero_logit() const { return false; }
    // Mean over cells of -ln p summed over genes (for `gaussian`: of the squared error, without constants); scalar.
    // output: B x G as the decoder gives it; x: B x G; library: B totals of x.
    virtual torch::Tensor loss(const torch::Tensor& output, const torch::Tensor& x, const torch::Tensor& library,
                               const GeneDispersion& genes) const = 0;
    // The expected x, B x G.
    virtual torch::Tensor mean(const torch::Tensor& output, const torch::Tensor& library) const = 0;
};

// "gaussian": output is the mean. "poisson", "nb", "zinb": rates are library * softmax over genes of the output.
// Error(usage, "unknown-likelihood") otherwise.
std::unique_ptr<Likelihood> make_likelihood(const std::string& name);
const std::vector<std::string>& likelihood_names();

}  // namespace lexicell
