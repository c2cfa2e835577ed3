#pragma once
// Which column of var names the genes, and of which species they are (formats.md 6, rules 1-4).

#include <optional>
#include <string>
#include <vector>

#include "lexicell/data/frame.h"
#include "lexicell/genes/reconcile.h"

namespace lexicell {

// A column of var as names, genome prefixes cut where a block of names shares them.
struct NameColumn {
    std::string column;                                  // "index" or a column of var
    std::vector<std::string> names;                      // G
    std::vector<std::optional<Species>> prefix_species;  // G, by genome prefix; empty when there are none
    std::string rejected;                                // why it cannot be an id source
};

// The index first, then every text column that is not one of the known annotations (feature_types, genome, ...).
std::vector<NameColumn> name_columns(const Frame& var);

struct SpeciesVerdict {
    Species species = Species::human;
    bool capitals = false;  // mouse symbols in capitals
    std::string reason;
};

// By genome prefix or Ensembl ids of at least half of a column, else by the share of exact symbols, else by the symbols that only one species has.
SpeciesVerdict infer_species(const std::vector<NameColumn>& columns, const GeneCatalog& catalog);

// Without a catalogue: by genome prefix or Ensembl ids of at least half of the names, else by their style (CD4 in human, Cd4 in
// mouse). Absent when the names are of neither style.
std::optional<SpeciesVerdict> species_by_style(const std::vector<std::string>& names);

}  // namespace lexicell
