#include <iostream>

#include <fmt/format.h>

#include "app/model_flags.h"
#include "lexicell/prep/counts.h"
#include "lexicell/text/knowledge.h"

namespace lexicell::app {

namespace {

using nlohmann::json;

std::string type_of(const Column& column) {
    static constexpr const char* kNames[] = {"real", "integer", "boolean", "text", "categorical"};
    return kNames[column.values.index()];
}

json describe(const Frame& frame) {
    json columns = json::object();
    for (const auto& [name, column] : frame.columns) {
        std::int64_t missing = 0;
        for (std::int64_t r = 0; r < column.size(); ++r) missing += column.is_missing(r);
        columns[name] = {{"type", type_of(column)}, {"missing", missing}};
        if (const auto* categorical = std::get_if<Categorical>(&column.values)) columns[name]["categories"] = categorical->categories.size();
    }
    return columns;
}

json describe(const Dataset& data) {
    const auto names = [](const auto& map) {
        json list = json::array();
        for (const auto& [name, value] : map) list.push_back(name);
        return list;
    };
    json document = {{"format", data.origin ? data.origin->format : ""}, {"cells", data.cells()}, {"genes", data.genes()},
                     {"obs", describe(data.obs)}, {"var", describe(data.var)}, {"layers", names(data.layers)}, {"obsm", names(data.obsm)},
                     {"varm", names(data.varm)}, {"obsp", names(data.obsp)}, {"varp", names(data.varp)}, {"uns", names(data.uns)},
                     {"raw_genes", data.raw ? json(data.raw->var.rows()) : json()},
                     {"unread", data.origin ? json(data.origin->opaque) : json::array()}};
    if (!data.x && data.layers.empty() && !data.raw) {
        document["counts"] = nullptr;
        return document;
    }
    const CountsChoice choice = find_counts(data);
    document["counts"] = {{"slot", choice.key}, {"are_counts", choice.usable}, {"scale", std::string(name_of(choice.scale))},
                          {"total", choice.figures.total}, {"largest", choice.figures.largest}, {"negative", choice.figures.negative},
                          {"nan", choice.figures.nan}, {"noninteger", choice.figures.noninteger}, {"empty_cells", choice.figures.empty_cells},
                          {"empty_genes", choice.figures.empty_genes}};
    return document;
}

std::string joined(const json& names) {
    std::string text;
    for (const json& name : names) text += (text.empty() ? "" : ", ") + name.get<std::string>();
    return text.empty() ? "none" : text;
}

std::string joined_columns(const json& columns) {
    std::string text;
    for (const auto& [name, column] : columns.items()) text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", name, column["type"].get<std::string>());
    return text.empty() ? "none" : text;
}

void print(const json& d) {
    std::cout << fmt::format("{}: {} cells x {} genes\n", d["format"].get<std::string>(), d["cells"].get<std::int64_t>(), d["genes"].get<std::int64_t>());
    if (const json& c = d["counts"]; c.is_null()) std::cout << "counts  none: the file has no matrix\n";
    else if (c["are_counts"]) std::cout << fmt::format("counts  {}: {:.0f} in total, largest {:.0f}; {} empty cells, {} empty genes\n", c["slot"].get<std::string>(), c["total"].get<double>(),
                                                       c["largest"].get<double>(), c["empty_cells"].get<std::int64_t>(), c["empty_genes"].get<std::int64_t>());
    else std::cout << fmt::format("counts  none: {} looks {}\n", c["slot"].get<std::string>(), c["scale"].get<std::string>());
    std::cout << "obs     " << joined_columns(d["obs"]) << "\nvar     " << joined_columns(d["var"]) << "\n";
    for (const char* slot : {"layers", "obsm", "varm", "obsp", "varp", "uns"}) std::cout << fmt::format("{:<8}{}\n", slot, joined(d[slot]));
    if (!d["raw_genes"].is_null()) std::cout << "raw     " << d["raw_genes"] << " genes\n";
    if (d.contains("gene_names")) std::cout << "names   " << d["gene_names"].get<std::string>() << "\n";
    if (!d["unread"].empty()) std::cout << "kept unread  " << joined(d["unread"]) << "\n";
}

}  // namespace

void add_info(CLI::App& app, Action& action) {
    auto input = std::make_shared<std::filesystem::path>();
    auto read = std::make_shared<ReadOptions>();
    auto knowledge = std::make_shared<std::optional<std::filesystem::path>>();
    CLI::App* verb = app.add_subcommand("info", "what is in a file: shape, slots, columns, whether it holds counts");
    verb->footer("Examples:\n  lexicell info counts.h5ad\n  lexicell info filtered_feature_bc_matrix.h5 --json");
    add_input(*verb, *input);
    add_read_flags(*verb, *read);
    add_knowledge_flag(*verb, *knowledge);
    verb->callback([=, &action] {
        action = [=](const CommonFlags& flags, Terminal& terminal) -> json {
            check_input(*input);
            const Dataset data = read_dataset(*input, *read, terminal);
            json document = describe(data);
            document["file"] = input->string();
            if (const auto folder = knowledge_folder(*knowledge); folder && data.genes() > 0)
                document["gene_names"] = summary(reconcile(data.var, load_knowledge(*folder).catalog));
            if (!flags.json) print(document);
            return document;
        };
    });
}

}  // namespace lexicell::app
