#include <fmt/format.h>

#include "app/model_flags.h"
#include "lexicell/base/error.h"
#include "lexicell/io/write_h5ad.h"
#include "lexicell/prep/counts.h"
#include "lexicell/prep/recover_counts.h"
#include "lexicell/tasks/require_column.h"

namespace lexicell::app {

namespace {

std::vector<double> totals_of(const Dataset& data, const std::string& name) {
    const Column& column = require_column(data.obs, name);
    if (const auto* reals = std::get_if<std::vector<double>>(&column.values)) return *reals;
    if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&column.values)) return {integers->begin(), integers->end()};
    throw Error(ErrorKind::precondition, {.type = "not-numeric", .message = "totals must be numbers", .key = "/obs/" + name});
}

// The file with integers in X, over the genes of the log-normalised slot; nothing that belonged to the old values stays.
Dataset with_recovered_counts(const Dataset& data, const std::optional<std::string>& layer, const std::optional<std::string>& totals,
                              double target_sum, int threads, Terminal& terminal) {
    const CountsChoice choice = find_counts(data, {.layer = layer});
    const Matrix* logged = choice.x;
    const Frame* var = choice.var;
    std::string key = choice.key;
    if (!layer && data.raw && choice.slot != CountsSlot::raw) {
        logged = &data.raw->x;
        var = &data.raw->var;
        key = "raw.X";
    }
    std::optional<std::vector<double>> known;
    if (totals) known = totals_of(data, *totals);
    std::optional<std::span<const double>> view;
    if (known) view = *known;
    RecoveredCounts recovered = recover_counts(*logged, view, {.target_sum = target_sum, .threads = threads});
    terminal.info(fmt::format("recovered {} counts from {}: largest deviation {:.2g}, {} values fit several whole numbers", recovered.counts.nonzeros(), key,
                              recovered.worst_deviation, recovered.ambiguous));
    Dataset out{.obs = data.obs, .var = *var, .x = std::move(recovered.counts)};
    return out;
}

}  // namespace

void add_convert(CLI::App& app, Action& action) {
    struct Flags {
        std::filesystem::path input;
        OutputFlags output;
        ReadOptions read;
        bool recover = false;
        std::optional<std::string> layer, totals;
        double target_sum = 1e4;
    };
    auto flags = std::make_shared<Flags>();
    CLI::App* verb = app.add_subcommand("convert", "any readable file to h5ad; optionally recover counts from log values");
    verb->footer("Examples:\n  lexicell convert filtered_feature_bc_matrix.h5 -o counts.h5ad\n"
                 "  lexicell convert published.h5ad -o counts.h5ad --recover-counts --totals n_counts");
    add_input(*verb, flags->input);
    add_output(*verb, flags->output, "the .h5ad to write");
    add_read_flags(*verb, flags->read);
    verb->add_flag("--recover-counts", flags->recover, "turn log1p of scaled counts back into whole counts; refused when they are not whole");
    verb->add_option("--layer", flags->layer, "the slot to recover from: a layer, raw or X; default raw where there is one");
    verb->add_option("--totals", flags->totals, "obs column with each cell's total count, when it is known");
    verb->add_option("--target-sum", flags->target_sum, "the sum that cells were scaled to");
    add_compat(*verb, flags->output.h5ad);
    verb->callback([=, &action] {
        action = [=](const CommonFlags& common, Terminal& terminal) -> nlohmann::json {
            check_input(flags->input);
            check_output(flags->output);
            Dataset data = read_dataset(flags->input, flags->read, terminal);
            if (flags->recover)
                data = with_recovered_counts(data, flags->layer, flags->totals, flags->target_sum, thread_count(common), terminal);
            write_h5ad(data, {}, flags->output.output, flags->output.h5ad, terminal);
            terminal.info(fmt::format("wrote {}: {} cells x {} genes", flags->output.output.string(), data.cells(), data.genes()));
            return {{"output", flags->output.output.string()}, {"cells", data.cells()}, {"genes", data.genes()}};
        };
    });
}

}  // namespace lexicell::app
