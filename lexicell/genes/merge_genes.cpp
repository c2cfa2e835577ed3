#include "lexicell/genes/merge_genes.h"

#include <algorithm>
#include <unordered_map>

#include "lexicell/base/error.h"

namespace lexicell {

namespace {

std::vector<double> column_sums(const CsrMatrix& matrix) {
    std::vector<double> sums(static_cast<std::size_t>(matrix.cols), 0);
    for (std::size_t k = 0; k < matrix.values.size(); ++k) sums[matrix.indices[k]] += matrix.values[k];
    return sums;
}

double row_sum(const CsrMatrix& matrix, std::int64_t row) {
    double sum = 0;
    for (const float v : matrix.row_values(row)) sum += v;
    return sum;
}

void record_kept(MergedGenes& out) {
    std::vector<double> kept;
    for (std::size_t i = 0; i < out.before.size(); ++i)
        if (out.before[i] > 0) kept.push_back(out.after[i] / out.before[i]);
    if (kept.empty()) return;
    std::sort(kept.begin(), kept.end());
    out.worst_kept = kept.front();
    out.median_kept = (kept[(kept.size() - 1) / 2] + kept[kept.size() / 2]) / 2;
}

// Which output column each input column goes to, -1 for none; fills genes and merged.
std::vector<std::int32_t> assign_slots(std::span<const std::int32_t> gene_of_column, MergedGenes& out) {
    std::unordered_map<std::int32_t, std::int32_t> slot_of;
    std::vector<std::int32_t> slots(gene_of_column.size(), -1);
    for (std::size_t c = 0; c < slots.size(); ++c) {
        if (gene_of_column[c] < 0) continue;
        const auto [entry, fresh] = slot_of.emplace(gene_of_column[c], static_cast<std::int32_t>(out.genes.size()));
        slots[c] = entry->second;
        if (fresh) out.genes.push_back(gene_of_column[c]);
        else ++out.merged;
    }
    return slots;
}

void keep_largest(const CsrMatrix& values, std::vector<std::int32_t>& slots, std::size_t genes) {
    const std::vector<double> sums = column_sums(values);
    std::vector<std::int64_t> kept(genes, -1);
    for (std::size_t c = 0; c < slots.size(); ++c)
        if (slots[c] >= 0 && (kept[slots[c]] < 0 || sums[c] > sums[kept[slots[c]]])) kept[slots[c]] = static_cast<std::int64_t>(c);
    for (std::size_t c = 0; c < slots.size(); ++c)
        if (slots[c] >= 0 && kept[slots[c]] != static_cast<std::int64_t>(c)) slots[c] = -1;
}

}  // namespace

MergedGenes merge_duplicate_genes(const CsrMatrix& values, std::span<const std::int32_t> gene_of_column,
                                  const MergeGenesOptions& options) {
    LEXICELL_ASSERT(static_cast<std::int64_t>(gene_of_column.size()) == values.cols, "one gene a column");
    MergedGenes out;
    std::vector<std::int32_t> slots = assign_slots(gene_of_column, out);
    if (!options.counts) keep_largest(values, slots, out.genes.size());
    out.values.rows = values.rows;
    out.values.cols = static_cast<std::int64_t>(out.genes.size());
    std::vector<std::pair<std::int32_t, float>> row;
    for (std::int64_t r = 0; r < values.rows; ++r) {
        row.clear();
        const auto indices = values.row_indices(r);
        const auto entries = values.row_values(r);
        for (std::size_t k = 0; k < indices.size(); ++k)
            if (slots[indices[k]] >= 0) row.emplace_back(slots[indices[k]], entries[k]);
        std::stable_sort(row.begin(), row.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        const std::int64_t begin = out.values.indptr.back();
        for (const auto& [slot, value] : row) {
            if (out.values.nonzeros() > begin && out.values.indices.back() == slot) out.values.values.back() += value;
            else out.values.indices.push_back(slot), out.values.values.push_back(value);
        }
        out.values.indptr.push_back(out.values.nonzeros());
        out.before.push_back(row_sum(values, r));
        out.after.push_back(row_sum(out.values, r));
    }
    record_kept(out);
    return out;
}

}  // namespace lexicell
