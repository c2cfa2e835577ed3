#include "lexicell/nn/cpu/count_loss.h"

#include <ATen/Parallel.h>

#include <array>
#include <cmath>
#include <vector>

#include "lexicell/nn/cpu/cpu_clones.h"
#include "lexicell/nn/cpu/gamma_terms.h"
#include "lexicell/nn/cpu/vector_math.h"

namespace lexicell {
namespace {

constexpr std::int64_t kRows = 16;  // a block: its sums stay in cache, and its border does not depend on threads
const float kLowestLogTheta = std::log(1e-3f), kHighestLogTheta = std::log(1e4f);

// What depends on the gene only, once a step.
struct GeneTable {
    std::vector<float> theta, inverse;
    GammaTable gamma;
};

LEXICELL_CPU_CLONES void fill_theta(const float* log_theta, std::int64_t genes, float* theta, float* inverse) {
    for (std::int64_t g = 0; g < genes; ++g) {
        const float t = std::min(std::max(log_theta[g], kLowestLogTheta), kHighestLogTheta);
        theta[g] = exp_lane(t);
        inverse[g] = exp_lane(-t);
    }
}

LEXICELL_CPU_CLONES float row_maximum(const float* y, std::int64_t genes) {
    float lanes[16];
    std::fill_n(lanes, 16, -std::numeric_limits<float>::infinity());
    std::int64_t g = 0;
    for (; g + 16 <= genes; g += 16)
        for (int l = 0; l < 16; ++l) lanes[l] = std::max(lanes[l], y[g + l]);
    for (; g < genes; ++g) lanes[0] = std::max(lanes[0], y[g]);
    return *std::max_element(lanes, lanes + 16);
}

// e[g] = exp(y - maximum); returns their sum.
LEXICELL_CPU_CLONES float exponentials(const float* y, float maximum, std::int64_t genes, float* e) {
    float lanes[16] = {};
    std::int64_t g = 0;
    for (; g + 16 <= genes; g += 16)
        for (int l = 0; l < 16; ++l) lanes[l] += e[g + l] = exp_lane(y[g + l] - maximum);
    for (; g < genes; ++g) lanes[0] += e[g] = exp_lane(y[g] - maximum);
    float sum = 0;
    for (const float lane : lanes) sum += lane;
    return sum;
}

// Sums over the genes of a row: ln p, and A, the gradient with respect to ln m.
struct RowSums {
    double log_p = 0, a = 0;
};

// Every gene as if its count were 0. ratio[g] = m / theta comes in as e[g]; a[g] and l[g] = -ln(1 + ratio) go out.
LEXICELL_CPU_CLONES RowSums nb_zeros(const float* theta, const float* inverse, float scale, std::int64_t genes, float* e, float* a, float* l,
                                     float* theta_gradient) {
    float log_p[16] = {}, sum_a[16] = {};
    const auto one = [&](std::int64_t g, int lane) __attribute__((always_inline)) {
        const float ratio = e[g] * scale * inverse[g];
        const float ln = -log1p_lane(ratio), f = ratio / (1.0f + ratio);
        e[g] = ratio;
        l[g] = ln;
        a[g] = -theta[g] * f;
        log_p[lane] += theta[g] * ln;
        sum_a[lane] += a[g];
        theta_gradient[g] += theta[g] * (ln + f);
    };
    std::int64_t g = 0;
    for (; g + 16 <= genes; g += 16)
        for (int lane = 0; lane < 16; ++lane) one(g + lane, lane);
    for (; g < genes; ++g) one(g, 0);
    RowSums sums;
    for (int lane = 0; lane < 16; ++lane) {
        sums.log_p += log_p[lane];
        sums.a += sum_a[lane];
    }
    return sums;
}

[[gnu::always_inline]] inline float softplus_lane(float x) { return std::max(x, 0.0f) + log1p_lane(exp_lane(-std::fabs(x))); }
[[gnu::always_inline]] inline float sigmoid_lane(float x) { return 1.0f / (1.0f + exp_lane(-x)); }

// The same with an extra zero of logit pi; p[g], the gradient with respect to pi, goes out.
LEXICELL_CPU_CLONES RowSums zinb_zeros(const float* theta, const float* inverse, float scale, const float* pi, std::int64_t genes, float* e,
                                       float* a, float* l, float* theta_gradient, float* p) {
    float log_p[16] = {}, sum_a[16] = {};
    const auto one = [&](std::int64_t g, int lane) __attribute__((always_inline)) {
        const float ratio = e[g] * scale * inverse[g];
        const float ln = -log1p_lane(ratio), f = ratio / (1.0f + ratio), count_zero = theta[g] * ln - pi[g];
        const float t = sigmoid_lane(count_zero);
        e[g] = ratio;
        l[g] = ln;
        a[g] = -t * theta[g] * f;
        p[g] = sigmoid_lane(-pi[g]) - t;
        log_p[lane] += softplus_lane(count_zero) - softplus_lane(-pi[g]);
        sum_a[lane] += a[g];
        theta_gradient[g] += t * theta[g] * (ln + f);
    };
    std::int64_t g = 0;
    for (; g + 16 <= genes; g += 16)
        for (int lane = 0; lane < 16; ++lane) one(g + lane, lane);
    for (; g < genes; ++g) one(g, 0);
    RowSums sums;
    for (int lane = 0; lane < 16; ++lane) {
        sums.log_p += log_p[lane];
        sums.a += sum_a[lane];
    }
    return sums;
}

LEXICELL_CPU_CLONES void write_logit_gradient(const float* a, const float* ratio, const float* theta, float mean_scale, float sum_a,
                                              float weight, std::int64_t genes, float* out) {
    for (std::int64_t g = 0; g < genes; ++g)  // rho = m / library
        out[g] = -weight * (a[g] - ratio[g] * theta[g] * mean_scale * sum_a);
}

struct Block {
    double log_p = 0;
    std::vector<float> theta_gradient, zero_gradient;  // G, sums over the block's cells
};

class Rows {
public:
    Rows(const CountLossInput& in, const CountLossGradient& out, const GeneTable& table)
        : in_(in), out_(out), table_(table), weight_(1.0f / static_cast<float>(in.cells)),
          ratio_(in.genes), a_(in.genes), l_(in.genes), p_(in.zero_logit ? in.genes : 0), nonzero_(in.genes) {}

    void run(std::int64_t row, Block& block) {
        const std::int64_t genes = in_.genes;
        const float *y = in_.logits + row * genes, *x = in_.x + row * genes, *theta = table_.theta.data();
        const float* pi = in_.zero_logit ? in_.zero_logit + row * in_.zero_stride : nullptr;
        const float sum = exponentials(y, row_maximum(y, genes), genes, ratio_.data());
        const float scale = in_.library[row] / sum;
        RowSums sums = pi ? zinb_zeros(theta, table_.inverse.data(), scale, pi, genes, ratio_.data(), a_.data(), l_.data(), block.theta_gradient.data(), p_.data())
                          : nb_zeros(theta, table_.inverse.data(), scale, genes, ratio_.data(), a_.data(), l_.data(), block.theta_gradient.data());
        std::int64_t count = 0;
        for (std::int64_t g = 0; g < genes; ++g) {
            nonzero_[count] = static_cast<std::int32_t>(g);
            count += x[g] > 0.0f;
        }
        for (std::int64_t k = 0; k < count; ++k) correct_nonzero(nonzero_[k], x[nonzero_[k]], pi, sums, block);
        block.log_p += sums.log_p;
        if (pi && in_.zero_stride == 0)
            for (std::int64_t g = 0; g < genes; ++g) block.zero_gradient[g] += p_[g];
        if (pi && in_.zero_stride != 0 && out_.zero_logit)
            for (std::int64_t g = 0; g < genes; ++g) out_.zero_logit[row * genes + g] = -weight_ * p_[g];
        if (out_.logits)
            write_logit_gradient(a_.data(), ratio_.data(), theta, 1.0f / in_.library[row], static_cast<float>(sums.a), weight_, genes, out_.logits + row * genes);
    }

private:
    // Takes back what was added for a zero and adds the count's own terms.
    void correct_nonzero(std::int64_t g, float x, const float* pi, RowSums& sums, Block& block) {
        const float theta = table_.theta[g], l = l_[g], ratio = std::max(ratio_[g], 1e-37f), f = ratio / (1.0f + ratio);
        const GammaTerms gamma = table_.gamma.at(g, x, theta);
        const float a = x - (x + theta) * f;
        float zero_log_p = theta * l, zero_r = theta * (l + f), log_p = theta * l;
        if (pi) {
            const float t = 1.0f / (1.0f + std::exp(-(theta * l - pi[g])));
            zero_log_p = softplus_lane(theta * l - pi[g]) - softplus_lane(-pi[g]);
            zero_r *= t;
            log_p -= softplus_lane(pi[g]);
            p_[g] = sigmoid_lane(-pi[g]) - 1.0f;
        }
        sums.log_p += static_cast<double>(log_p) + x * (std::log(ratio) + l) + gamma.value - log_factorial(x) - zero_log_p;
        sums.a += a - a_[g];
        a_[g] = a;
        block.theta_gradient[g] += theta * (l + f) - x * (1.0f - f) + theta * gamma.slope - zero_r;
    }

    const CountLossInput& in_;
    const CountLossGradient& out_;
    const GeneTable& table_;
    float weight_;
    std::vector<float> ratio_, a_, l_, p_;
    std::vector<std::int32_t> nonzero_;
};

}  // namespace

double count_loss(const CountLossInput& input, const CountLossGradient& gradient) {
    const std::int64_t genes = input.genes, blocks = (input.cells + kRows - 1) / kRows;
    GeneTable table;
    table.theta.resize(genes);
    table.inverse.resize(genes);
    fill_theta(input.log_theta, genes, table.theta.data(), table.inverse.data());
    table.gamma = GammaTable(table.theta);
    const bool zero_per_gene = input.zero_logit && input.zero_stride == 0;
    std::vector<Block> partial(blocks);
    at::parallel_for(0, blocks, 1, [&](std::int64_t begin, std::int64_t end) {
        Rows rows(input, gradient, table);
        for (std::int64_t b = begin; b < end; ++b) {
            partial[b].theta_gradient.assign(genes, 0.0f);
            if (zero_per_gene) partial[b].zero_gradient.assign(genes, 0.0f);
            for (std::int64_t row = b * kRows; row < std::min(input.cells, (b + 1) * kRows); ++row) rows.run(row, partial[b]);
        }
    });
    const double weight = 1.0 / static_cast<double>(input.cells);
    double log_p = 0;
    for (const Block& block : partial) log_p += block.log_p;
    if (gradient.log_theta)
        for (std::int64_t g = 0; g < genes; ++g) {
            float sum = 0;
            for (const Block& block : partial) sum += block.theta_gradient[g];
            const bool free = input.log_theta[g] >= kLowestLogTheta && input.log_theta[g] <= kHighestLogTheta;
            gradient.log_theta[g] = free ? static_cast<float>(-weight) * sum : 0.0f;
        }
    if (gradient.zero_logit && zero_per_gene)
        for (std::int64_t g = 0; g < genes; ++g) {
            float sum = 0;
            for (const Block& block : partial) sum += block.zero_gradient[g];
            gradient.zero_logit[g] = static_cast<float>(-weight) * sum;
        }
    return -weight * log_p;
}

}  // namespace lexicell
