#include "lexicell/metrics/network_scores.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "lexicell/metrics/ranking.h"

namespace lexicell {
namespace {

using Pair = std::pair<std::int64_t, std::int64_t>;

bool has_sign(double weight, NetworkOptions::Sign sign) {
    if (sign == NetworkOptions::Sign::any) return true;
    return sign == NetworkOptions::Sign::activation ? weight > 0 : weight < 0;
}

}  // namespace

NetworkScores network_scores(std::span<const Edge> predicted, std::span<const Edge> truth, const NetworkOptions& options) {
    std::set<std::int64_t> genes, regulators;
    std::set<Pair> known;
    for (const Edge& edge : truth) {
        if (edge.source == edge.target) continue;
        genes.insert({edge.source, edge.target});
        regulators.insert(edge.source);
        if (has_sign(edge.weight, options.sign)) known.emplace(edge.source, edge.target);
    }
    NetworkScores out{.true_edges = static_cast<std::int64_t>(known.size())};
    if (known.empty()) {
        out.auprc = out.auroc = out.early_precision = out.early_precision_ratio = Score::not_available("no true edge");
        return out;
    }
    const std::set<std::int64_t>& sources = options.regulators_only ? regulators : genes;
    std::map<Pair, double> strength;
    for (const Edge& edge : predicted) {
        if (edge.source == edge.target || !sources.contains(edge.source) || !genes.contains(edge.target)) continue;
        if (edge.weight == 0 || !has_sign(edge.weight, options.sign)) continue;
        double& value = strength[{edge.source, edge.target}];
        value = std::max(value, std::abs(edge.weight));
    }
    out.possible_edges = static_cast<std::int64_t>(sources.size()) * (static_cast<std::int64_t>(genes.size()) - 1);
    out.density = static_cast<double>(out.true_edges) / static_cast<double>(out.possible_edges);

    std::vector<std::int32_t> is_true;
    std::vector<double> weights, ranked;
    for (const std::int64_t source : sources)
        for (const std::int64_t target : genes) {
            if (source == target) continue;
            const auto found = strength.find({source, target});
            is_true.push_back(known.contains({source, target}));
            weights.push_back(found == strength.end() ? 0 : found->second);
        }
    out.auprc = average_precision(is_true, weights);
    out.auroc = auroc(is_true, weights);

    for (const auto& [pair, weight] : strength) ranked.push_back(weight);
    if (ranked.empty()) {
        out.early_precision = out.early_precision_ratio = 0.0;
        return out;
    }
    std::sort(ranked.begin(), ranked.end(), std::greater<>());
    const double cut = ranked[std::min(ranked.size(), known.size()) - 1];
    std::int64_t right = 0;
    for (const auto& [pair, weight] : strength)
        if (weight >= cut) ++out.selected_edges, right += known.contains(pair);
    out.early_precision = static_cast<double>(right) / static_cast<double>(out.selected_edges);
    out.early_precision_ratio = out.early_precision.value / out.density;
    return out;
}

Score edge_stability(std::span<const Edge> first, std::span<const Edge> second, std::int64_t top) {
    const auto strongest = [&](std::span<const Edge> edges) {
        std::vector<std::tuple<double, std::int64_t, std::int64_t>> order;
        for (const Edge& edge : edges)
            if (edge.weight != 0) order.emplace_back(-std::abs(edge.weight), edge.source, edge.target);
        std::sort(order.begin(), order.end());
        std::set<Pair> out;
        for (const auto& [weight, source, target] : order)
            if (static_cast<std::int64_t>(out.size()) < top) out.emplace(source, target);
        return out;
    };
    const std::set<Pair> a = strongest(first), b = strongest(second);
    std::vector<Pair> both;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
    const std::size_t all = a.size() + b.size() - both.size();
    if (all == 0) return Score::not_available("no edge in either run");
    return static_cast<double>(both.size()) / static_cast<double>(all);
}

Score jaccard_index(std::vector<std::int64_t> first, std::vector<std::int64_t> second) {
    for (std::vector<std::int64_t>* set : {&first, &second}) {
        std::sort(set->begin(), set->end());
        set->erase(std::unique(set->begin(), set->end()), set->end());
    }
    std::vector<std::int64_t> both;
    std::set_intersection(first.begin(), first.end(), second.begin(), second.end(), std::back_inserter(both));
    const std::size_t all = first.size() + second.size() - both.size();
    if (all == 0) return Score::not_available("two empty sets");
    return static_cast<double>(both.size()) / static_cast<double>(all);
}

}  // namespace lexicell
