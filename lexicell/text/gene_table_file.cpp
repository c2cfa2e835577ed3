#include <unordered_map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "lexicell/base/error.h"
#include "lexicell/io/safetensors.h"
#include "lexicell/text/gene_table.h"
#include "lexicell/text/gene_table_formats.h"
#include "lexicell/text/quantized_rows.h"

namespace lexicell {

namespace fs = std::filesystem;

namespace {

RawGeneTable read_raw(const fs::path& path, const ReadGeneTableOptions& options) {
    std::string extension = lower_case(path.extension().string());
    if (extension == ".gz" || extension == ".zst") extension = lower_case(path.stem().extension().string());
    if (extension == ".safetensors") return read_table_safetensors(path, options.ids);
    if (extension == ".npy") return read_table_npy(path, options.ids);
    if (extension == ".npz") return read_table_npz(path);
    if (extension == ".csv" || extension == ".tsv" || extension == ".txt") return read_table_delimited(path);
    if (extension == ".json") return read_table_json(path);
    if (extension == ".h5" || extension == ".h5ad" || extension == ".hdf5") return read_table_hdf5(path);
    const auto refuse = [&](std::string type, std::string message, std::string hint) {
        throw Error(ErrorKind::unreadable, {.type = std::move(type), .message = std::move(message), .file = path.string(),
                                            .expected = "safetensors, npy, npz, csv, tsv, json or h5", .hint = std::move(hint)});
    };
    if (extension == ".parquet")
        refuse("parquet", "Parquet is not read",
               fmt::format("convert it once in Python: t = pandas.read_parquet('{}'); numpy.savez('{}.npz', "
                           "ids=t['gene_id'].to_numpy(str), embeddings=numpy.stack(t['embedding']))",
                           path.filename().string(), path.stem().string()));
    if (extension == ".pickle" || extension == ".pkl")
        refuse("pickle", "pickles are not read: they can run code of whoever wrote them",
               fmt::format("convert it once in Python: t = pickle.load(open('{}', 'rb')); numpy.savez('{}.npz', ids=list(t), "
                           "embeddings=numpy.stack(list(t.values())))",
                           path.filename().string(), path.stem().string()));
    refuse("table-unknown", fmt::format("no gene table ends in '{}'", extension), "rename or convert it");
    return {};
}

RawGeneTable deduplicate(RawGeneTable table, Dedup dedup) {
    if (dedup == Dedup::refuse || static_cast<std::int64_t>(table.ids.size()) != table.vectors.rows) return table;
    RawGeneTable out{.source = std::move(table.source)};
    std::unordered_map<std::string, std::size_t> place;
    std::vector<std::int64_t> first, copies;
    for (std::size_t i = 0; i < table.ids.size(); ++i) {
        const auto row = static_cast<std::int64_t>(i);
        const auto [entry, fresh] = place.emplace(table.ids[i], out.ids.size());
        if (fresh) {
            out.ids.push_back(table.ids[i]);
            first.push_back(row);
            copies.push_back(1);
        } else if (dedup == Dedup::mean) {
            ++copies[entry->second];
            for (std::int64_t k = 0; k < table.vectors.cols; ++k) table.vectors(first[entry->second], k) += table.vectors(row, k);
        }
    }
    out.vectors = take_rows(table.vectors, first);
    for (std::int64_t r = 0; r < out.vectors.rows; ++r)
        for (float& value : out.vectors.row(r)) value /= static_cast<float>(copies[r]);
    return out;
}

}  // namespace

GeneTable read_gene_table(const fs::path& path, const ReadGeneTableOptions& options) {
    RawGeneTable table = deduplicate(read_raw(path, options), options.dedup);
    std::string source = table.source.empty() ? path.filename().string() : std::move(table.source);
    return make_gene_table(std::move(table.ids), std::move(table.vectors), std::move(source));
}

void write_gene_table(const GeneTable& table, const fs::path& path, TableStorage storage) {
    SafetensorsFile file;
    if (storage == TableStorage::int8) put_quantized(file.tensors, "embeddings", table.vectors);
    else
        file.tensors["embeddings"] =
            HostTensor::of(std::span<const float>(table.vectors.values), {table.vectors.rows, table.vectors.cols});
    file.metadata = {{"ids", nlohmann::json(table.ids).dump()}, {"source", table.source}};
    write_safetensors(file, path);
}

}  // namespace lexicell
