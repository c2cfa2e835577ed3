#include "lexicell/metrics/ontology_scores.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <map>
#include <utility>

#include "lexicell/base/error.h"

namespace lexicell {
namespace {

using Graph = std::vector<std::vector<std::int32_t>>;

// Steps from `start` to every class, -1 where there is no way.
std::vector<int> steps_from(const Graph& edges, std::int32_t start) {
    std::vector<int> steps(edges.size(), -1);
    std::deque<std::int32_t> open = {start};
    steps[start] = 0;
    for (; !open.empty(); open.pop_front())
        for (const std::int32_t to : edges[open.front()])
            if (steps[to] < 0) steps[to] = steps[open.front()] + 1, open.push_back(to);
    return steps;
}

std::vector<std::int32_t> reached(const std::vector<int>& steps) {
    std::vector<std::int32_t> out;
    for (std::size_t c = 0; c < steps.size(); ++c)
        if (steps[c] >= 0) out.push_back(static_cast<std::int32_t>(c));
    return out;
}

}  // namespace

OntologyScores ontology_scores(std::span<const std::int32_t> truth, std::span<const std::int32_t> predicted, const Graph& parents) {
    LEXICELL_ASSERT(truth.size() == predicted.size(), "one prediction a cell");
    std::map<std::pair<std::int32_t, std::int32_t>, double> pairs;  // cells by (truth, prediction)
    double cells = 0;
    for (std::size_t i = 0; i < truth.size(); ++i)
        if (truth[i] >= 0) ++pairs[{truth[i], std::max(predicted[i], -1)}], ++cells;
    OntologyScores out;
    if (cells == 0) {
        out.accuracy = out.precision = out.recall = out.f1 = out.distance = Score::not_available("no cell has a true class");
        return out;
    }
    Graph both_ways = parents;
    for (std::size_t c = 0; c < parents.size(); ++c)
        for (const std::int32_t parent : parents[c]) both_ways[parent].push_back(static_cast<std::int32_t>(c));

    double right = 0, shared = 0, of_predicted = 0, of_truth = 0, steps = 0, joined = 0;
    for (const auto& [pair, count] : pairs) {
        const std::vector<std::int32_t> above_truth = reached(steps_from(parents, pair.first));
        of_truth += count * static_cast<double>(above_truth.size());
        if (pair.second < 0) {
            out.unjoined += static_cast<std::int64_t>(count);
            continue;
        }
        const std::vector<std::int32_t> above_predicted = reached(steps_from(parents, pair.second));
        of_predicted += count * static_cast<double>(above_predicted.size());
        std::vector<std::int32_t> common;
        std::set_intersection(above_truth.begin(), above_truth.end(), above_predicted.begin(), above_predicted.end(), std::back_inserter(common));
        shared += count * static_cast<double>(common.size());
        if (std::binary_search(above_predicted.begin(), above_predicted.end(), pair.first)) right += count;
        if (const int apart = steps_from(both_ways, pair.first)[pair.second]; apart >= 0) steps += count * apart, joined += count;
        else out.unjoined += static_cast<std::int64_t>(count);
    }
    out.accuracy = right / cells;
    out.precision = of_predicted > 0 ? Score(shared / of_predicted) : Score::not_available("no cell has a prediction");
    out.recall = shared / of_truth;
    out.f1 = 2 * shared / (of_predicted + of_truth);
    out.distance = joined > 0 ? Score(steps / joined) : Score::not_available("no prediction is joined with its truth");
    return out;
}

}  // namespace lexicell
