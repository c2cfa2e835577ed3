#include "lexicell/tasks/gene_vectors.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace lexicell {

VectorScale fit_vector_scale(const DenseMatrix& vectors) {
    VectorScale scale{.mean = std::vector<float>(vectors.cols), .unit = true};
    for (std::int64_t d = 0; d < vectors.cols; ++d) {
        double sum = 0;
        for (std::int64_t r = 0; r < vectors.rows; ++r) sum += vectors(r, d);
        scale.mean[d] = static_cast<float>(sum / static_cast<double>(std::max<std::int64_t>(vectors.rows, 1)));
    }
    return scale;
}

void apply_vector_scale(const VectorScale& scale, DenseMatrix& vectors) {
    for (std::int64_t r = 0; r < vectors.rows; ++r) {
        const auto row = vectors.row(r);
        double square = 0;
        for (std::size_t d = 0; d < row.size(); ++d) {
            if (!scale.mean.empty()) row[d] -= scale.mean[d];
            square += static_cast<double>(row[d]) * row[d];
        }
        if (!scale.unit || square == 0) continue;
        const auto factor = static_cast<float>(std::sqrt(static_cast<double>(vectors.cols) / square));
        for (float& value : row) value *= factor;
    }
}

std::int64_t GeneVectors::covered(std::size_t source) const { return std::ranges::count(present[source], true); }

std::vector<bool> GeneVectors::in_any() const {
    std::vector<bool> out(present.empty() ? 0 : present[0].size());
    for (const std::vector<bool>& source : present)
        for (std::size_t g = 0; g < out.size(); ++g) out[g] = out[g] || source[g];
    return out;
}

std::vector<bool> GeneVectors::in_all() const {
    std::vector<bool> out(present.empty() ? 0 : present[0].size(), true);
    for (const std::vector<bool>& source : present)
        for (std::size_t g = 0; g < out.size(); ++g) out[g] = out[g] && source[g];
    return out;
}

GeneVectors take_gene_vectors(const std::vector<GeneTable>& tables, const std::vector<std::string>& ids, bool standardise) {
    GeneVectors out;
    for (const GeneTable& table : tables) {
        std::unordered_map<std::string_view, std::int64_t> row_of;
        for (std::size_t r = 0; r < table.ids.size(); ++r) row_of.emplace(table.ids[r], static_cast<std::int64_t>(r));
        const VectorScale scale = standardise ? fit_vector_scale(table.vectors) : VectorScale{};
        std::vector<std::int64_t> rows;
        std::vector<bool> present;
        for (const std::string& id : ids) {
            const auto found = id.empty() ? row_of.end() : row_of.find(id);
            present.push_back(found != row_of.end());
            rows.push_back(found != row_of.end() ? found->second : 0);
        }
        DenseMatrix vectors = take_rows(table.vectors, rows);
        apply_vector_scale(scale, vectors);
        for (std::size_t g = 0; g < ids.size(); ++g)
            if (!present[g]) std::ranges::fill(vectors.row(static_cast<std::int64_t>(g)), 0.0f);
        out.sources.push_back(table.source);
        out.hashes.push_back(table.hash);
        out.scales.push_back(scale);
        out.tables.push_back(std::move(vectors));
        out.present.push_back(std::move(present));
    }
    return out;
}

}  // namespace lexicell
