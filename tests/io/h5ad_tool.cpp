// What the Python tests of tests/io drive: one line of JSON a file.
//   h5ad_tool read FILE...
//   h5ad_tool write IN OUT [--cells 2,0] [--genes 1] [--compat 0.12] [--add]
#include <cmath>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "lexicell/io/read.h"
#include "lexicell/io/write_h5ad.h"

namespace {

using namespace lexicell;
using nlohmann::json;

json describe(const Dataset& data) {
    json out = {{"cells", data.cells()}, {"genes", data.genes()}, {"opaque", data.origin->opaque}};
    if (data.x) {
        out["kind"] = std::holds_alternative<CsrMatrix>(*data.x) ? "csr" : "dense";
        out["stored"] = std::visit([](const auto& m) { return m.values.size(); }, *data.x);
        const DenseMatrix dense = to_dense(*data.x);
        if (dense.values.size() <= 2000) {
            out["x"] = json::array();
            for (const float value : dense.values) out["x"].push_back(std::isfinite(value) ? json(value) : json(std::to_string(value)));
        }
    }
    for (const auto& [name, frame] : {std::pair("obs", &data.obs), std::pair("var", &data.var)}) {
        json columns = json::object();
        for (const auto& [key, column] : frame->columns) {
            json texts = json::array();
            for (std::int64_t row = 0; row < std::min<std::int64_t>(column.size(), 100); ++row) texts.push_back(column.is_missing(row) ? json() : json(column.text(row)));
            columns[key] = texts;
        }
        json index = json::array();
        for (const std::string& text : frame->index)
            if (index.size() < 100) index.push_back(text.substr(0, 100));
        out[name] = {{"columns", columns}, {"index", index}};
    }
    return out;
}

// Prints the outcome of `work` with the warnings met on the way; exceptions of ours become {"error": ...}.
template <class Work>
void report(const std::string& file, Work work) {
    RecordingSink sink;
    json out = {{"file", file}};
    try {
        out.update(work(sink));
        out["code"] = 0;
    } catch (const Error& error) {
        out["code"] = error.exit_code();
        out["error"] = {{"type", error.detail().type}, {"text", error.what()}, {"key", error.detail().key}, {"hint", error.detail().hint}};
    }
    out["warnings"] = json::object();
    for (const Warning& warning : sink.warnings) out["warnings"][warning.name] = out["warnings"].value(warning.name, std::uint64_t{0}) + warning.count;
    std::cout << out.dump(-1, ' ', false, json::error_handler_t::replace) << std::endl;
}

std::vector<std::int64_t> numbers_in(const std::string& text) {
    std::vector<std::int64_t> out;
    std::stringstream in(text);
    for (std::string part; std::getline(in, part, ',');) out.push_back(std::stoll(part));
    return out;
}

// One of everything that a command adds to a file.
Dataset additions_for(const Dataset& base) {
    Dataset added;
    added.obs.index = base.obs.index;
    added.var.index = base.var.index;
    std::vector<std::string> labels;
    std::vector<double> confidence;
    std::vector<std::int64_t> numbers;
    std::vector<bool> missing;
    DenseMatrix embedding(base.cells(), 2);
    for (std::int64_t i = 0; i < base.cells(); ++i) {
        labels.push_back(i % 2 ? "B cell" : "Unassigned");
        confidence.push_back(0.5 + static_cast<double>(i));
        numbers.push_back(i);
        missing.push_back(i == 1);
        embedding(i, 0) = static_cast<float>(i);
    }
    added.obs.set("lexicell_label", {.values = labels});
    added.obs.set("lexicell_confidence", {.values = confidence});
    added.obs.set("lexicell_rank", {.values = numbers, .missing = missing});
    added.obs.set("lexicell_text", {.values = labels, .missing = missing});
    added.var.set("lexicell_known", {.values = std::vector<bool>(base.var.index.size(), true)});
    added.obsm["X_scilama"] = embedding;
    added.obsp["lexicell"] = CsrMatrix{.rows = base.cells(), .cols = base.cells(), .indptr = std::vector<std::int64_t>(base.obs.index.size() + 1, 0)};
    added.uns["lexicell_runs"] = Value{StringArray{{2}, {"{\"a\": 1}", "{}"}}};
    added.uns["nested"] = Value{Dict{{"fresh", Value{2.5}}, {"flag", Value{true}}, {"count", Value{std::int64_t{7}}}}};
    added.uns["rank_genes_groups"] = Value{Dict{{"names", Value{RecordArray{{{"a", std::vector<std::string>{"g1", "g2"}}, {"b", std::vector<std::string>{"g3", ""}}}}}},
                                                {"scores", Value{RecordArray{{{"a", std::vector<float>{2, 1}}, {"b", std::vector<float>{3, 0}}}}}},
                                                {"pvals", Value{RecordArray{{{"a", std::vector<double>{0.1, 0.2}}, {"b", std::vector<double>{0.3, 1}}}}}}}};
    return added;
}

json write(const std::vector<std::string>& arguments, Sink& sink) {
    Dataset base = read_dataset(arguments.at(0), {}, sink);
    Dataset added;
    bool add = false;
    WriteOptions options;
    options.verify = true;
    for (std::size_t i = 2; i < arguments.size(); ++i) {
        if (arguments[i] == "--add") add = true;
        else if (arguments[i] == "--cells") base = take_cells(base, numbers_in(arguments.at(++i)));
        else if (arguments[i] == "--genes") base = take_genes(base, numbers_in(arguments.at(++i)));
        else if (arguments[i] == "--compat") options.compat = arguments.at(++i) == "0.12" ? Compat::v0_12 : Compat::v0_8;
        else if (arguments[i] == "--forget") base.origin.reset();
    }
    if (add) added = additions_for(base);
    write_h5ad(base, added, arguments.at(1), options, sink);
    return json::object();
}

}  // namespace

int main(int count, char** values) {
    const std::vector<std::string> arguments(values + 1, values + count);
    if (arguments.size() >= 2 && arguments[0] == "read") {
        for (std::size_t i = 1; i < arguments.size(); ++i)
            report(arguments[i], [&](Sink& sink) { return describe(read_dataset(arguments[i], {}, sink)); });
        return 0;
    }
    if (arguments.size() >= 3 && arguments[0] == "write") {
        report(arguments[2], [&](Sink& sink) { return write({arguments.begin() + 1, arguments.end()}, sink); });
        return 0;
    }
    std::cerr << "usage: h5ad_tool read FILE... | write IN OUT [--add] [--cells LIST] [--genes LIST] [--compat V] [--forget]\n";
    return 2;
}
