#include "lexicell/tasks/rank_genes_groups.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "lexicell/base/error.h"
#include "lexicell/base/parallel.h"
#include "lexicell/metrics/benjamini_hochberg.h"
#include "lexicell/metrics/distributions.h"
#include "lexicell/tasks/group_moments.h"

namespace lexicell {
namespace {

constexpr std::int64_t grain = 64;                  // genes of one block
constexpr float largest_log_value = 30;             // log1p of a count cannot be larger in practice

struct Sample {
    float value;
    std::int32_t group;
};

// Rank sums of a gene among the cells of two groups, or among all cells.
struct RankSums {
    std::vector<double> sums;  // a group
    double ties = 0;           // sum of t^3 - t over runs of t equal values
    double cells = 0;
};

// `sorted` holds the nonzero values, ascending; the zeros of group g are what is missing to sizes[g]. Groups with
// `used` false are left out. Ranks start at 1, equal values share their mean rank.
RankSums rank_sums(const std::vector<Sample>& sorted, std::span<const std::int64_t> sizes, const std::vector<char>& used) {
    RankSums out{.sums = std::vector<double>(sizes.size())};
    std::vector<double> zeros(sizes.begin(), sizes.end());
    for (std::size_t g = 0; g < sizes.size(); ++g)
        if (!used[g]) zeros[g] = 0;
    for (const Sample& sample : sorted)
        if (used[sample.group]) --zeros[sample.group];
    const double zero_run = std::accumulate(zeros.begin(), zeros.end(), 0.0);
    const auto run = [&](double length) {  // returns the mean rank of the next `length` values
        const double rank = out.cells + (length + 1) / 2;
        out.cells += length;
        out.ties += length * length * length - length;
        return rank;
    };
    bool zeros_done = false;
    const auto place_zeros = [&] {
        zeros_done = true;
        const double rank = run(zero_run);
        for (std::size_t g = 0; g < sizes.size(); ++g) out.sums[g] += zeros[g] * rank;
    };
    for (std::size_t begin = 0; begin < sorted.size();) {
        if (!zeros_done && sorted[begin].value > 0) place_zeros();
        std::size_t end = begin;
        double length = 0;
        for (; end < sorted.size() && sorted[end].value == sorted[begin].value; ++end) length += used[sorted[end].group];
        const double rank = run(length);
        for (; begin < end; ++begin)
            if (used[sorted[begin].group]) out.sums[sorted[begin].group] += rank;
    }
    if (!zeros_done) place_zeros();
    return out;
}

struct Statistic {
    double score = 0, p = 1;
};

Statistic rank_sum_statistic(const RankSums& ranks, std::int32_t group, double size, bool tie_correct) {
    const double others = ranks.cells - size, cubic = ranks.cells * ranks.cells * ranks.cells - ranks.cells;
    const double ties = tie_correct && cubic > 0 ? 1 - ranks.ties / cubic : 1;
    const double deviation = std::sqrt(ties * size * others * (ranks.cells + 1) / 12);
    const double score = (ranks.sums[group] - size * (ranks.cells + 1) / 2) / deviation;
    if (std::isnan(score)) return {};
    return {.score = score, .p = 2 * normal_upper_tail(std::abs(score))};
}

Statistic welch_statistic(const Moments& group, const Moments& rest, RankTest test) {
    const auto n = static_cast<double>(group.cells);
    const double m = test == RankTest::t_overestim_var ? n : static_cast<double>(rest.cells);
    const double a = group.variance() / n, b = rest.variance() / m;
    const double t = (group.mean - rest.mean) / std::sqrt(a + b);
    if (std::isnan(t)) return {};
    const double degrees = (a + b) * (a + b) / (a * a / (n - 1) + b * b / (m - 1));
    return {.score = t, .p = 2 * student_t_upper_tail(std::abs(t), std::isnan(degrees) ? 1 : degrees)};
}

// Labelled cells in the numbering of the tested groups.
struct Groups {
    std::vector<std::int32_t> of_cell;  // N, -1 = takes no part
    std::vector<std::int64_t> sizes;
    std::vector<std::int32_t> tested;
    std::int32_t reference = -1;        // -1 = the rest
};

[[noreturn]] void refuse(std::string type, std::string message, std::string found, std::string hint = "") {
    throw Error(ErrorKind::precondition, {.type = std::move(type), .message = std::move(message), .found = std::move(found),
                                          .hint = std::move(hint)});
}

Groups choose_groups(const Categorical& labels, const RankGenesOptions& options, Sink& sink) {
    Groups groups{.of_cell = labels.codes, .sizes = std::vector<std::int64_t>(labels.categories.size())};
    for (const std::int32_t code : labels.codes)
        if (code >= 0) ++groups.sizes[code];
    const auto position = [&](const std::string& name) {
        const auto found = std::find(labels.categories.begin(), labels.categories.end(), name);
        if (found == labels.categories.end()) refuse("unknown-group", "no cell has this label", name);
        return static_cast<std::int32_t>(found - labels.categories.begin());
    };
    if (options.reference) {
        groups.reference = position(*options.reference);
        if (groups.sizes[groups.reference] < 2)
            refuse("group-too-small", "the reference group needs at least two cells", *options.reference);
    }
    std::vector<char> wanted(labels.categories.size(), options.groups.empty());
    for (const std::string& name : options.groups) wanted[position(name)] = 1;
    const std::int64_t labelled = std::accumulate(groups.sizes.begin(), groups.sizes.end(), std::int64_t{0});
    for (std::int32_t g = 0; g < static_cast<std::int32_t>(groups.sizes.size()); ++g) {
        if (!wanted[g] || g == groups.reference || groups.sizes[g] == 0) continue;
        const std::int64_t others = groups.reference >= 0 ? groups.sizes[groups.reference] : labelled - groups.sizes[g];
        if (groups.sizes[g] < 2) sink.warn({"group-too-small", static_cast<std::uint64_t>(groups.sizes[g]), fmt::format("group {} has fewer than two cells", labels.categories[g])});
        else if (others >= 2) groups.tested.push_back(g);
    }
    if (groups.tested.empty()) refuse("too-few-groups", "nothing to compare", std::to_string(labelled) + " labelled cells in one group",
                                      "choose a column with at least two groups of two cells");
    return groups;
}

void check_values(const CsrMatrix& expression, Sink& sink) {
    bool negative = false, whole = true;
    float largest = 0;
    for (const float value : expression.values) {
        if (!std::isfinite(value)) refuse("non-finite-expression", "expression holds a value that is not finite", std::to_string(value));
        negative |= value < 0;
        whole &= value == std::floor(value);
        largest = std::max(largest, value);
    }
    if (negative || largest > largest_log_value || (whole && largest > 1))
        sink.warn({"not-log-values", 1, negative ? "negative values: fold changes need log1p values, not z-scores"
                                                 : "these look like counts: fold changes need log1p values"});
}

// Every statistic of every group and gene, groups x genes.
struct Table {
    std::vector<std::vector<Statistic>> statistics;
    std::vector<std::vector<float>> logfoldchanges, share, share_rest;
};

Table compute(const CsrMatrix& by_gene, const Groups& groups, const RankGenesOptions& options, Sink& sink) {
    const std::int64_t genes = by_gene.rows;
    const std::size_t tested = groups.tested.size();
    Table table{.statistics = std::vector(tested, std::vector<Statistic>(genes)),
                .logfoldchanges = std::vector(tested, std::vector<float>(genes)),
                .share = std::vector(tested, std::vector<float>(genes)),
                .share_rest = std::vector(tested, std::vector<float>(genes))};
    std::mutex asking;  // a sink belongs to one thread at a time
    parallel_for(genes, grain, options.threads, [&](std::int64_t begin, std::int64_t end) {
        if (const std::lock_guard lock(asking); sink.stop_requested())
            throw Error(ErrorKind::interrupted, {.type = "interrupted", .message = "markers were stopped on request"});
        std::vector<Sample> sorted;
        std::vector<float> values;
        std::vector<std::int32_t> owners;
        for (std::int64_t gene = begin; gene < end; ++gene) {
            sorted.clear();
            const auto cells = by_gene.row_indices(gene);
            const auto entries = by_gene.row_values(gene);
            for (std::size_t e = 0; e < cells.size(); ++e)
                if (entries[e] != 0 && groups.of_cell[cells[e]] >= 0) sorted.push_back({entries[e], groups.of_cell[cells[e]]});
            values.clear(), owners.clear();
            for (const Sample& sample : sorted) values.push_back(sample.value), owners.push_back(sample.group);
            const std::vector<Moments> moments = group_moments(values, owners, groups.sizes);

            RankSums all;
            if (options.test == RankTest::wilcoxon) {
                std::sort(sorted.begin(), sorted.end(), [](const Sample& a, const Sample& b) { return a.value < b.value; });
                if (groups.reference < 0) all = rank_sums(sorted, groups.sizes, std::vector<char>(groups.sizes.size(), 1));
            }
            for (std::size_t t = 0; t < tested; ++t) {
                const std::int32_t group = groups.tested[t];
                Moments rest;
                for (std::int32_t g = 0; g < static_cast<std::int32_t>(moments.size()); ++g)
                    if (groups.reference >= 0 ? g == groups.reference : g != group) rest = pooled(rest, moments[g]);
                const auto size = static_cast<double>(moments[group].cells);
                if (options.test != RankTest::wilcoxon) {
                    table.statistics[t][gene] = welch_statistic(moments[group], rest, options.test);
                } else if (groups.reference < 0) {
                    table.statistics[t][gene] = rank_sum_statistic(all, group, size, options.tie_correct);
                } else {
                    std::vector<char> pair(groups.sizes.size(), 0);
                    pair[group] = pair[groups.reference] = 1;
                    table.statistics[t][gene] = rank_sum_statistic(rank_sums(sorted, groups.sizes, pair), group, size, options.tie_correct);
                }
                table.logfoldchanges[t][gene] = static_cast<float>(
                    std::log2((std::expm1(moments[group].mean) + 1e-9) / (std::expm1(rest.mean) + 1e-9)));
                table.share[t][gene] = static_cast<float>(static_cast<double>(moments[group].expressing) / size);
                table.share_rest[t][gene] = static_cast<float>(static_cast<double>(rest.expressing) / static_cast<double>(rest.cells));
            }
        }
    });
    return table;
}

}  // namespace

RankTest rank_test(std::string_view name) {
    if (name == "wilcoxon") return RankTest::wilcoxon;
    if (name == "t-test") return RankTest::t;
    if (name == "t-test_overestim_var") return RankTest::t_overestim_var;
    throw Error(ErrorKind::usage, {.type = "unknown-test", .message = "no such test", .key = "test", .found = std::string(name),
                                   .expected = "wilcoxon, t-test or t-test_overestim_var"});
}

RankGenesResult rank_genes_groups(const Matrix& expression, const Categorical& labels, const RankGenesOptions& options, Sink& sink) {
    LEXICELL_ASSERT(rows_of(expression) == static_cast<std::int64_t>(labels.codes.size()), "one label a cell");
    const Groups groups = choose_groups(labels, options, sink);
    const CsrMatrix by_cell = to_csr(expression);
    check_values(by_cell, sink);
    const CsrMatrix by_gene = transpose(by_cell);
    Table table = compute(by_gene, groups, options, sink);

    RankGenesResult result{.test = options.test, .tie_correct = options.tie_correct, .reference = options.reference};
    for (std::size_t t = 0; t < groups.tested.size(); ++t) {
        const std::vector<Statistic>& statistics = table.statistics[t];
        std::vector<double> p;
        for (const Statistic& s : statistics) p.push_back(s.p);
        const std::vector<double> q = benjamini_hochberg(p);
        std::vector<std::int64_t> order(statistics.size());
        std::iota(order.begin(), order.end(), 0);
        std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) { return statistics[a].score > statistics[b].score; });
        if (options.top) order.resize(std::min(order.size(), static_cast<std::size_t>(std::max<std::int64_t>(0, *options.top))));
        RankedGroup ranked{.group = labels.categories[groups.tested[t]], .cells = groups.sizes[groups.tested[t]],
                           .share = std::move(table.share[t]), .share_rest = std::move(table.share_rest[t])};
        for (const std::int64_t gene : order) {
            ranked.genes.push_back(gene);
            ranked.scores.push_back(static_cast<float>(statistics[gene].score));
            ranked.logfoldchanges.push_back(table.logfoldchanges[t][gene]);
            ranked.pvals.push_back(p[gene]);
            ranked.pvals_adj.push_back(q[gene]);
        }
        result.groups.push_back(std::move(ranked));
    }
    return result;
}

void lay_into(Dataset& dataset, const RankGenesResult& result, const std::string& groupby, const std::string& key) {
    RecordArray names, scores, logfoldchanges, pvals, pvals_adj;
    for (const RankedGroup& group : result.groups) {
        std::vector<std::string> text;
        for (const std::int64_t gene : group.genes) text.push_back(dataset.var.index.at(static_cast<std::size_t>(gene)));
        names.fields.emplace_back(group.group, std::move(text));
        scores.fields.emplace_back(group.group, group.scores);
        logfoldchanges.fields.emplace_back(group.group, group.logfoldchanges);
        pvals.fields.emplace_back(group.group, group.pvals);
        pvals_adj.fields.emplace_back(group.group, group.pvals_adj);
    }
    const std::string method = result.test == RankTest::wilcoxon ? "wilcoxon" : result.test == RankTest::t ? "t-test" : "t-test_overestim_var";
    Dict params = {{"groupby", {groupby}}, {"method", {method}}, {"reference", {result.reference.value_or("rest")}},
                   {"use_raw", {false}}, {"corr_method", {std::string("benjamini-hochberg")}}};
    if (result.test == RankTest::wilcoxon) params["tie_correct"] = {result.tie_correct};
    dataset.uns[key] = {Dict{{"params", {std::move(params)}}, {"names", {std::move(names)}}, {"scores", {std::move(scores)}},
                             {"logfoldchanges", {std::move(logfoldchanges)}}, {"pvals", {std::move(pvals)}},
                             {"pvals_adj", {std::move(pvals_adj)}}}};
}

}  // namespace lexicell
