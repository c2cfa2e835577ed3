#include "app/verb.h"

#include <fmt/format.h>

#include "app/model_flags.h"
#include "lexicell/tasks/run.h"

namespace lexicell::app {

void add_run(CLI::App& app, Action& action) {
    auto options = std::make_shared<RunOptions>();
    auto output = std::make_shared<OutputFlags>();
    auto model = std::make_shared<ModelFlags>();
    auto explain = std::make_shared<bool>(false);
    auto resume = std::make_shared<std::string>("never");
    CLI::App* verb = app.add_subcommand("run", "counts in; representations, clusters, markers, modules, an h5ad and a report out");
    verb->footer("Examples:\n  lexicell run counts.h5ad -o out\n  lexicell run counts.h5ad -o out --knowledge ~/knowledge --obs-batch donor\n"
                 "  lexicell run panel.h5ad -o out --gmt hallmark.gmt --resume auto");
    add_input(*verb, options->input);
    add_output(*verb, *output, "folder of the results; it appears whole or not at all");
    add_compat(*verb, options->h5ad);
    verb->add_option("--resume", *resume, "auto goes on with an interrupted run of the same input and settings")
        ->check(CLI::IsMember({"auto", "never"}));
    verb->add_flag("--dry-run,--explain", *explain, "say what would be read, assumed and done; write nothing");
    verb->add_option("--gmt", options->gene_sets, "gene sets (GMT) for over-representation in the modules")->check(CLI::ExistingFile);
    verb->add_option("--obs-label", options->label, "obs column to score against; never used in training");
    add_load_flags(*verb, options->load);
    add_model_flags(*verb, *model);
    add_cluster_flags(*verb, options->clusters);
    verb->callback([=, &action] {
        action = [=](const CommonFlags& flags, Terminal& terminal) -> nlohmann::json {
            check_input(options->input);
            check_output(*output);
            options->output = output->output;
            options->overwrite = output->overwrite;
            options->resume = *resume == "auto" ? Resume::automatic : Resume::never;
            options->seed = flags.seed;
            options->threads = use_threads(flags);
            apply_model_flags(*model, flags, options->fit);
            options->knowledge = knowledge_folder(*model);
            options->gene_vectors = model->gene_vectors;
            options->batch = model->batch;
            options->load.threads = options->clusters.threads = options->threads;
            options->clusters.seed = flags.seed;
            if (*explain) return explain_run(*options, terminal);
            const nlohmann::json manifest = run(*options, terminal);
            terminal.info(fmt::format("done: {} (open report.html in a browser)", options->output.string()));
            return {{"output", options->output.string()}, {"manifest", manifest}};
        };
    });
}

}  // namespace lexicell::app
