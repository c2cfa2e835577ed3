#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/model_flags.h"
#include "lexicell/base/error.h"
#include "lexicell/genes/gene_sets.h"
#include "lexicell/io/delimited.h"
#include "lexicell/tasks/gene_modules.h"
#include "lexicell/tasks/load_model.h"
#include "lexicell/tasks/over_representation.h"

namespace lexicell::app {

void add_modules(CLI::App& app, Action& action) {
    struct Flags {
        std::filesystem::path model;
        OutputFlags output;
        std::optional<std::filesystem::path> gene_sets, enrichment;
        GeneModuleOptions modules;
    };
    auto flags = std::make_shared<Flags>();
    CLI::App* verb = app.add_subcommand("modules", "groups of genes that a trained model places together, and the gene sets they hold");
    verb->footer("Examples:\n  lexicell modules out/model -o modules.csv --gmt hallmark.gmt --enrichment enrichment.csv");
    verb->add_option("input,-i,--input", flags->model, "a model folder of `run` or `train`")->required();
    add_output(*verb, flags->output, "table of genes and their modules (.csv or .tsv)");
    verb->add_option("--gmt", flags->gene_sets, "gene sets to test for over-representation")->check(CLI::ExistingFile);
    verb->add_option("--enrichment", flags->enrichment, "table of the over-represented sets (.csv or .tsv)")->needs("--gmt");
    verb->add_option("--resolution", flags->modules.resolution, "of Leiden: larger gives more and smaller modules");
    verb->add_option("--n-neighbors", flags->modules.k, "neighbours of a gene")->check(CLI::Range(2, 1000));
    verb->callback([=, &action] {
        action = [=](const CommonFlags& common, Terminal& terminal) -> nlohmann::json {
            check_input(flags->model);
            check_output(flags->output);
            if (flags->enrichment) check_output({*flags->enrichment, flags->output.overwrite});
            use_threads(common);
            const LoadedModel model = load_model(flags->model);
            if (!model.genes)
                throw Error(ErrorKind::precondition, {.type = "no-gene-side", .message = "the model was trained without gene vectors", .file = flags->model.string(),
                                                      .hint = "train it with --knowledge or --gene-vectors"});
            const std::vector<std::string>& names = model.genes->embedded_genes();
            GeneModuleOptions options = flags->modules;
            options.seed = common.seed;
            options.threads = thread_count(common);
            const GeneModules modules = gene_modules(model.genes->embed_genes(), options);
            std::vector<std::vector<std::string>> rows;
            for (std::size_t g = 0; g < names.size(); ++g)
                rows.push_back({names[g], modules.module[g] < 0 ? "" : std::to_string(modules.module[g])});
            write_csv(flags->output.output, std::vector<std::string>{"gene", "module"}, rows);
            terminal.info(fmt::format("{} modules of {} genes in {}", modules.modules, names.size(), flags->output.output.string()));
            nlohmann::json document = {{"output", flags->output.output.string()}, {"modules", modules.modules}, {"genes", names.size()}};
            if (!flags->gene_sets) return document;
            const OverRepresentationResult found = over_representation(model.gene_text_ids, modules.module, read_gmt(*flags->gene_sets).sets);
            rows.clear();
            for (const OverRepresentation& pair : found.pairs)
                rows.push_back({std::to_string(pair.module), pair.set, std::to_string(pair.overlap), std::to_string(pair.module_size), std::to_string(pair.set_size),
                                fmt::format("{}", pair.fold), fmt::format("{}", pair.p), fmt::format("{}", pair.q), fmt::format("{}", fmt::join(pair.genes, " "))});
            if (flags->enrichment)
                write_csv(*flags->enrichment, std::vector<std::string>{"module", "set", "overlap", "module_size", "set_size", "fold", "p", "q", "genes"}, rows);
            const auto significant = std::ranges::count_if(found.pairs, [](const OverRepresentation& pair) { return pair.q < 0.05; });
            terminal.info(fmt::format("{} of {} sets tested are over-represented in a module (q < 0.05)", significant, found.sets));
            document["significant_pairs"] = significant;
            return document;
        };
    });
}

}  // namespace lexicell::app
