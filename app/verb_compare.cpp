#include <fmt/format.h>

#include "app/model_flags.h"
#include "lexicell/tasks/compare_run.h"

namespace lexicell::app {

void add_compare(CLI::App& app, Action& action) {
    auto options = std::make_shared<CompareRunOptions>();
    auto output = std::make_shared<OutputFlags>();
    auto model = std::make_shared<ModelFlags>();
    auto profile = std::make_shared<std::string>("scib-metrics-0.6");
    CLI::App* verb = app.add_subcommand("compare", "models beside their baselines on one data set, several seeds under one split");
    verb->footer("Examples:\n  lexicell compare counts.h5ad --obs-label cell_type --obs-batch donor -o out\n"
                 "  lexicell compare counts.h5ad --obs-label cell_type --methods pca,logistic,knn --seeds 2 -o out");
    add_input(*verb, options->input);
    add_output(*verb, *output, "folder of the results; it appears whole or not at all");
    add_compat(*verb, options->h5ad);
    verb->add_option("--obs-label", options->compare.label, "obs column of the labels; never used to place cells")->required();
    verb->add_option("--obs-group", options->compare.group, "obs column (donor) whose groups are held out whole");
    verb->add_option("--methods", options->compare.methods, "all, or a list: pca, harmony, mnn, scilama, and the classifiers of annotate")->delimiter(',');
    verb->add_option("--seeds", options->compare.seeds, "repetitions; fewer than 2 give no interval")->check(CLI::Range(1, 100));
    verb->add_option("--profile", *profile, "scib-metrics-0.6 or scib-2022")->check(CLI::IsMember({"scib-metrics-0.6", "scib-2022"}));
    add_load_flags(*verb, options->load);
    add_model_flags(*verb, *model);
    verb->callback([=, &action] {
        action = [=](const CommonFlags& common, Terminal& terminal) -> nlohmann::json {
            check_input(options->input);
            check_output(*output);
            options->output = output->output;
            options->overwrite = output->overwrite;
            CompareOptions& compare = options->compare;
            if (compare.methods == std::vector<std::string>{"all"}) compare.methods.clear();
            compare.batch = model->batch;
            compare.profile = *profile == "scib-2022" ? ScibProfile::scib_2022 : ScibProfile::scib_metrics_0_6;
            compare.seed = common.seed;
            compare.threads = options->load.threads = use_threads(common);
            apply_model_flags(*model, common, compare.place.fit);
            options->knowledge = knowledge_folder(*model);
            options->gene_vectors = model->gene_vectors;
            const nlohmann::json manifest = compare_run(*options, terminal);
            terminal.info(fmt::format("done: {} (open report.html in a browser)", options->output.string()));
            return {{"output", options->output.string()}, {"manifest", manifest}};
        };
    });
}

}  // namespace lexicell::app
