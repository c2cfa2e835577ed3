#include "lexicell/tasks/train_model.h"

#include "lexicell/tasks/scilama_folder.h"
#include "lexicell/tasks/text_side.h"

namespace lexicell {

using nlohmann::json;

json train_model(const RunOptions& options, Sink& sink) {
    Manifest manifest("train", options.seed, options.threads);
    manifest.begin_stage("read");
    manifest.add_input(options.input);
    manifest.document()["parameters"] = run_parameters(options);
    const TextSide text = read_text_side(options.knowledge, options.gene_vectors, dedup_named(options.fit.config.dedup), sink);
    LoadOptions load_options = run_load_options(options);
    load_options.keep_file = false;
    LoadedCells cells = load_cells(options.input, text.catalog(), load_options, sink);
    const std::vector<GeneTable> tables = tables_for(cells, text, sink);
    RunFolder folder(options.output, options.overwrite, options.resume, run_identity(manifest, tables, options.threads), sink);

    manifest.begin_stage("train");
    const ScilamaFit fit = fit_scilama(cells, tables, run_fit_options(options, folder), sink);
    const json document = manifest.finish({});
    write_model_folder(to_folder(fit.model, model_card_of(cells, fit.model, options)), folder.partial() / "model", true);
    folder.publish("model");
    return document;
}

}  // namespace lexicell
