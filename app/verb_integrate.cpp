#include <fmt/format.h>

#include "app/model_flags.h"
#include "lexicell/tasks/integrate_run.h"

namespace lexicell::app {

void add_integrate(CLI::App& app, Action& action) {
    auto options = std::make_shared<IntegrateRunOptions>();
    auto output = std::make_shared<OutputFlags>();
    auto model = std::make_shared<ModelFlags>();
    std::string methods;
    std::vector<std::string> names;
    for (const PlacementMethod& method : placement_methods()) {
        methods += fmt::format("{}{}: {}", methods.empty() ? "" : "; ", method.name, method.description);
        names.push_back(method.name);
    }
    CLI::App* verb = app.add_subcommand("integrate", "cells of several batches in one space, beside their principal components");
    verb->footer("Examples:\n  lexicell integrate counts.h5ad --obs-batch donor -o out\n"
                 "  lexicell embed query.h5ad --model out/model -o mapped.h5ad   (later cells, mapped onto the finished reference)\n"
                 "  lexicell integrate a.h5ad b.h5ad --method mnn --obs-label cell_type -o out");
    verb->add_option("input,-i,--input", options->inputs, "one file, or several that are joined on their common genes")->required();
    add_output(*verb, *output, "folder of the results; it appears whole or not at all");
    add_compat(*verb, options->h5ad);
    verb->add_option("--method", options->place.method, methods)->check(CLI::IsMember(names));
    verb->add_option("--obs-label", options->label, "obs column to score against; never used to place cells");
    add_load_flags(*verb, options->load);
    add_model_flags(*verb, *model);
    add_cluster_flags(*verb, options->clusters);
    verb->callback([=, &action] {
        action = [=](const CommonFlags& common, Terminal& terminal) -> nlohmann::json {
            for (const std::filesystem::path& input : options->inputs) check_input(input);
            check_output(*output);
            options->output = output->output;
            options->overwrite = output->overwrite;
            PlaceOptions& place = options->place;
            place.batch = model->batch;
            place.seed = options->clusters.seed = common.seed;
            place.threads = options->clusters.threads = options->load.threads = use_threads(common);
            apply_model_flags(*model, common, place.fit);
            options->knowledge = knowledge_folder(*model);
            options->gene_vectors = model->gene_vectors;
            const nlohmann::json manifest = integrate_run(*options, terminal);
            terminal.info(fmt::format("done: {} (open report.html in a browser)", options->output.string()));
            return {{"output", options->output.string()}, {"manifest", manifest}};
        };
    });
}

}  // namespace lexicell::app
