#include <fmt/format.h>

#include "app/model_flags.h"
#include "lexicell/tasks/run_options.h"
#include "lexicell/tasks/train_model.h"

namespace lexicell::app {

void add_train(CLI::App& app, Action& action) {
    auto options = std::make_shared<RunOptions>();
    auto output = std::make_shared<OutputFlags>();
    auto model = std::make_shared<ModelFlags>();
    auto resume = std::make_shared<std::string>("never");
    CLI::App* verb = app.add_subcommand("train", "train a sciLaMA model and save its folder");
    verb->footer("Examples:\n  lexicell train counts.h5ad -o model --knowledge knowledge\n  lexicell train counts.h5ad -o model --preset exact --mode direct --knowledge knowledge");
    add_input(*verb, options->input);
    add_output(*verb, *output, "the model folder; it appears whole or not at all");
    verb->add_option("--resume", *resume, "auto goes on with an interrupted training of the same input and settings")->check(CLI::IsMember({"auto", "never"}));
    add_load_flags(*verb, options->load);
    add_model_flags(*verb, *model);
    verb->callback([=, &action] {
        action = [=](const CommonFlags& flags, Terminal& terminal) -> nlohmann::json {
            check_input(options->input);
            check_output(*output);
            options->output = output->output;
            options->overwrite = output->overwrite;
            options->resume = *resume == "auto" ? Resume::automatic : Resume::never;
            options->seed = flags.seed;
            options->threads = options->load.threads = use_threads(flags);
            apply_model_flags(*model, flags, options->fit);
            options->knowledge = knowledge_folder(*model);
            options->gene_vectors = model->gene_vectors;
            options->batch = model->batch;
            const nlohmann::json manifest = train_model(*options, terminal);
            terminal.info("wrote the model " + options->output.string());
            return {{"output", options->output.string()}, {"manifest", manifest}};
        };
    });
}

}  // namespace lexicell::app
