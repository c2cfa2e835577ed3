#include "lexicell/tasks/join_cells.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "lexicell/base/error.h"
#include "lexicell/data/take.h"

namespace lexicell {

namespace {

constexpr std::int64_t kFewestGenes = 50;

std::unordered_map<std::string, std::int64_t> positions_of(const std::vector<std::string>& names) {
    std::unordered_map<std::string, std::int64_t> out;
    for (std::size_t g = 0; g < names.size(); ++g) out.emplace(names[g], static_cast<std::int64_t>(g));
    return out;
}

// Genes of the first file that every other has too, and their columns in each file.
struct SharedGenes {
    std::vector<std::string> names, text_ids;
    std::vector<std::vector<std::int64_t>> columns;
};

SharedGenes share_genes(const std::vector<LoadedCells>& files) {
    std::vector<std::unordered_map<std::string, std::int64_t>> positions;
    for (const LoadedCells& file : files) positions.push_back(positions_of(file.genes));
    SharedGenes shared{.columns = std::vector<std::vector<std::int64_t>>(files.size())};
    for (std::size_t g = 0; g < files.front().genes.size(); ++g) {
        const std::string& name = files.front().genes[g];
        if (!std::ranges::all_of(positions, [&name](const auto& of) { return of.contains(name); })) continue;
        shared.names.push_back(name);
        shared.text_ids.push_back(files.front().text_ids[g]);
        for (std::size_t f = 0; f < files.size(); ++f) shared.columns[f].push_back(positions[f].at(name));
    }
    return shared;
}

void append_rows(CsrMatrix& all, const CsrMatrix& more) {
    const std::int64_t before = all.nonzeros();
    all.rows += more.rows;
    for (std::int64_t r = 1; r <= more.rows; ++r) all.indptr.push_back(before + more.indptr[r]);
    all.indices.insert(all.indices.end(), more.indices.begin(), more.indices.end());
    all.values.insert(all.values.end(), more.values.begin(), more.values.end());
}

// Numbers stay numbers where every file has numbers; all else goes by its text.
Column join_columns(const std::vector<const Column*>& parts) {
    if (std::ranges::all_of(parts, [](const Column* part) { return std::holds_alternative<std::vector<double>>(part->values); })) {
        std::vector<double> all;
        for (const Column* part : parts) {
            const auto& values = std::get<std::vector<double>>(part->values);
            all.insert(all.end(), values.begin(), values.end());
        }
        return {.values = std::move(all)};
    }
    std::vector<std::string> all;
    std::vector<bool> missing;
    for (const Column* part : parts)
        for (std::int64_t i = 0; i < part->size(); ++i) {
            all.push_back(part->text(i));
            missing.push_back(part->is_missing(i));
        }
    return {.values = categorize(all, missing)};
}

Frame join_obs(const std::vector<LoadedCells>& files, const std::vector<std::string>& names) {
    Frame obs;
    std::unordered_map<std::string, int> seen;
    for (const LoadedCells& file : files)
        for (const std::string& cell : file.dataset.obs.index) ++seen[cell];
    std::vector<std::string> origin;
    for (std::size_t f = 0; f < files.size(); ++f)
        for (const std::string& cell : files[f].dataset.obs.index) {
            obs.index.push_back(seen[cell] > 1 ? cell + "-" + names[f] : cell);
            origin.push_back(names[f]);
        }
    for (const auto& [name, column] : files.front().dataset.obs.columns) {
        std::vector<const Column*> parts;
        for (const LoadedCells& file : files)
            if (const Column* part = file.dataset.obs.find(name)) parts.push_back(part);
        if (parts.size() == files.size()) obs.set(name, join_columns(parts));
    }
    obs.set("file", {.values = categorize(origin)});
    return obs;
}

}  // namespace

LoadedCells join_cells(const std::vector<LoadedCells>& files, const std::vector<std::string>& names, const LoadOptions& options, Sink& sink) {
    for (std::size_t f = 1; f < files.size(); ++f)
        if (files[f].scale != files.front().scale)
            throw Error(ErrorKind::precondition, {.type = "mixed-scales", .message = "files of counts and of log values cannot be joined", .file = names[f], .key = files[f].slot,
                                                  .found = std::string(name_of(files[f].scale)), .expected = std::string(name_of(files.front().scale)),
                                                  .hint = "`lexicell convert --recover-counts` recovers counts from log values"});
    SharedGenes shared = share_genes(files);
    if (std::ssize(shared.names) < kFewestGenes)
        throw Error(ErrorKind::precondition, {.type = "few-shared-genes", .message = "the files share too few genes", .found = fmt::format("{} genes", shared.names.size()),
                                              .expected = fmt::format("at least {}", kFewestGenes),
                                              .hint = "are all of the same species, and all symbols or all Ensembl ids? --knowledge brings names together"});
    for (std::size_t f = 0; f < files.size(); ++f)
        sink.info(fmt::format("{}: {} cells, {} of its {} genes are in every file", names[f], files[f].values.rows, shared.names.size(), files[f].genes.size()));
    CsrMatrix values{.cols = std::ssize(shared.names)};
    for (std::size_t f = 0; f < files.size(); ++f) append_rows(values, take_cols(files[f].values, shared.columns[f]));

    Dataset joined{.obs = join_obs(files, names), .var = {.index = shared.names}};
    joined.x = Matrix(std::move(values));
    LoadOptions plain{.accept_log = true, .species = options.species, .threads = options.threads};
    plain.counts.allow_noninteger = true;
    LoadedCells out = load_cells(std::move(joined), nullptr, plain, silence());
    out.species = files.front().species;
    const std::unordered_map<std::string, std::int64_t> position = positions_of(shared.names);
    for (std::size_t g = 0; g < out.genes.size(); ++g) out.text_ids[g] = shared.text_ids[position.at(out.genes[g])];
    return out;
}

}  // namespace lexicell
