#include "lexicell/tasks/roll_up.h"

#include <algorithm>
#include <unordered_map>

namespace lexicell {

OntologyClasses place_classes(const Ontology& ontology, const std::vector<std::string>& classes) {
    OntologyClasses out;
    for (const std::string& name : classes) {
        out.terms.push_back(ontology.find(name));
        if (!out.terms.back()) out.unknown.push_back(name);
    }
    return out;
}

RolledUp roll_up(const DenseMatrix& probability, const OntologyClasses& classes, const Ontology& ontology, double safe) {
    std::vector<std::vector<std::int32_t>> lineage(classes.terms.size());
    std::unordered_map<std::int32_t, std::vector<std::int32_t>> below;  // term -> classes at or below it
    std::size_t placed = 0;
    for (std::size_t c = 0; c < classes.terms.size(); ++c) {
        if (!classes.terms[c]) continue;
        ++placed;
        lineage[c] = ontology.lineage(*classes.terms[c]);
        for (const std::int32_t term : lineage[c]) below[term].push_back(static_cast<std::int32_t>(c));
    }
    RolledUp out{.term = std::vector<std::int32_t>(static_cast<std::size_t>(probability.rows), -1), .probability = std::vector<double>(static_cast<std::size_t>(probability.rows))};
    for (std::int64_t i = 0; i < probability.rows; ++i) {
        const auto row = probability.row(i);
        const auto best = std::ranges::max_element(row) - row.begin();
        std::size_t fewest = placed;
        for (const std::int32_t term : lineage[best]) {
            const std::vector<std::int32_t>& covered = below.at(term);
            if (covered.size() >= fewest) continue;
            double sum = 0;
            for (const std::int32_t c : covered) sum += row[c];
            if (sum < safe) continue;
            fewest = covered.size();
            out.term[i] = term;
            out.probability[i] = sum;
        }
        out.retreated += out.term[i] >= 0 && out.term[i] != *classes.terms[best];
    }
    return out;
}

}  // namespace lexicell
