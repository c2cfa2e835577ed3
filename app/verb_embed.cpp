#include <fmt/format.h>

#include "app/model_flags.h"
#include "lexicell/io/write_h5ad.h"
#include "lexicell/tasks/embed.h"
#include "lexicell/tasks/manifest.h"
#include "lexicell/tasks/text_side.h"

namespace lexicell::app {

void add_embed(CLI::App& app, Action& action) {
    struct Flags {
        std::filesystem::path input, model;
        OutputFlags output;
        LoadOptions load;
        std::optional<std::filesystem::path> knowledge;
        std::vector<std::filesystem::path> gene_vectors;
        std::optional<std::string> key;
        bool force = false;
    };
    auto flags = std::make_shared<Flags>();
    CLI::App* verb = app.add_subcommand("embed", "place the cells of a file by a trained model");
    verb->footer("Examples:\n  lexicell embed query.h5ad --model out/model -o query_embedded.h5ad\n"
                 "  lexicell embed panel.h5ad --model out/model -o placed.h5ad --knowledge knowledge   (other genes: by their texts)");
    add_input(*verb, flags->input);
    add_output(*verb, flags->output, "the .h5ad to write: the input with the representation in obsm");
    add_compat(*verb, flags->output.h5ad);
    verb->add_option("--model", flags->model, "a model folder of `run`, `train` or `integrate`")->required();
    verb->add_option("--obsm-key", flags->key, "where the representation goes; default X_ and the type of the model");
    verb->add_flag("--force", flags->force, "embed although most of the model's genes are missing");
    add_load_flags(*verb, flags->load);
    add_knowledge_flag(*verb, flags->knowledge);
    verb->add_option("--gene-vectors", flags->gene_vectors, "the tables of vectors that the model was trained with, instead of the knowledge's")->check(CLI::ExistingFile);
    verb->callback([=, &action] {
        action = [=](const CommonFlags& common, Terminal& terminal) -> nlohmann::json {
            check_input(flags->input);
            check_output(flags->output);
            LoadOptions load = flags->load;
            load.threads = use_threads(common);
            Manifest manifest("embed", common.seed, load.threads);
            const LoadedModel model = load_model(flags->model);
            const std::string key = flags->key.value_or("X_" + model.type);
            manifest.add_input(flags->input);
            manifest.document()["model"] = flags->model.filename().string();
            load.accept_log = model.reads == ValueScale::log_normalised;
            const TextSide text = read_text_side(knowledge_folder(flags->knowledge), flags->gene_vectors, model.dedup, terminal);
            LoadedCells cells = load_cells(flags->input, text.catalog(), load, terminal);
            const std::vector<GeneTable> tables = model.panel ? tables_for(cells, text, terminal) : std::vector<GeneTable>{};
            const EmbeddedCells embedded = embed_in_model(model, cells, tables, {.force = flags->force}, terminal);
            Dataset additions{.obs = {.index = cells.dataset.obs.index, .index_name = cells.dataset.obs.index_name},
                              .var = {.index = cells.dataset.var.index, .index_name = cells.dataset.var.index_name}};
            additions.obsm[key] = embedded.cells;
            manifest.document()["genes"] = {{"read_by", embedded.by_text ? "text" : "name"}, {"read", embedded.genes_read}, {"shared", embedded.genes_shared}};
            append_run(cells.dataset, manifest.finish(terminal.warnings()), additions);
            write_h5ad(cells.dataset, additions, flags->output.output, flags->output.h5ad, terminal);
            terminal.info(fmt::format("placed {} cells by {} genes, read by {}, of which the model was trained on {}: obsm['{}'] in {}", embedded.cells.rows,
                                      embedded.genes_read, embedded.by_text ? "their texts" : "name", embedded.genes_shared, key,
                                      flags->output.output.string()));
            return {{"output", flags->output.output.string()}, {"cells", embedded.cells.rows}, {"genes_read", embedded.genes_read},
                    {"genes_shared", embedded.genes_shared}, {"by_text", embedded.by_text}};
        };
    });
}

}  // namespace lexicell::app
