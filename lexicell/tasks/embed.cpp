#include "lexicell/tasks/embed.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "lexicell/base/error.h"
#include "lexicell/tasks/scilama_batches.h"

namespace lexicell {

EmbeddedCells embed_file(ScilamaModel& model, const LoadedCells& data, const EmbedOptions& options, Sink& sink) {
    const ScilamaConfig& config = model.network->config();
    const bool counts_wanted = config.input != ScilamaConfig::Input::lognorm;
    if (counts_wanted != (data.scale == ValueScale::counts))
        throw Error(ErrorKind::precondition, {.type = "other-scale", .message = "the model was trained on values of another scale", .key = data.slot,
                                              .found = std::string(name_of(data.scale)), .expected = counts_wanted ? "counts" : "log-normalised values",
                                              .hint = "--layer names the slot to read; `lexicell convert --recover-counts` recovers counts"});
    const std::unordered_set<std::string_view> measured(data.genes.begin(), data.genes.end());
    EmbeddedCells out;
    out.genes_found = std::ranges::count_if(model.genes, [&](const std::string& gene) { return measured.contains(gene); });
    const auto total = static_cast<std::int64_t>(model.genes.size()), missing = total - out.genes_found;
    if (static_cast<double>(missing) > options.largest_missing_share * static_cast<double>(total) && !options.force)
        throw Error(ErrorKind::precondition, {.type = "few-genes", .message = "too few of the model's genes are in the file",
                                              .found = fmt::format("{} of {}", out.genes_found, total),
                                              .expected = fmt::format("at least {:.0f} %", 100 * (1 - options.largest_missing_share)),
                                              .hint = "check the species and --gene-column, or add --force"});
    const MemoryCells source(data.values, data.genes, data.dataset.obs);
    out.cells = embed_all_cells(*model.network, FeatureBatches(*model.featurizer, source, sink));
    return out;
}

}  // namespace lexicell
