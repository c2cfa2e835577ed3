#include <fmt/format.h>

#include "app/model_flags.h"
#include "lexicell/base/error.h"
#include "lexicell/tasks/score_embeddings.h"
#include "lexicell/tasks/table_file.h"

namespace lexicell::app {

namespace {

void print_totals(const EmbeddingScores& scores) {
    fmt::print("{:34} {:14} {:>8} {:>8} {:>8}\n", fmt::format("profile {}", name_of(scores.profile)), "", "bio", "batch", "overall");
    const auto number = [](const Score& score) { return score.available() ? fmt::format("{:.3f}", score.value) : std::string("NA"); };
    for (const ScoredEmbedding& e : scores.embeddings) {
        const char* kind = e.kind == ScoredEmbedding::Kind::given ? "" : e.kind == ScoredEmbedding::Kind::upper_control ? "upper control" : "lower control";
        fmt::print("{:34} {:14} {:>8} {:>8} {:>8} {}\n", e.name, kind, number(e.totals.bio), number(e.totals.batch), number(e.totals.overall), e.totals.label());
    }
}

}  // namespace

void add_score(CLI::App& app, Action& action) {
    struct Flags {
        std::filesystem::path input;
        std::optional<std::filesystem::path> output;
        bool overwrite = false, no_controls = false;
        ReadOptions read;
        ScoreEmbeddingsOptions score{.obsm = {"X_scilama"}};
        std::string profile = "scib-metrics-0.6";
    };
    auto flags = std::make_shared<Flags>();
    CLI::App* verb = app.add_subcommand("score", "integration and annotation scores of any embedding, beside controls");
    verb->footer("Examples:\n  lexicell score out/lexicell.h5ad --obs-label cell_type\n"
                 "  lexicell score a.h5ad --obsm-key X_pca --obsm-key X_scilama --obs-label cell_type --obs-batch donor -o scores.html");
    add_input(*verb, flags->input);
    verb->add_option("-o,--output", flags->output, "a page (.html) or a table of all metrics (.csv, .tsv); totals are printed in any case");
    verb->add_flag("--overwrite", flags->overwrite, "replace an existing output");
    add_read_flags(*verb, flags->read);
    verb->add_option("--obsm-key,--obsm", flags->score.obsm, "the embeddings to score");
    verb->add_option("--obs-label", flags->score.label, "obs column of the labels")->required();
    verb->add_option("--obs-batch", flags->score.batch, "obs column of the batches; without one the batch metrics are not available");
    verb->add_option("--profile", flags->profile, "scib-metrics-0.6 or scib-2022; values of different profiles are not comparable")
        ->check(CLI::IsMember({"scib-metrics-0.6", "scib-2022"}));
    verb->add_flag("--no-controls", flags->no_controls, "leave out the eight controls, which cost as much as eight embeddings");
    verb->callback([=, &action] {
        action = [=](const CommonFlags& common, Terminal& terminal) -> nlohmann::json {
            check_input(flags->input);
            if (flags->output) {
                check_output({*flags->output, flags->overwrite});
                const std::string extension = flags->output->extension().string();
                if (extension != ".html" && extension != ".csv" && extension != ".tsv")
                    throw Error(ErrorKind::usage, {.type = "unknown-output", .message = "scores are written as a page or a table", .key = "--output",
                                                   .found = flags->output->string(), .expected = "a name that ends in .html, .csv or .tsv"});
            }
            ScoreEmbeddingsOptions options = flags->score;
            options.profile = flags->profile == "scib-2022" ? ScibProfile::scib_2022 : ScibProfile::scib_metrics_0_6;
            options.controls = !flags->no_controls;
            options.seed = common.seed;
            options.threads = use_threads(common);
            const EmbeddingScores scores = score_embeddings(read_dataset(flags->input, flags->read, terminal), options, terminal);
            if (flags->output && flags->output->extension() == ".html") {
                write_page(score_page(scores, flags->input.filename().string()), *flags->output);
            } else if (flags->output) {
                write_table(metric_table(scores), *flags->output);
            }
            if (!common.json) print_totals(scores);
            return to_json(scores);
        };
    });
}

}  // namespace lexicell::app
