#include "lexicell/report/cell_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

#include "lexicell/base/error.h"
#include "lexicell/base/random.h"
#include "lexicell/report/table.h"

namespace lexicell {

namespace {

std::vector<float> numbers_of(const Column& column) {
    const std::int64_t n = column.size();
    std::vector<float> result(n, std::numeric_limits<float>::quiet_NaN());
    for (std::int64_t i = 0; i < n; ++i) {
        if (column.is_missing(i)) continue;
        if (const auto* real = std::get_if<std::vector<double>>(&column.values)) result[i] = static_cast<float>((*real)[i]);
        if (const auto* whole = std::get_if<std::vector<std::int64_t>>(&column.values)) result[i] = static_cast<float>((*whole)[i]);
    }
    return result;
}

// Cluster numbers and the like are groups, though written as integers: few values, each of many cells.
bool is_number(const Column& column) {
    constexpr std::size_t most_codes = 40;
    if (std::holds_alternative<std::vector<double>>(column.values)) return true;
    const auto* whole = std::get_if<std::vector<std::int64_t>>(&column.values);
    if (!whole) return false;
    const std::unordered_set<std::int64_t> distinct(whole->begin(), whole->end());
    return distinct.size() > most_codes || 10 * distinct.size() > whole->size();
}

void add_colourings(PointMap& map, const Frame& obs, const CellMapOptions& options) {
    for (const auto& [name, column] : obs.columns) {
        if (is_number(column)) {
            map.numbers.push_back({name, numbers_of(column)});
            continue;
        }
        Categorical groups = as_categorical(column);
        if (static_cast<int>(groups.categories.size()) > options.most_groups) {
            map.notes.push_back(fmt::format("Column \"{}\" has {} distinct values and is left out.", name, format_count(static_cast<std::int64_t>(groups.categories.size()))));
        } else {
            map.groups.push_back({name, std::move(groups.categories), std::move(groups.codes)});
        }
    }
}

// Variance of each row of F x N.
std::vector<double> row_variances(const CsrMatrix& matrix) {
    std::vector<double> variances(matrix.rows);
    for (std::int64_t f = 0; f < matrix.rows; ++f) {
        double sum = 0, square = 0;
        for (const float v : matrix.row_values(f)) sum += v, square += static_cast<double>(v) * v;
        const auto n = static_cast<double>(matrix.cols);
        variances[f] = std::isfinite(square) ? square / n - sum / n * (sum / n) : 0;
    }
    return variances;
}

void add_genes(PointMap& map, const CsrMatrix& by_gene, const std::vector<std::string>& genes, const CellMapOptions& options) {
    std::vector<std::int64_t> order(genes.size());
    std::iota(order.begin(), order.end(), 0);
    std::unordered_map<std::string, std::size_t> wanted;
    for (const std::string& gene : options.first_genes) wanted.emplace(gene, wanted.size());
    const auto rank = [&](std::int64_t g) {
        const auto found = wanted.find(genes[g]);
        return found == wanted.end() ? wanted.size() : found->second;
    };
    const std::vector<double> variances = row_variances(by_gene);
    std::ranges::stable_sort(order, [&](std::int64_t a, std::int64_t b) {
        const std::size_t first = rank(a), second = rank(b);
        return first != second ? first < second : variances[a] > variances[b];
    });
    std::unordered_set<std::string> names;
    std::vector<std::int64_t> taken;
    std::int64_t room = options.gene_bytes, distinct = 0;
    for (const std::int64_t g : order) {
        if (!names.insert(genes[g]).second) continue;
        ++distinct;
        const std::int64_t size = 2 * (by_gene.indptr[g + 1] - by_gene.indptr[g]) + 64;  // a gap and a level, name and frame
        if (size > room) continue;
        room -= size;
        taken.push_back(g);
    }
    const auto left_out = distinct - static_cast<std::int64_t>(taken.size());
    if (left_out > 0) {
        map.notes.push_back(fmt::format("{} of {} genes are in this page, markers and the most variable first; {} were left out to keep the file small.",
                                        format_count(static_cast<std::int64_t>(taken.size())), format_count(distinct), format_count(left_out)));
    }
    map.features = take_rows(by_gene, taken);
    for (const std::int64_t g : taken) map.feature_names.push_back(genes[g]);
}

}  // namespace

PointMap cell_map(const DenseMatrix& embedding, const Frame& obs, const Matrix& expression,
                  const std::vector<std::string>& genes, const CellMapOptions& options) {
    LEXICELL_ASSERT(embedding.cols == 2, "a map needs an embedding of two dimensions");
    LEXICELL_ASSERT(obs.rows() == embedding.rows && rows_of(expression) == embedding.rows, "embedding, obs and expression have the same cells");
    LEXICELL_ASSERT(cols_of(expression) == static_cast<std::int64_t>(genes.size()), "expression has a name a gene");
    PointMap map{.title = options.title, .axes = options.axes, .colour_by = options.colour_by};
    std::vector<std::int64_t> cells(embedding.rows);
    std::iota(cells.begin(), cells.end(), 0);
    if (embedding.rows > options.largest_page) {
        RandomStream random(random_key(options.seed, 0x6d6170));
        cells = random_permutation(embedding.rows, random);
        cells.resize(options.largest_page);
        std::ranges::sort(cells);
        map.notes.push_back(fmt::format("{} of {} cells, drawn at random, are in this page.", format_count(options.largest_page), format_count(embedding.rows)));
    }
    const Frame shown = take_rows(obs, cells);
    for (const std::int64_t i : cells) {
        map.x.push_back(embedding(i, 0));
        map.y.push_back(embedding(i, 1));
    }
    map.names = shown.index;
    add_colourings(map, shown, options);
    add_genes(map, transpose(to_csr(take_rows(expression, cells))), genes, options);
    map.alt = fmt::format("{} cells in two dimensions: cells that express alike lie close together. Distances between groups carry little meaning.",
                          format_count(static_cast<std::int64_t>(cells.size())));
    return map;
}

}  // namespace lexicell
