#include "lexicell/genes/reconcile.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "lexicell/base/error.h"
#include "lexicell/genes/gene_columns.h"

namespace lexicell {

namespace {

bool is_match(GeneStep step) { return step <= GeneStep::folded_symbol; }

// Rows that 10x declares to be something else than genes.
std::vector<bool> declared_features(const Frame& var) {
    std::vector<bool> other(var.index.size(), false);
    for (const char* name : {"feature_types", "feature_type"})
        if (const Column* types = var.find(name))
            for (std::int64_t row = 0; row < var.rows(); ++row) {
                const std::string type = types->text(row);
                other[row] = type == "Antibody Capture" || type == "Peaks" || type == "CRISPR Guide Capture" ||
                             type == "Multiplexing Capture" || type == "Custom" || type == "VDJ";
            }
    return other;
}

std::vector<GeneMatch> match_column(const NameColumn& column, const GeneReference& reference, bool fold_case,
                                    const std::vector<bool>& other_features) {
    std::vector<GeneMatch> matches(column.names.size());
    for (std::size_t i = 0; i < matches.size(); ++i) {
        const bool foreign = !column.prefix_species.empty() && column.prefix_species[i] &&
                             *column.prefix_species[i] != reference.species();
        matches[i] = other_features[i] ? GeneMatch{GeneStep::not_a_gene, -1}
                     : foreign         ? GeneMatch{GeneStep::other_species, -1}
                                       : match_gene(column.names[i], reference, fold_case);
    }
    return matches;
}

double share_matched(const std::vector<GeneMatch>& matches) {
    const auto matched = std::count_if(matches.begin(), matches.end(), [](const GeneMatch& m) { return is_match(m.step); });
    return matches.empty() ? 0 : static_cast<double>(matched) / static_cast<double>(matches.size());
}

void carry_over(Reconciliation& genes, const GeneCatalog& catalog, bool orthologs) {
    genes.targets.resize(genes.matches.size());
    const bool same = genes.species == genes.target;
    const std::vector<std::int32_t> counterpart =
        same || !orthologs ? std::vector<std::int32_t>{} : one_to_one_orthologs(catalog, genes.species);
    std::unordered_set<std::int32_t> seen;
    for (std::size_t i = 0; i < genes.matches.size(); ++i) {
        const std::int32_t gene = genes.matches[i].gene;
        genes.targets[i] = gene < 0 || same ? gene : counterpart.empty() ? -1 : counterpart[gene];
        genes.without_ortholog += gene >= 0 && genes.targets[i] < 0;
        genes.merged += genes.targets[i] >= 0 && !seen.insert(genes.targets[i]).second;
    }
}

}  // namespace

std::int64_t Reconciliation::resolved() const {
    return std::count_if(targets.begin(), targets.end(), [](std::int32_t t) { return t >= 0; });
}

Reconciliation reconcile(const Frame& var, const GeneCatalog& catalog, const ReconcileOptions& options) {
    std::vector<NameColumn> columns = name_columns(var);
    if (options.column) {
        const auto chosen = std::find_if(columns.begin(), columns.end(), [&](const NameColumn& c) { return c.column == *options.column; });
        if (chosen == columns.end()) {
            std::string known;
            for (const NameColumn& c : columns) known += (known.empty() ? "" : ", ") + c.column;
            throw Error(ErrorKind::usage, {.type = "gene-column-missing", .message = "var has no such text column",
                                           .key = "/var/" + *options.column, .expected = "one of " + known,
                                           .hint = "name one of them with --gene-column"});
        }
        columns = {*chosen};
    }

    Reconciliation out;
    SpeciesVerdict verdict = infer_species(columns, catalog);
    if (options.species && *options.species != verdict.species) verdict = {*options.species, false, "as told"};
    out.species = verdict.species;
    out.species_reason = options.species ? "as told" : verdict.reason;
    out.folded = verdict.capitals || options.fold_case;
    out.target = options.target.value_or(out.species);

    const std::vector<bool> other_features = declared_features(var);
    const NameColumn* best = nullptr;
    double best_share = -1;
    for (const NameColumn& column : columns) {
        std::vector<GeneMatch> matches = match_column(column, catalog.of(out.species), out.folded, other_features);
        out.shares.push_back({column.column, share_matched(matches), column.rejected});
        if (!column.rejected.empty() || out.shares.back().share <= best_share) continue;
        best = &column;
        best_share = out.shares.back().share;
        out.matches = std::move(matches);
    }
    std::stable_sort(out.shares.begin(), out.shares.end(), [](const ColumnShare& a, const ColumnShare& b) {
        return std::pair(a.rejected.empty(), a.share) > std::pair(b.rejected.empty(), b.share);
    });
    if (!best)
        throw Error(ErrorKind::precondition, {.type = "no-gene-names", .message = "no column of var can name the genes", .key = "/var",
                                              .found = out.shares.front().rejected,
                                              .hint = "add a column of gene symbols or Ensembl ids to var"});
    out.column = best->column;
    out.names = best->names;
    if (!best->prefix_species.empty())
        out.prefixed = std::count_if(best->prefix_species.begin(), best->prefix_species.end(), [](const auto& s) { return s.has_value(); });

    const GeneReference& reference = catalog.of(out.species);
    for (std::size_t i = 0; i < out.matches.size(); ++i) {
        const GeneStep step = out.matches[i].step;
        ++out.counts[static_cast<std::size_t>(step)];
        if (step != GeneStep::ambiguous && step != GeneStep::date_like) continue;
        AmbiguousName& name = out.ambiguous.emplace_back(AmbiguousName{out.names[i], {}});
        if (step == GeneStep::ambiguous)
            for (const std::int32_t row : candidates(out.names[i], reference)) name.symbols.push_back(reference.genes()[row].symbol);
    }
    carry_over(out, catalog, options.orthologs);
    return out;
}

std::vector<std::string> approved_symbols(const Reconciliation& genes, const GeneCatalog& catalog) {
    std::vector<std::string> symbols(genes.targets.size());
    for (std::size_t i = 0; i < symbols.size(); ++i)
        if (genes.targets[i] >= 0) symbols[i] = catalog.of(genes.target).genes()[genes.targets[i]].symbol;
    return symbols;
}

std::string summary(const Reconciliation& genes) {
    std::string text = fmt::format("{} of {} genes resolved by '{}' ({}: {}), {} dropped, {} ambiguous", genes.resolved(),
                                   genes.genes(), genes.column, name_of(genes.species), genes.species_reason,
                                   genes.genes() - genes.resolved(), genes.ambiguous.size());
    if (genes.merged > 0) text += fmt::format(", {} merged", genes.merged);
    if (genes.species != genes.target)
        text += fmt::format(", {} without one {} ortholog", genes.without_ortholog, name_of(genes.target));
    return text;
}

Dict report(const Reconciliation& genes) {
    Dict steps, shares, ambiguous;
    for (std::size_t step = 0; step < gene_steps; ++step)
        steps[std::string(name_of(static_cast<GeneStep>(step)))] = Value{genes.counts[step]};
    for (const ColumnShare& share : genes.shares)
        shares[share.column] = share.rejected.empty() ? Value{share.share} : Value{"rejected: " + share.rejected};
    for (const AmbiguousName& name : genes.ambiguous)
        ambiguous[name.name] = Value{StringArray{{static_cast<std::int64_t>(name.symbols.size())}, name.symbols}};
    return {{"column", Value{genes.column}},
            {"column_shares", Value{std::move(shares)}},
            {"species", Value{std::string(name_of(genes.species))}},
            {"species_reason", Value{genes.species_reason}},
            {"target_species", Value{std::string(name_of(genes.target))}},
            {"input_genes", Value{genes.genes()}},
            {"resolved", Value{genes.resolved()}},
            {"merged", Value{genes.merged}},
            {"prefixed", Value{genes.prefixed}},
            {"without_ortholog", Value{genes.without_ortholog}},
            {"steps", Value{std::move(steps)}},
            {"ambiguous", Value{std::move(ambiguous)}},
            {"summary", Value{summary(genes)}}};
}

}  // namespace lexicell
