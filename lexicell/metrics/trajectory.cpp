#include "lexicell/metrics/trajectory.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

#include "lexicell/base/error.h"
#include "lexicell/metrics/correlation.h"
#include "lexicell/metrics/diffusion_map.h"
#include "lexicell/metrics/strong_components.h"

namespace lexicell {
namespace {

constexpr int voting_components = 3;

std::int32_t start_label(std::span<const std::int32_t> labels, std::span<const double> pseudotime) {
    std::map<std::int32_t, std::pair<double, double>> sums;
    for (std::size_t i = 0; i < labels.size(); ++i)
        if (labels[i] >= 0) sums[labels[i]].first += pseudotime[i], sums[labels[i]].second += 1;
    std::int32_t start = -1;
    double smallest = std::numeric_limits<double>::infinity();
    for (const auto& [label, sum] : sums)
        if (sum.first / sum.second < smallest) smallest = sum.first / sum.second, start = label;
    return start;
}

}  // namespace

std::vector<double> diffusion_pseudotime(const CsrMatrix& connectivities, std::int64_t root, std::int64_t components) {
    const DiffusionMap map = diffusion_map(connectivities, components);
    const StrongComponents parts = strong_components(connectivities);
    std::vector<double> time(static_cast<std::size_t>(connectivities.rows), std::numeric_limits<double>::infinity());
    double largest = 0;
    for (std::int64_t i = 0; i < connectivities.rows; ++i) {
        if (parts.component[i] != parts.component[root]) continue;
        double square = 0;
        for (std::size_t c = 0; c < map.eigenvalues.size(); ++c) {
            const double value = map.eigenvalues[c], weight = value >= 0.9994 ? 1 : value / (1 - value);
            const double step = weight * (map.vectors[c][i] - map.vectors[c][root]);
            square += step * step;
        }
        time[i] = std::sqrt(square);
        largest = std::max(largest, time[i]);
    }
    if (largest > 0)
        for (double& value : time) value /= largest;
    return time;
}

TrajectoryConservation trajectory_conservation(const CsrMatrix& connectivities, std::span<const std::int32_t> labels,
                                               std::span<const double> reference_pseudotime) {
    LEXICELL_ASSERT(labels.size() == reference_pseudotime.size() && connectivities.rows == static_cast<std::int64_t>(labels.size()), "the same cells");
    std::vector<std::int64_t> known;
    for (std::size_t i = 0; i < labels.size(); ++i)
        if (std::isfinite(reference_pseudotime[i])) known.push_back(static_cast<std::int64_t>(i));
    TrajectoryConservation out;
    if (known.size() < 2) {
        out.score = out.rho = Score::not_available("fewer than two cells have a reference pseudotime");
        return out;
    }
    std::vector<double> reference;
    std::vector<std::int32_t> of_known;
    for (const std::int64_t cell : known) reference.push_back(reference_pseudotime[cell]), of_known.push_back(labels[cell]);
    const CsrMatrix graph = take_cols(take_rows(connectivities, known), known);
    const StrongComponents parts = strong_components(graph);
    const auto largest = static_cast<std::int32_t>(std::max_element(parts.sizes.begin(), parts.sizes.end()) - parts.sizes.begin());
    std::vector<std::int64_t> inside, candidates;
    const std::int32_t start = start_label(of_known, reference);
    for (std::int64_t i = 0; i < graph.rows; ++i) {
        if (parts.component[i] != largest) continue;
        if (of_known[i] == start) candidates.push_back(static_cast<std::int64_t>(inside.size()));
        inside.push_back(i);
    }
    out.outside = graph.rows - static_cast<std::int64_t>(inside.size());
    if (candidates.empty()) {
        out.quirk = "no cell of the start label lies in the largest component";
        out.score = 0.0;
        out.rho = Score::not_available(out.quirk);
        return out;
    }

    const CsrMatrix part = take_cols(take_rows(graph, inside), inside);
    const DiffusionMap map = diffusion_map(part, voting_components + 1);  // the first one is the stationary state
    std::map<std::int64_t, int> votes;
    for (std::size_t c = 1; c < map.vectors.size(); ++c) {
        double mean = 0;
        for (const double value : map.vectors[c]) mean += value / static_cast<double>(part.rows);
        const auto farther = [&](std::int64_t a, std::int64_t b) { return std::abs(map.vectors[c][a] - mean) < std::abs(map.vectors[c][b] - mean); };
        ++votes[*std::max_element(candidates.begin(), candidates.end(), farther)];
    }
    if (votes.empty()) votes[candidates.front()] = 1;  // a component too small for a second eigenvector
    const auto chosen = std::min_element(votes.begin(), votes.end(), [&](const auto& a, const auto& b) {
        return std::tuple(-a.second, reference[inside[a.first]], a.first) < std::tuple(-b.second, reference[inside[b.first]], b.first);
    });
    const std::vector<double> time = diffusion_pseudotime(part, chosen->first);
    std::vector<double> found(reference.size());
    for (std::size_t i = 0; i < inside.size(); ++i) found[inside[i]] = time[i];
    out.root = known[inside[chosen->first]];
    out.rho = spearman(found, reference).coefficient;
    out.score = out.rho;
    out.score.value = (out.rho.value + 1) / 2;
    return out;
}

}  // namespace lexicell
