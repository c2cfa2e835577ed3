#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/model_flags.h"
#include "lexicell/base/error.h"
#include "lexicell/tasks/annotate_run.h"

namespace lexicell::app {

void add_annotate(CLI::App& app, Action& action) {
    auto options = std::make_shared<AnnotateRunOptions>();
    auto output = std::make_shared<OutputFlags>();
    auto alone = std::make_shared<bool>(false);
    CLI::App* verb = app.add_subcommand("annotate", "labels for a query from a labelled reference, with calibrated probabilities");
    verb->footer("Examples:\n  lexicell annotate query.h5ad --reference ref.h5ad --obs-label cell_type -o out\n"
                 "  lexicell annotate query.h5ad --reference ref.h5ad --obs-label cell_type --obs-group donor -o out\n"
                 "  lexicell annotate another.h5ad --reference out/model -o more");
    add_input(*verb, options->query);
    add_output(*verb, *output, "folder of the results; it appears whole or not at all");
    add_compat(*verb, options->h5ad);
    verb->add_option("--reference", options->reference, "a labelled data set, or the model folder of an earlier annotate")->required();
    verb->add_option("--obs-label", options->annotate.label, "obs column of the reference that holds the labels");
    verb->add_option("--unlabelled", options->annotate.unlabelled, "values of that column that are no labels, e.g. unknown");
    verb->add_option("--obs-group", options->annotate.group, "obs column of the reference (donor, batch) whose groups are held out whole");
    verb->add_option("--truth", options->truth, "obs column of the query to score the labels against; never used in training");
    verb->add_option("--method", options->annotate.method, fmt::format("{}", fmt::join(classifier_kinds(), ", ")))->check(CLI::IsMember(classifier_kinds()));
    verb->add_option("--target-risk", options->annotate.target_risk, "accepted share of wrong labels; smaller leaves more cells unassigned")->check(CLI::Range(0.0, 1.0));
    verb->add_option("--inverse-strength,-C", options->annotate.classifier.inverse_strength, "of logistic regression: larger fits closer")->check(CLI::PositiveNumber);
    verb->add_option("--ontology", options->ontology, "Cell Ontology (.obo, or the .json of CELLxGENE): an unsure label retreats to the nearest ancestor that is safe")->check(CLI::ExistingFile);
    verb->add_option("--majority-share", options->majority_share, "share of a cluster's cells that make their label the cluster's")->check(CLI::Range(0.0, 1.0));
    verb->add_flag("--leave-types-out", options->annotate.leave_types_out, "check whether types that the reference lacks would be noticed; one more fit a type");
    verb->add_flag("--alone", *alone, "do not train the other methods for comparison");
    add_knowledge_flag(*verb, options->knowledge);
    add_load_flags(*verb, options->load);
    verb->callback([=, &action] {
        action = [=](const CommonFlags& common, Terminal& terminal) -> nlohmann::json {
            check_input(options->query);
            check_input(options->reference);
            check_output(*output);
            if (options->annotate.label.empty() && !std::filesystem::is_directory(options->reference))
                throw Error(ErrorKind::usage, {.type = "no-label", .message = "a labelled data set needs the column of its labels", .key = "--obs-label"});
            options->output = output->output;
            options->overwrite = output->overwrite;
            options->knowledge = knowledge_folder(options->knowledge);
            options->annotate.compare = !*alone;
            options->annotate.classifier.seed = common.seed;
            options->annotate.classifier.threads = options->load.threads = use_threads(common);
            const nlohmann::json manifest = annotate_run(*options, terminal);
            terminal.info(fmt::format("done: {} (open report.html in a browser)", options->output.string()));
            return {{"output", options->output.string()}, {"manifest", manifest}};
        };
    });
}

}  // namespace lexicell::app
