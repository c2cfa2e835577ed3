#pragma once
// Protocol P of knowledge/README.md 7.2 for sets: how well a set's members find each other.

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "lexicell/data/matrix.h"
#include "lexicell/genes/gene_sets.h"
#include "lexicell/text/gene_table.h"

namespace lexicell::testing_support {

// Rows at unit length.
inline DenseMatrix unit_rows(DenseMatrix m) {
    for (std::int64_t r = 0; r < m.rows; ++r) {
        double square = 0;
        for (const float v : m.row(r)) square += static_cast<double>(v) * v;
        for (float& v : m.row(r)) v = static_cast<float>(square > 0 ? v / std::sqrt(square) : 0);
    }
    return m;
}

inline double dot(std::span<const float> a, std::span<const float> b) {
    double sum = 0;
    for (std::size_t k = 0; k < a.size(); ++k) sum += static_cast<double>(a[k]) * b[k];
    return sum;
}

// Share of (positive, negative) pairs in the right order, ties half.
inline double auc(const std::vector<double>& positive, std::vector<double> negative) {
    std::sort(negative.begin(), negative.end());
    double sum = 0;
    for (const double p : positive) {
        const auto [low, high] = std::equal_range(negative.begin(), negative.end(), p);
        sum += static_cast<double>(low - negative.begin()) + static_cast<double>(high - low) / 2;
    }
    return sum / static_cast<double>(positive.size()) / static_cast<double>(negative.size());
}

// AUC of one set: cosine of each member to the sum of the others against cosine of each other gene of `universe` to the sum of all.
inline double set_auc(const DenseMatrix& unit, const std::vector<std::int64_t>& members, const std::vector<std::int64_t>& universe) {
    std::vector<float> total(static_cast<std::size_t>(unit.cols), 0);
    for (const std::int64_t m : members)
        for (std::int64_t k = 0; k < unit.cols; ++k) total[k] += unit(m, k);
    const double norm = std::sqrt(dot(total, total));
    const std::set<std::int64_t> inside(members.begin(), members.end());
    std::vector<double> positive, negative;
    for (const std::int64_t m : members) {
        std::vector<float> others = total;
        for (std::int64_t k = 0; k < unit.cols; ++k) others[k] -= unit(m, k);
        positive.push_back(dot(unit.row(m), others) / std::max(std::sqrt(dot(others, others)), 1e-12));
    }
    for (const std::int64_t g : universe)
        if (!inside.contains(g)) negative.push_back(dot(unit.row(g), total) / std::max(norm, 1e-12));
    return auc(positive, std::move(negative));
}

struct SetScore {
    double mean = 0;
    std::int64_t sets = 0;
};

// Mean over the sets of 10 to 200 genes; only genes of such a set take part.
inline SetScore score_sets(const GeneTable& table, const std::vector<GeneSet>& sets, const GeneReference& reference) {
    std::map<std::string, std::int64_t> row_of;
    for (std::size_t i = 0; i < table.ids.size(); ++i) row_of[table.ids[i]] = static_cast<std::int64_t>(i);
    std::vector<std::vector<std::int64_t>> used;
    std::set<std::int64_t> universe;
    for (const GeneSet& set : resolve_gene_sets(sets, reference).sets) {
        std::vector<std::int64_t> rows;
        for (const std::string& gene : set.genes)
            if (const auto row = row_of.find(gene); row != row_of.end()) rows.push_back(row->second);
        if (rows.size() < 10 || rows.size() > 200) continue;
        universe.insert(rows.begin(), rows.end());
        used.push_back(std::move(rows));
    }
    const DenseMatrix unit = unit_rows(table.vectors);
    const std::vector<std::int64_t> everyone(universe.begin(), universe.end());
    SetScore score{.sets = static_cast<std::int64_t>(used.size())};
    for (const auto& members : used) score.mean += set_auc(unit, members, everyone) / static_cast<double>(used.size());
    return score;
}

}  // namespace lexicell::testing_support
