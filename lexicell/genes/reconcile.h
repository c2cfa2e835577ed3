#pragma once
// Which gene each row of var is: column, species, resolved names, and what was lost (formats.md 6; users.md N21).

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lexicell/data/frame.h"
#include "lexicell/data/value.h"
#include "lexicell/genes/gene_name.h"
#include "lexicell/genes/gene_reference.h"

namespace lexicell {

struct ReconcileOptions {
    std::optional<std::string> column;  // where the gene names stand; "index" = var_names; absent: the best column is taken
    std::optional<Species> species;     // of the file; absent: inferred and said
    std::optional<Species> target;      // of the table the genes are joined with; absent: that of the file
    bool orthologs = true;              // carry genes over to `target` by one-to-one orthologs when the species differ
    bool fold_case = false;             // ignore case of symbols; on by itself only for mouse written in capitals
};

struct ColumnShare {
    std::string column;    // "index" or a column of var
    double share = 0;      // of its values that name a gene
    std::string rejected;  // why it cannot be an id source; "" when it can
};

struct AmbiguousName {
    std::string name;
    std::vector<std::string> symbols;  // what it may mean; empty for date-like names
};

struct Reconciliation {
    std::string column;                     // "index" or a column of var
    std::vector<ColumnShare> shares;        // every column considered, best first
    Species species = Species::human;       // of the file
    std::string species_reason;             // e.g. "3497 names are mouse symbols in capitals"
    bool folded = false;                    // case was ignored
    Species target = Species::human;
    std::vector<std::string> names;         // G, without genome prefix
    std::vector<GeneMatch> matches;         // G, rows of catalog.of(species)
    std::vector<std::int32_t> targets;      // G, rows of catalog.of(target); -1 = none; equals matches when species agree
    std::array<std::int64_t, gene_steps> counts{};  // genes a step
    std::int64_t prefixed = 0;              // names that carried a genome prefix
    std::int64_t without_ortholog = 0;      // matched, but with no one-to-one counterpart in `target`
    std::int64_t merged = 0;                // rows beyond the first of their target gene
    std::vector<AmbiguousName> ambiguous;   // in var order

    std::int64_t genes() const { return static_cast<std::int64_t>(matches.size()); }
    std::int64_t count(GeneStep step) const { return counts[static_cast<std::size_t>(step)]; }
    std::int64_t resolved() const;          // genes with a target
};

// Error(usage) when options.column does not exist; Error(precondition) when no column can name genes at all (all rejected).
// Few or no matches are no error here: callers apply their own bar (formats.md 6, rule 10).
Reconciliation reconcile(const Frame& var, const GeneCatalog& catalog, const ReconcileOptions& options = {});

// Approved target symbols, "" where unresolved: G.
std::vector<std::string> approved_symbols(const Reconciliation& genes, const GeneCatalog& catalog);

// "1 843 of 20 000 genes dropped, 37 ambiguous" with column and species, and the same as data for uns.
std::string summary(const Reconciliation& genes);
Dict report(const Reconciliation& genes);

}  // namespace lexicell
