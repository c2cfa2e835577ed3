#include "lexicell/report/gene_map.h"

#include <fmt/format.h>

#include "lexicell/base/error.h"
#include "lexicell/report/table.h"

namespace lexicell {

PointMap gene_map(const DenseMatrix& embedding, const std::vector<std::string>& genes, const Categorical& modules,
                  const GeneMapOptions& options) {
    LEXICELL_ASSERT(embedding.cols == 2 && embedding.rows == static_cast<std::int64_t>(genes.size()) && modules.codes.size() == genes.size(),
                    "a gene map has two coordinates and a module a gene");
    PointMap map{.title = options.title, .noun = "gene", .axes = options.axes, .names = genes, .colour_by = "module"};
    for (std::int64_t g = 0; g < embedding.rows; ++g) {
        map.x.push_back(embedding(g, 0));
        map.y.push_back(embedding(g, 1));
    }
    map.groups.push_back({"module", modules.categories, modules.codes});
    for (const auto& [name, values] : options.numbers) map.numbers.push_back({name, values});
    map.alt = fmt::format("{} genes in two dimensions, in {} modules: genes with similar vectors lie close together.",
                          format_count(embedding.rows), modules.categories.size());
    return map;
}

}  // namespace lexicell
