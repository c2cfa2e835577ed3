#include "lexicell/tasks/over_representation.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "lexicell/base/error.h"
#include "lexicell/metrics/benjamini_hochberg.h"
#include "lexicell/metrics/distributions.h"

namespace lexicell {

OverRepresentationResult over_representation(std::span<const std::string> genes, std::span<const std::int32_t> modules,
                                             std::span<const GeneSet> sets, const OverRepresentationOptions& options) {
    LEXICELL_ASSERT(genes.size() == modules.size(), "one module a gene");
    std::unordered_map<std::string_view, std::size_t> position;
    for (std::size_t i = 0; i < genes.size(); ++i) position.emplace(genes[i], i);

    // The sets in positions of the genes, each gene once.
    std::vector<std::vector<std::size_t>> members(sets.size());
    std::vector<char> in_universe(genes.size(), 0);
    for (std::size_t s = 0; s < sets.size(); ++s) {
        for (const std::string& gene : sets[s].genes)
            if (const auto found = position.find(gene); found != position.end()) members[s].push_back(found->second);
        std::sort(members[s].begin(), members[s].end());
        members[s].erase(std::unique(members[s].begin(), members[s].end()), members[s].end());
        for (const std::size_t i : members[s]) in_universe[i] = 1;
    }
    const std::int32_t count = modules.empty() ? 0 : std::max(0, *std::max_element(modules.begin(), modules.end()) + 1);
    std::vector<std::int64_t> module_size(static_cast<std::size_t>(count));
    OverRepresentationResult result;
    for (std::size_t i = 0; i < genes.size(); ++i) {
        if (!in_universe[i]) continue;
        ++result.universe;
        if (modules[i] >= 0) ++module_size[modules[i]];
    }

    std::vector<double> p;
    std::vector<std::vector<std::size_t>> shared(static_cast<std::size_t>(count));
    std::vector<std::pair<std::size_t, OverRepresentation>> reported;  // with the position of its p
    for (std::size_t s = 0; s < sets.size(); ++s) {
        const auto size = static_cast<std::int64_t>(members[s].size());
        if (size < options.smallest_set || size > options.largest_set) continue;
        ++result.sets;
        for (auto& list : shared) list.clear();
        for (const std::size_t i : members[s])
            if (modules[i] >= 0) shared[modules[i]].push_back(i);
        for (std::int32_t m = 0; m < count; ++m) {
            if (module_size[m] == 0) continue;
            const auto overlap = static_cast<std::int64_t>(shared[m].size());
            p.push_back(hypergeometric_upper_tail(overlap, result.universe, size, module_size[m]));
            if (overlap < options.smallest_overlap) continue;
            OverRepresentation pair{.module = m, .set = sets[s].name, .overlap = overlap, .module_size = module_size[m], .set_size = size,
                                    .fold = static_cast<double>(overlap) * static_cast<double>(result.universe) /
                                            (static_cast<double>(size) * static_cast<double>(module_size[m])),
                                    .p = p.back()};
            for (const std::size_t i : shared[m]) pair.genes.push_back(genes[i]);
            reported.emplace_back(p.size() - 1, std::move(pair));
        }
    }
    const std::vector<double> q = benjamini_hochberg(p);
    for (auto& [at, pair] : reported) {
        pair.q = q[at];
        result.pairs.push_back(std::move(pair));
    }
    std::sort(result.pairs.begin(), result.pairs.end(), [](const OverRepresentation& a, const OverRepresentation& b) {
        return std::tie(a.module, a.p, a.set) < std::tie(b.module, b.p, b.set);
    });
    return result;
}

}  // namespace lexicell
