#include <fmt/format.h>

#include "app/model_flags.h"
#include "lexicell/text/knowledge.h"

namespace lexicell::app {

void add_knowledge(CLI::App& app, Action& action) {
    struct Flags {
        std::vector<std::filesystem::path> sources;
        std::optional<std::filesystem::path> output;
        bool overwrite = false, go_text = false;
        int dimensions = 256;
    };
    auto flags = std::make_shared<Flags>();
    CLI::App* verb = app.add_subcommand("knowledge", "gene names and gene texts, built offline");
    verb->require_subcommand(1);
    CLI::App* build = verb->add_subcommand("build", "make a knowledge folder from public tables or Bioconductor's annotation databases");
    build->footer("Examples:\n  lexicell knowledge build --tables tables/ -o knowledge\n"
                  "  lexicell knowledge build --orgdb orgdb/      (org.Hs.eg.sqlite and GO.sqlite; scripts/fetch-orgdb gets them)");
    build->add_option("--tables,--orgdb,--sources", flags->sources, "folders with gene tables, ontologies, org.Hs.eg.sqlite or GO.sqlite")
        ->required()->check(CLI::ExistingDirectory);
    build->add_option("-o,--output", flags->output, "the folder to make; default " + default_knowledge_folder().string());
    build->add_flag("--overwrite", flags->overwrite, "replace an existing folder");
    build->add_flag("--go-text", flags->go_text, "add Gene Ontology terms to the gene texts");
    build->add_option("--dimensions", flags->dimensions, "width of the vectors")->check(CLI::Range(2, 4096));
    build->callback([=, &action] {
        action = [=](const CommonFlags& common, Terminal& terminal) -> nlohmann::json {
            const std::filesystem::path target = flags->output.value_or(default_knowledge_folder());
            check_output({target, flags->overwrite});
            if (!flags->output) std::filesystem::create_directories(target.parent_path());
            const KnowledgeSummary made = build_knowledge(find_knowledge_sources(flags->sources), target,
                                                          {.go_text = flags->go_text, .dimensions = flags->dimensions, .seed = common.seed,
                                                           .threads = thread_count(common), .overwrite = flags->overwrite}, terminal);
            terminal.info(fmt::format("{}: {} human and {} mouse genes, {} and {} with a vector, {} aliases ({} ambiguous)", made.variant, made.human_genes,
                                      made.mouse_genes, made.human_vectors, made.mouse_vectors, made.aliases, made.ambiguous_aliases));
            terminal.info("use it with --knowledge " + target.string() + (flags->output ? "" : " (found by itself, being the default)"));
            return {{"output", target.string()}, {"variant", made.variant}, {"human_genes", made.human_genes}, {"mouse_genes", made.mouse_genes},
                    {"human_vectors", made.human_vectors}, {"mouse_vectors", made.mouse_vectors}};
        };
    });
}

}  // namespace lexicell::app
