#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/model_flags.h"
#include "lexicell/base/error.h"
#include "lexicell/prep/normalize.h"
#include "lexicell/report/cell_map.h"
#include "lexicell/report/manifest_section.h"
#include "lexicell/report/page.h"
#include "lexicell/tasks/obsm_matrix.h"

namespace lexicell::app {

namespace {

using nlohmann::json;

// The last run that the file tells of.
json last_run(const Dataset& data) {
    const auto found = data.uns.find("lexicell_runs");
    if (found == data.uns.end()) return nullptr;
    const auto* runs = std::get_if<StringArray>(&found->second.content);
    return runs && !runs->values.empty() ? json::parse(runs->values.back(), nullptr, false) : json();
}

}  // namespace

void add_report(CLI::App& app, Action& action) {
    struct Flags {
        std::filesystem::path input;
        OutputFlags output;
        ReadOptions read;
        std::string obsm = "X_umap";
        std::string colour = "scilama_cluster";
    };
    auto flags = std::make_shared<Flags>();
    CLI::App* verb = app.add_subcommand("report", "a page of any h5ad with a two-dimensional embedding");
    verb->footer("Examples:\n  lexicell report out/lexicell.h5ad -o page.html\n  lexicell report clustered.h5ad -o page.html --obsm-key X_tsne --colour cell_type");
    add_input(*verb, flags->input);
    add_output(*verb, flags->output, "the .html to write");
    add_read_flags(*verb, flags->read);
    verb->add_option("--obsm-key", flags->obsm, "the embedding to draw: its first two columns");
    verb->add_option("--colour,--color", flags->colour, "obs column to colour by first");
    verb->callback([=, &action] {
        action = [=](const CommonFlags& common, Terminal& terminal) -> json {
            check_input(flags->input);
            check_output(flags->output);
            const Dataset data = read_dataset(flags->input, flags->read, terminal);
            const DenseMatrix& embedding = require_obsm(data, flags->obsm);
            if (embedding.cols < 2)
                throw Error(ErrorKind::precondition, {.type = "not-a-plane", .message = "an embedding needs two columns to be drawn", .file = flags->input.string(),
                                                      .key = "/obsm/" + flags->obsm, .found = fmt::format("{} column", embedding.cols), .expected = "2 or more"});
            Matrix expression = CsrMatrix{.rows = data.cells(), .cols = 0, .indptr = std::vector<std::int64_t>(data.cells() + 1)};
            std::vector<std::string> genes;
            if (data.x || data.raw || !data.layers.empty()) {
                const CountsChoice choice = find_counts(data);
                genes = choice.var->index;
                expression = choice.usable ? Matrix(log_normalize(to_csr(*choice.x), 1e4, thread_count(common))) : *choice.x;
            }
            CellMapOptions options;
            if (data.obs.find(flags->colour)) options.colour_by = flags->colour;
            Page page{.title = flags->input.filename().string(), .subtitle = "drawn from obsm['" + flags->obsm + "']"};
            page.facts = {{"cells", format_count(data.cells())}, {"genes", format_count(data.genes())}};
            page.sections.push_back({.id = "cells", .title = "Cells", .blocks = {cell_map(embedding, data.obs, expression, genes, options)}});
            if (const json manifest = last_run(data); manifest.is_object()) page.sections.push_back(manifest_section(manifest));
            write_page(page, flags->output.output);
            terminal.info("wrote " + flags->output.output.string());
            return {{"output", flags->output.output.string()}};
        };
    });
}

}  // namespace lexicell::app
