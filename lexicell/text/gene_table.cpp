#include "lexicell/text/gene_table.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "lexicell/base/error.h"
#include "lexicell/base/hash.h"
#include "lexicell/base/random.h"
#include "lexicell/genes/gene_columns.h"

namespace lexicell {

namespace {

constexpr std::uint64_t shuffle_site = 0x67747368, random_site = 0x67747261;

std::string hash_of(const std::vector<std::string>& ids, const DenseMatrix& vectors) {
    std::string bytes;
    for (const std::string& id : ids) bytes += id + '\n';
    bytes += fmt::format("{}x{}\n", vectors.rows, vectors.cols);
    bytes.append(reinterpret_cast<const char*>(vectors.values.data()), vectors.values.size() * sizeof(float));
    return sha256(bytes);
}

void require_share(const GeneAlignment& alignment, const GeneTable& table, const AlignOptions& options) {
    if (options.force || alignment.share() >= options.min_share) return;
    throw Error(ErrorKind::precondition,
                {.type = "too-few-genes-mapped", .message = fmt::format("too few genes have a vector in '{}'", table.source),
                 .found = fmt::format("{} of {} genes ({:.1f} %)", alignment.matched, alignment.genes, 100 * alignment.share()),
                 .expected = fmt::format("at least {:.0f} %", 100 * options.min_share),
                 .hint = "check species and gene column, or lower --min-genes-mapped"});
}

}  // namespace

GeneTable make_gene_table(std::vector<std::string> ids, DenseMatrix vectors, std::string source) {
    const auto refuse = [&](std::string type, std::string message, std::string hint) {
        throw Error(ErrorKind::precondition,
                    {.type = std::move(type), .message = std::move(message), .file = source, .hint = std::move(hint)});
    };
    if (static_cast<std::int64_t>(ids.size()) != vectors.rows)
        refuse("ids-differ", fmt::format("{} ids for {} vectors", ids.size(), vectors.rows), "give one id a vector, in the same order");
    if (ids.empty() || vectors.cols == 0) refuse("table-empty", "the table has no vectors", "check how it was written");
    std::unordered_set<std::string_view> seen;
    for (const std::string& id : ids) {
        if (id.empty()) refuse("id-empty", "an id is empty", "name every vector");
        if (!seen.insert(id).second)
            refuse("id-repeated", fmt::format("the id '{}' stands twice", id), "choose --dedup first or --dedup mean");
    }
    for (std::int64_t row = 0; row < vectors.rows; ++row)
        for (const float value : vectors.row(row))
            if (!std::isfinite(value)) refuse("not-finite", fmt::format("the vector of '{}' is not finite", ids[row]), "leave such rows out");
    std::string hash = hash_of(ids, vectors);
    return {std::move(ids), std::move(vectors), std::move(source), std::move(hash)};
}

GeneTable shuffled(const GeneTable& table, std::uint64_t seed) {
    RandomStream random(random_key(seed, shuffle_site));
    const std::vector<std::int64_t> order = random_permutation(table.vectors.rows, random);
    return make_gene_table(table.ids, take_rows(table.vectors, order), fmt::format("{}, shuffled (seed {})", table.source, seed));
}

GeneTable random_like(const GeneTable& table, std::uint64_t seed) {
    const DenseMatrix& vectors = table.vectors;
    std::vector<double> mean(static_cast<std::size_t>(vectors.cols), 0), square(mean);
    for (std::int64_t r = 0; r < vectors.rows; ++r)
        for (std::int64_t k = 0; k < vectors.cols; ++k) {
            mean[k] += vectors(r, k);
            square[k] += static_cast<double>(vectors(r, k)) * vectors(r, k);
        }
    DenseMatrix drawn(vectors.rows, vectors.cols);
    const auto n = static_cast<double>(vectors.rows);
    for (std::int64_t r = 0; r < vectors.rows; ++r) {
        RandomStream random(random_key(seed, random_site), static_cast<std::uint64_t>(r));
        for (std::int64_t k = 0; k < vectors.cols; ++k) {
            const double m = mean[k] / n, deviation = std::sqrt(std::max(0.0, square[k] / n - m * m));
            drawn(r, k) = static_cast<float>(m + deviation * random.normal());
        }
    }
    return make_gene_table(table.ids, std::move(drawn), fmt::format("{}, random (seed {})", table.source, seed));
}

GeneAlignment align(const GeneTable& table, std::span<const std::string> genes, const AlignOptions& options) {
    std::unordered_map<std::string_view, std::int64_t> row_of;
    for (std::size_t i = 0; i < table.ids.size(); ++i) row_of.emplace(table.ids[i], static_cast<std::int64_t>(i));
    GeneAlignment out{.genes = static_cast<std::int64_t>(genes.size())};
    for (const std::string& gene : genes) {
        const auto found = row_of.find(gene);
        out.rows.push_back(found == row_of.end() ? -1 : found->second);
        out.matched += found != row_of.end();
    }
    require_share(out, table, options);
    return out;
}

GeneAlignment align(const GeneTable& table, const Reconciliation& genes, const GeneCatalog& catalog, const AlignOptions& options) {
    // Where two ids of the table mean one gene, the better match (approved symbol before alias) has it.
    std::unordered_map<std::int32_t, std::pair<GeneStep, std::int64_t>> row_of;
    for (std::size_t i = 0; i < table.ids.size(); ++i) {
        const GeneMatch match = match_gene(table.ids[i], catalog.of(genes.target));
        if (match.gene < 0) continue;
        const auto candidate = std::pair(match.step, static_cast<std::int64_t>(i));
        const auto [entry, fresh] = row_of.emplace(match.gene, candidate);
        if (!fresh && candidate < entry->second) entry->second = candidate;
    }
    GeneAlignment out;
    for (std::size_t i = 0; i < genes.targets.size(); ++i) {
        const auto found = genes.targets[i] < 0 ? row_of.end() : row_of.find(genes.targets[i]);
        out.rows.push_back(found == row_of.end() ? -1 : found->second.second);
        out.matched += found != row_of.end();
        out.genes += genes.matches[i].step != GeneStep::not_a_gene;
    }
    require_share(out, table, options);
    return out;
}

Species species_of(const GeneTable& table, const GeneCatalog& catalog) {
    return infer_species({NameColumn{.column = "ids", .names = table.ids}}, catalog).species;
}

DenseMatrix aligned_vectors(const GeneTable& table, const GeneAlignment& alignment) {
    DenseMatrix out(static_cast<std::int64_t>(alignment.rows.size()), table.vectors.cols);
    for (std::int64_t i = 0; i < out.rows; ++i)
        if (alignment.rows[i] >= 0) std::ranges::copy(table.vectors.row(alignment.rows[i]), out.row(i).begin());
    return out;
}

}  // namespace lexicell
