#include "lexicell/io/collapse_probes.h"

#include <unordered_map>

#include "lexicell/base/error.h"
#include "lexicell/io/tidy_rows.h"

namespace lexicell {

Dataset collapse_probes(const Dataset& probes) {
    const Column* ids = probes.var.find("gene_ids");
    if (!ids || !probes.x)
        throw Error(ErrorKind::precondition, {.type = "no-probes", .message = "the data say of no feature which gene it belongs to",
                                              .file = probes.origin ? probes.origin->file.string() : "", .key = "var/gene_ids"});
    const Column* names = probes.var.find("gene_name");
    std::unordered_map<std::string, std::int32_t> gene_of_id;
    std::vector<std::int32_t> gene_of_probe;
    std::vector<std::string> gene_ids;
    Dataset out;
    for (std::int64_t p = 0; p < probes.genes(); ++p) {
        const auto [entry, added] = gene_of_id.emplace(ids->text(p), static_cast<std::int32_t>(gene_ids.size()));
        if (added) {
            gene_ids.push_back(entry->first);
            out.var.index.push_back(names ? names->text(p) : entry->first);
        }
        gene_of_probe.push_back(entry->second);
    }
    out.var.set("gene_ids", {.values = std::move(gene_ids)});
    out.obs = probes.obs;
    CsrMatrix counts = to_csr(*probes.x);
    counts.cols = out.var.rows();
    for (std::int32_t& column : counts.indices) column = gene_of_probe[column];
    tidy_rows(counts);
    out.x = std::move(counts);
    out.origin = probes.origin;
    return out;
}

}  // namespace lexicell
