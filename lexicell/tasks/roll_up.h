#pragma once
// A label that retreats: where no class is sure, the nearest common ancestor that is (users.md N13).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lexicell/data/matrix.h"
#include "lexicell/text/ontology.h"

namespace lexicell {

// Where a classifier's classes stand in an ontology.
struct OntologyClasses {
    std::vector<std::optional<std::int32_t>> terms;  // C; absent = no term of that name
    std::vector<std::string> unknown;                // names of these classes
};
OntologyClasses place_classes(const Ontology& ontology, const std::vector<std::string>& classes);

struct RolledUp {
    std::vector<std::int32_t> term;     // N terms of the ontology; -1 = none is safe, or the class is in no ontology
    std::vector<double> probability;    // N, of the term: the sum over the classes at or below it; 0 for none
    std::int64_t retreated = 0;         // cells whose term is not that of their most probable class
};

// probability: N x C, calibrated. Among the term of the most probable class and its ancestors, the one of fewest classes, then
// the nearest, whose probability reaches `safe`; an ancestor of every placed class says nothing and is not given.
RolledUp roll_up(const DenseMatrix& probability, const OntologyClasses& classes, const Ontology& ontology, double safe);

}  // namespace lexicell
