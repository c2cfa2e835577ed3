#include "lexicell/metrics/logistic_regression.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <set>

#include <lbfgs.h>

#include "lexicell/base/error.h"
#include "lexicell/base/parallel.h"

namespace lexicell {

namespace {

using Form = LogisticWeights::Form;
using Penalty = LogisticOptions::Penalty;

constexpr double kCap = 10;  // of z-scores, as CellTypist clips them
constexpr std::int64_t kCellGrain = 256, kGeneGrain = 64;

// Values of genes as the problem sees them, (x - mean) / sd, without ever leaving the sparse form.
struct Design {
    CsrMatrix cells, genes;            // N x G and its transpose
    std::vector<double> mean, inverse_sd;
    std::vector<float> cap;
};

Design standardised(CsrMatrix x) {
    Design design;
    const auto n = static_cast<double>(x.rows);
    design.mean.assign(x.cols, 0);
    design.inverse_sd.assign(x.cols, 1);
    std::vector<double> squares(x.cols);
    for (std::size_t k = 0; k < x.values.size(); ++k) {
        design.mean[x.indices[k]] += x.values[k] / n;
        squares[x.indices[k]] += static_cast<double>(x.values[k]) * x.values[k] / n;
    }
    for (std::int64_t g = 0; g < x.cols; ++g) {
        const double variance = squares[g] - design.mean[g] * design.mean[g];
        const double sd = variance > 1e-12 * squares[g] ? std::sqrt(variance) : 1;
        design.inverse_sd[g] = 1 / sd;
        design.cap.push_back(static_cast<float>(design.mean[g] + kCap * sd));
    }
    for (std::size_t k = 0; k < x.values.size(); ++k) x.values[k] = std::min(x.values[k], design.cap[x.indices[k]]);
    design.cells = std::move(x);
    return design;
}

Design make_design(const CsrMatrix& x, std::span<const std::int64_t> rows, bool standardise) {
    Design design;
    if (standardise) design = standardised(take_rows(x, rows));
    else {
        design.cells = take_rows(x, rows);
        design.mean.assign(x.cols, 0);
        design.inverse_sd.assign(x.cols, 1);
    }
    design.genes = transpose(design.cells);
    return design;
}

// Mean loss over cells and penalty / (C N), and their gradient, for K scores a cell: K = 1 is a sigmoid, more a softmax.
// Parameters: K x G weights of the standardised genes, then K intercepts.
class Problem {
public:
    Problem(const Design& design, std::vector<std::int32_t> target, std::int64_t scores, const LogisticOptions& options, int threads, Sink& sink)
        : design_(design), target_(std::move(target)), scores_(scores), threads_(threads), l2_(options.penalty == Penalty::l2 ? 1 / weight_of(options) : 0),
          sink_(sink), residual_(design.cells.rows * scores), folded_(design.cells.cols * scores) {}

    double weight_of(const LogisticOptions& options) const { return options.inverse_strength * static_cast<double>(design_.cells.rows); }
    std::int64_t genes() const { return design_.cells.cols; }
    std::int64_t size() const { return (genes() + 1) * scores_; }

    double evaluate(const double* w, double* gradient) {
        const std::int64_t n = design_.cells.rows, g = genes(), k = scores_;
        std::vector<double> offset(k);
        for (std::int64_t c = 0; c < k; ++c) {
            offset[c] = w[k * g + c];
            for (std::int64_t j = 0; j < g; ++j) {
                folded_[j * k + c] = w[c * g + j] * design_.inverse_sd[j];
                offset[c] -= folded_[j * k + c] * design_.mean[j];
            }
        }
        std::vector<double> block_loss((n + kCellGrain - 1) / kCellGrain);
        parallel_for(n, kCellGrain, threads_, [&](std::int64_t begin, std::int64_t end) {
            double& loss = block_loss[begin / kCellGrain];
            for (std::int64_t i = begin; i < end; ++i) {
                double* r = residual_.data() + i * k;
                std::ranges::copy(offset, r);
                const auto columns = design_.cells.row_indices(i);
                const auto values = design_.cells.row_values(i);
                for (std::size_t e = 0; e < columns.size(); ++e) {
                    const double x = values[e];
                    const double* v = folded_.data() + static_cast<std::int64_t>(columns[e]) * k;
                    for (std::int64_t c = 0; c < k; ++c) r[c] += x * v[c];
                }
                loss += to_residual(r, target_[i]);
            }
        });
        std::vector<double> sum(k);
        for (std::int64_t i = 0; i < n; ++i)
            for (std::int64_t c = 0; c < k; ++c) sum[c] += residual_[i * k + c];
        const double share = 1 / static_cast<double>(n);
        parallel_for(g, kGeneGrain, threads_, [&](std::int64_t begin, std::int64_t end) {
            std::vector<double> towards(k);
            for (std::int64_t j = begin; j < end; ++j) {
                std::ranges::fill(towards, 0.0);
                const auto cells = design_.genes.row_indices(j);
                const auto values = design_.genes.row_values(j);
                for (std::size_t e = 0; e < cells.size(); ++e) {
                    const double x = values[e];
                    const double* r = residual_.data() + static_cast<std::int64_t>(cells[e]) * k;
                    for (std::int64_t c = 0; c < k; ++c) towards[c] += x * r[c];
                }
                for (std::int64_t c = 0; c < k; ++c)
                    gradient[c * g + j] = share * design_.inverse_sd[j] * (towards[c] - design_.mean[j] * sum[c]) + l2_ * w[c * g + j];
            }
        });
        for (std::int64_t c = 0; c < k; ++c) gradient[k * g + c] = share * sum[c];
        double penalty = 0;
        if (l2_ > 0)
            for (std::int64_t p = 0; p < k * g; ++p) penalty += w[p] * w[p];
        return share * std::accumulate(block_loss.begin(), block_loss.end(), 0.0) + 0.5 * l2_ * penalty;
    }

    bool stop_requested() const { return sink_.stop_requested(); }

private:
    // Scores become probabilities minus the truth; returns the cell's loss.
    double to_residual(double* r, std::int32_t target) const {
        if (scores_ == 1) {
            const double z = r[0], y = target;
            r[0] = 1 / (1 + std::exp(-z)) - y;
            return std::max(z, 0.0) - z * y + std::log1p(std::exp(-std::abs(z)));
        }
        const double top = *std::max_element(r, r + scores_), own = r[target];
        double total = 0;
        for (std::int64_t c = 0; c < scores_; ++c) total += r[c] = std::exp(r[c] - top);
        for (std::int64_t c = 0; c < scores_; ++c) r[c] /= total;
        r[target] -= 1;
        return std::log(total) + top - own;
    }

    const Design& design_;
    std::vector<std::int32_t> target_;
    std::int64_t scores_;
    int threads_;
    double l2_;
    Sink& sink_;
    std::vector<double> residual_;  // N x K
    std::vector<double> folded_;    // G x K
};

struct Solution {
    std::vector<double> w;
    bool converged = false;
    int iterations = 0;
};

Solution minimise(Problem& problem, std::vector<double> start, const LogisticOptions& options) {
    const auto n = static_cast<int>(problem.size());
    const std::unique_ptr<lbfgsfloatval_t, decltype(&lbfgs_free)> w(lbfgs_malloc(n), &lbfgs_free);
    if (!w) throw std::bad_alloc();
    std::ranges::copy(start, w.get());
    lbfgs_parameter_t parameters;
    lbfgs_parameter_init(&parameters);
    parameters.m = 10;
    parameters.epsilon = options.tolerance;
    parameters.max_iterations = options.max_iterations;
    if (options.penalty == Penalty::l1) {
        parameters.linesearch = LBFGS_LINESEARCH_BACKTRACKING;
        parameters.orthantwise_c = 1 / problem.weight_of(options);
        parameters.orthantwise_start = 0;
        parameters.orthantwise_end = static_cast<int>(problem.size() / (problem.genes() + 1) * problem.genes());
    }
    struct State {
        Problem& problem;
        int iterations = 0;
    } state{problem};
    const auto evaluate = [](void* instance, const lbfgsfloatval_t* x, lbfgsfloatval_t* gradient, int, lbfgsfloatval_t) -> lbfgsfloatval_t {
        return static_cast<State*>(instance)->problem.evaluate(x, gradient);
    };
    const auto watch = [](void* instance, const lbfgsfloatval_t*, const lbfgsfloatval_t*, lbfgsfloatval_t, lbfgsfloatval_t, lbfgsfloatval_t, lbfgsfloatval_t, int,
                          int iteration, int) -> int {
        auto& now = *static_cast<State*>(instance);
        now.iterations = iteration;
        return now.problem.stop_requested();
    };
    const int ended = lbfgs(n, w.get(), nullptr, evaluate, watch, &state, &parameters);
    if (problem.stop_requested())
        throw Error(ErrorKind::interrupted, {.type = "interrupted", .message = "logistic regression was stopped on request"});
    // A line search that finds no better point has reached the precision of the loss.
    const bool converged = ended == LBFGS_SUCCESS || ended == LBFGS_ALREADY_MINIMIZED || ended == LBFGSERR_ROUNDING_ERROR || ended == LBFGSERR_MINIMUMSTEP ||
                           ended == LBFGSERR_MAXIMUMLINESEARCH;
    return {.w = std::vector<double>(w.get(), w.get() + n), .converged = converged, .iterations = state.iterations};
}

// Weights of standardised genes from those of plain values, for a warm start, and back.
std::vector<double> to_standardised(const LogisticWeights& model, std::span<const std::int64_t> rows, const Design& design) {
    std::vector<double> w;
    for (const std::int64_t c : rows)
        for (std::int64_t j = 0; j < design.cells.cols; ++j) w.push_back(model.weights(c, j) / design.inverse_sd[j]);
    for (const std::int64_t c : rows) {
        double intercept = model.intercept[c];
        for (std::int64_t j = 0; j < design.cells.cols; ++j) intercept += static_cast<double>(model.weights(c, j)) * design.mean[j];
        w.push_back(intercept);
    }
    return w;
}

void to_plain(const std::vector<double>& w, std::int64_t score, std::int64_t scores, const Design& design, double sign, std::int64_t row, LogisticWeights& out) {
    const std::int64_t g = design.cells.cols;
    double intercept = w[scores * g + score];
    for (std::int64_t j = 0; j < g; ++j) {
        const double plain = w[score * g + j] * design.inverse_sd[j];
        intercept -= plain * design.mean[j];
        out.weights(row, j) = static_cast<float>(sign * plain);
    }
    out.intercept[row] = sign * intercept;
}

}  // namespace

LogisticResult logistic_regression(const CsrMatrix& x, std::span<const std::int32_t> labels, std::int32_t classes, const LogisticOptions& options, Sink& sink) {
    LEXICELL_ASSERT(labels.size() == static_cast<std::size_t>(x.rows), "one label a cell");
    std::vector<std::int64_t> rows;
    std::vector<std::int32_t> target;
    for (std::int64_t i = 0; i < x.rows; ++i)
        if (labels[i] >= 0) {
            LEXICELL_ASSERT(labels[i] < classes, "labels are below the number of classes");
            rows.push_back(i);
            target.push_back(labels[i]);
        }
    if (std::set<std::int32_t>(target.begin(), target.end()).size() < 2)
        throw Error(ErrorKind::precondition, {.type = "one-class", .message = "logistic regression needs cells of at least two classes"});
    const Design design = make_design(x, rows, options.standardise);
    const bool binary = classes == 2;
    LogisticResult result{.model = {.form = options.form, .weights = DenseMatrix(classes, x.cols), .intercept = std::vector<double>(classes), .cap = design.cap}};
    const auto note = [&](const Solution& solution) {
        result.converged = result.converged && solution.converged;
        result.iterations = std::max(result.iterations, solution.iterations);
    };
    const auto start_of = [&](std::vector<std::int64_t> of) {
        const auto scores = static_cast<std::int64_t>(of.size());
        return options.start ? to_standardised(*options.start, of, design) : std::vector<double>(scores * (x.cols + 1));
    };
    if (options.form == Form::multinomial && !binary) {
        std::vector<std::int64_t> all(classes);
        std::iota(all.begin(), all.end(), 0);
        Problem problem(design, target, classes, options, options.threads, sink);
        const Solution solution = minimise(problem, start_of(all), options);
        note(solution);
        for (std::int64_t c = 0; c < classes; ++c) to_plain(solution.w, c, classes, design, 1, c, result.model);
        return result;
    }
    // Two classes share one score: the second's, with the first as its mirror image.
    const std::int64_t first = binary ? 1 : 0;
    std::vector<Solution> solutions(classes);
    parallel_for(classes - first, 1, options.threads, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t c = begin + first; c < end + first; ++c) {
            std::vector<std::int32_t> own;
            for (const std::int32_t t : target) own.push_back(t == c);
            Problem problem(design, std::move(own), 1, options, 1, sink);
            solutions[c] = minimise(problem, start_of({c}), options);
        }
    });
    for (std::int64_t c = first; c < classes; ++c) {
        note(solutions[c]);
        to_plain(solutions[c].w, 0, 1, design, 1, c, result.model);
    }
    if (binary) {
        to_plain(solutions[1].w, 0, 1, design, -1, 0, result.model);
        result.model.form = Form::one_versus_rest;
    }
    return result;
}

std::vector<LogisticResult> logistic_path(const CsrMatrix& x, std::span<const std::int32_t> labels, std::int32_t classes,
                                          std::span<const double> inverse_strengths, LogisticOptions options, Sink& sink) {
    std::vector<LogisticResult> path;
    for (const double strength : inverse_strengths) {
        options.inverse_strength = strength;
        path.push_back(logistic_regression(x, labels, classes, options, sink));
        options.start = path.back().model;
    }
    return path;
}

DenseMatrix class_scores(const LogisticWeights& model, const CsrMatrix& x, int threads) {
    LEXICELL_ASSERT(x.cols == model.weights.cols, "the model's genes");
    DenseMatrix scores(x.rows, model.weights.rows);
    parallel_for(x.rows, kCellGrain, threads, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            const auto columns = x.row_indices(i);
            const auto values = x.row_values(i);
            for (std::int64_t c = 0; c < scores.cols; ++c) {
                double score = model.intercept[c];
                for (std::size_t e = 0; e < columns.size(); ++e) {
                    const float value = model.cap.empty() ? values[e] : std::min(values[e], model.cap[columns[e]]);
                    score += static_cast<double>(value) * model.weights(c, columns[e]);
                }
                scores(i, c) = static_cast<float>(score);
            }
        }
    });
    return scores;
}

DenseMatrix class_probabilities(const LogisticWeights& model, const CsrMatrix& x, int threads) {
    DenseMatrix p = class_scores(model, x, threads);
    for (std::int64_t i = 0; i < p.rows; ++i) {
        const auto row = p.row(i);
        const float top = *std::ranges::max_element(row);
        double total = 0;
        for (float& value : row) {
            value = model.form == Form::multinomial ? std::exp(value - top) : 1 / (1 + std::exp(-value));
            total += value;
        }
        for (float& value : row) value = static_cast<float>(total > 0 ? value / total : 1.0 / static_cast<double>(p.cols));
    }
    return p;
}

}  // namespace lexicell
