#include "lexicell/models/vae/pair_genes.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "lexicell/nn/noise.h"

namespace lexicell {

ScilamaGenes pair_genes(std::span<const std::string> genes, const std::vector<VectorSource>& sources, GeneSet set) {
    const std::size_t count = sources.size();
    std::vector<std::unordered_map<std::string_view, std::int64_t>> row_of(count);
    for (std::size_t s = 0; s < count; ++s)
        for (std::size_t r = 0; r < sources[s].ids.size(); ++r) row_of[s].emplace(sources[s].ids[r], static_cast<std::int64_t>(r));

    std::vector<std::int64_t> keys, tied;
    std::vector<std::vector<std::int64_t>> rows(count);  // of each tied gene, -1 = none
    for (std::size_t g = 0; g < genes.size(); ++g) {
        keys.push_back(text_key(genes[g]));
        std::vector<std::int64_t> found(count, -1);
        for (std::size_t s = 0; s < count; ++s)
            if (const auto entry = row_of[s].find(genes[g]); entry != row_of[s].end()) found[s] = entry->second;
        const auto known = static_cast<std::size_t>(std::ranges::count_if(found, [](std::int64_t row) { return row >= 0; }));
        if (known == 0 || (set == GeneSet::intersection_of_sources && known < count)) continue;
        tied.push_back(static_cast<std::int64_t>(g));
        for (std::size_t s = 0; s < count; ++s) rows[s].push_back(found[s]);
    }

    ScilamaGenes out{.keys = torch::tensor(keys, torch::kInt64), .tied = torch::tensor(tied, torch::kInt64)};
    const auto tied_count = static_cast<std::int64_t>(tied.size());
    if (count > 1 && set == GeneSet::union_of_sources) out.present = torch::zeros({tied_count, static_cast<std::int64_t>(count)});
    for (std::size_t s = 0; s < count; ++s) {
        const std::int64_t width = sources[s].vectors.cols;
        torch::Tensor table = torch::zeros({tied_count, width});
        for (std::int64_t k = 0; k < tied_count; ++k) {
            if (rows[s][k] < 0) continue;
            std::ranges::copy(sources[s].vectors.row(rows[s][k]), table.data_ptr<float>() + k * width);
            if (out.present.defined()) out.present[k][static_cast<std::int64_t>(s)] = 1.0f;
        }
        out.vectors.push_back(table);
    }
    return out;
}

}  // namespace lexicell
