#include "lexicell/io/tenx_features.h"

#include <map>

#include <fmt/format.h>

namespace lexicell {

namespace {

std::string counted(const std::map<std::string, std::int64_t>& counts) {
    std::string out;
    for (const auto& [name, count] : counts) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, name);
    return out;
}

std::map<std::string, std::int64_t> count(const std::vector<std::string>& values) {
    std::map<std::string, std::int64_t> out;
    for (const std::string& value : values) ++out[value];
    return out;
}

}  // namespace

Dataset assemble_10x(CsrMatrix counts, std::vector<std::string> barcodes, TenxFeatures features, const ReadOptions& options,
                     const std::filesystem::path& file, Sink& sink) {
    static const std::string expression = "Gene Expression";
    const auto refuse = [&](std::string type, std::string message, std::string found, std::string expected, std::string hint) {
        throw Error(ErrorKind::precondition, {.type = std::move(type), .message = std::move(message), .file = file.string(),
                                              .found = std::move(found), .expected = std::move(expected), .hint = std::move(hint)});
    };
    const std::int64_t total = counts.cols;
    std::vector<std::int64_t> kept;
    std::vector<std::string> left_out;
    for (std::int64_t f = 0; f < total; ++f) {
        if (options.genome && !features.genomes.empty() && features.genomes[f] != *options.genome) continue;
        if (!options.all_features && !features.types.empty() && features.types[f] != expression) {
            left_out.push_back(features.types[f].empty() ? "(no type)" : features.types[f]);
            continue;
        }
        kept.push_back(f);
    }
    if (kept.empty() && total > 0) {
        if (left_out.empty())
            refuse("genome-missing", "the file has no features of this genome", counted(count(features.genomes)), *options.genome, "name one of these with --genome");
        refuse("no-gene-expression", "the file has no gene expression", counted(count(left_out)), expression, "add --all-features to take them all");
    }
    if (!left_out.empty())
        sink.info(fmt::format("features left out, not gene expression: {} (--all-features takes them)", counted(count(left_out))));

    Dataset out;
    out.obs.index = std::move(barcodes);
    const auto pick = [&](std::vector<std::string>& values) {
        std::vector<std::string> picked;
        for (const std::int64_t f : kept) picked.push_back(std::move(values[f]));
        return picked;
    };
    std::vector<std::string> ids = features.ids.empty() ? std::vector<std::string>{} : pick(features.ids);
    out.var.index = features.names.empty() ? ids : pick(features.names);
    for (std::size_t g = 0; g < out.var.index.size(); ++g)
        if (out.var.index[g].empty() && !ids.empty()) out.var.index[g] = ids[g];
    if (!ids.empty()) out.var.set("gene_ids", {.values = std::move(ids)});
    if (!features.types.empty()) out.var.set("feature_types", {.values = categorize(pick(features.types))});
    if (!features.genomes.empty()) out.var.set("genome", {.values = categorize(pick(features.genomes))});
    out.x = kept.size() == static_cast<std::size_t>(total) ? std::move(counts) : take_cols(counts, kept);
    out.origin = Origin{.file = file};
    return out;
}

}  // namespace lexicell
