#include "lexicell/tasks/compare_run.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "lexicell/base/atomic_file.h"
#include "lexicell/base/hash.h"
#include "lexicell/report/heatmap.h"
#include "lexicell/report/interval_figure.h"
#include "lexicell/report/manifest_section.h"
#include "lexicell/report/page.h"
#include "lexicell/tasks/manifest.h"
#include "lexicell/tasks/run_folder.h"
#include "lexicell/tasks/score_text.h"
#include "lexicell/tasks/table_file.h"
#include "lexicell/tasks/text_side.h"

namespace lexicell {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

std::string exact(const Score& score) { return score.available() ? fmt::format("{}", score.value) : std::string(); }

const char* role_of(const Contestant& c) { return c.control ? "control" : c.baseline ? "baseline" : "model"; }

std::string with_interval(const MeanInterval& m) {
    if (!m.mean.available()) return "NA";
    return m.half_width.available() ? fmt::format("{:.3f} ± {:.3f}", m.mean.value, m.half_width.value) : fmt::format("{:.3f}", m.mean.value);
}

// One row a method, repetition and metric, numbers in full.
Table score_table(const Comparison& comparison) {
    Table table{.caption = "All scores", .columns = {{"contest"}, {"method"}, {"role"}, {"repetition", true}, {"metric"}, {"value", true}, {"reason"}, {"seconds", true}}};
    for (const Contest& contest : comparison.contests)
        for (const Contestant& contestant : contest.contestants)
            for (const Job& job : contestant.jobs)
                for (const std::string& metric : contest.metrics) {
                    const auto found = job.scores.find(metric);
                    const Score score = found == job.scores.end() ? Score::not_available(job.failure) : found->second;
                    table.rows.push_back({contest.id, contestant.name, role_of(contestant), std::to_string(job.repetition), metric, exact(score), score.reason,
                                          fmt::format("{:.3f}", job.seconds)});
                }
    return table;
}

Table standing_table(const Contest& contest, const std::string& file_name) {
    Table table{.caption = contest.title, .columns = {{"rank", true}, {"method"}, {"role"}}, .file_name = file_name};
    for (const std::string& metric : contest.metrics) table.columns.push_back({metric, true});
    table.columns.push_back({"paired p against the best baseline", true});
    table.columns.push_back({"failed", true});
    int rank = 0;
    for (const Contestant& c : contest.contestants) {
        const bool ranked = !c.control && c.means.at(contest.headline).mean.available();
        std::vector<std::string> row = {ranked ? std::to_string(++rank) : "", c.name, role_of(c)};
        for (const std::string& metric : contest.metrics) row.push_back(with_interval(c.means.at(metric)));
        row.push_back(c.against_best.p.available() ? format_number(c.against_best.p.value, 2) : "");
        row.push_back(std::to_string(std::ranges::count_if(c.jobs, [](const Job& job) { return !job.failure.empty(); })));
        table.rows.push_back(std::move(row));
    }
    return table;
}

Table split_table(const Comparison& comparison, const Frame& obs) {
    Table table{.caption = "Split", .columns = {{"cell"}}};
    std::vector<std::vector<std::string>> side(comparison.split.train.size(), std::vector<std::string>(static_cast<std::size_t>(obs.rows())));
    for (std::size_t r = 0; r < side.size(); ++r) {
        table.columns.push_back({fmt::format("repetition_{}", r)});
        for (const std::int64_t cell : comparison.split.train[r]) side[r][cell] = "train";
        for (const std::int64_t cell : comparison.split.test[r]) side[r][cell] = "test";
    }
    for (std::int64_t i = 0; i < obs.rows(); ++i) {
        table.rows.push_back({obs.index[i]});
        for (const auto& column : side) table.rows.back().push_back(column[i]);
    }
    return table;
}

Table failure_table(const Comparison& comparison) {
    Table table{.caption = "Jobs that failed", .columns = {{"contest"}, {"method"}, {"repetition", true}, {"reason"}}};
    for (const Contest& contest : comparison.contests)
        for (const Contestant& contestant : contest.contestants)
            for (const Job& job : contestant.jobs)
                if (!job.failure.empty()) table.rows.push_back({contest.id, contestant.name, std::to_string(job.repetition), job.failure});
    return table;
}

Figure standing_figure(const Contest& contest) {
    std::vector<IntervalRow> rows;
    for (const Contestant& c : contest.contestants) {
        const MeanInterval& mean = c.means.at(contest.headline);
        if (!mean.mean.available()) continue;
        IntervalRow row{.name = c.control ? c.name + " (control)" : c.name, .mean = mean.mean.value, .half_width = mean.half_width.value, .emphasised = !c.baseline && !c.control};
        for (const Job& job : c.jobs)
            if (const auto found = job.scores.find(contest.headline); found != job.scores.end()) row.repetitions.push_back(found->second.value);
        rows.push_back(std::move(row));
    }
    return interval_figure(rows, {.title = fmt::format("{}: {}", contest.title, contest.headline), .row_name = "method", .value_name = contest.headline});
}

Figure metric_figure(const Contest& contest) {
    std::vector<std::string> names;
    DenseMatrix values(std::ssize(contest.contestants), std::ssize(contest.metrics));
    for (std::size_t i = 0; i < contest.contestants.size(); ++i) {
        names.push_back(contest.contestants[i].name);
        for (std::size_t m = 0; m < contest.metrics.size(); ++m) {
            const Score& mean = contest.contestants[i].means.at(contest.metrics[m]).mean;
            values(static_cast<std::int64_t>(i), static_cast<std::int64_t>(m)) = mean.available() ? static_cast<float>(mean.value) : std::numeric_limits<float>::quiet_NaN();
        }
    }
    return heatmap(names, contest.metrics, values, {.title = contest.title + ": every metric", .row_name = "method", .column_name = "metric", .value_name = "mean", .lowest = 0, .highest = 1});
}

Section leakage_section(const Comparison& comparison, const CompareOptions& options) {
    Section section{.id = "split", .title = "Split and leakage",
                    .lead = options.group ? fmt::format("A fifth of the cells is held out, whole groups of {}.", *options.group)
                                          : "A fifth of the labelled cells is held out at random, evenly over the labels. Held-out donors (--obs-group) are the harder and more honest test."};
    Table table{.caption = "Leakage check", .columns = {{"repetition", true}, {"train cells", true}, {"test cells", true}, {"test cells with a twin in training", true}, {"shared groups", true}}};
    for (std::size_t r = 0; r < comparison.split.leakage.size(); ++r)
        table.rows.push_back({std::to_string(r), format_count(std::ssize(comparison.split.train[r])), format_count(std::ssize(comparison.split.test[r])),
                              format_count(std::ssize(comparison.split.leakage[r].test_cells)), format_count(std::ssize(comparison.split.leakage[r].groups))});
    section.blocks.push_back(std::move(table));
    return section;
}

Page page_of(const Comparison& comparison, const CompareRunOptions& options, const LoadedCells& cells, const json& manifest) {
    Page page{.title = options.input.filename().string(), .subtitle = comparison.verdict};
    page.facts = {{"cells", format_count(cells.values.rows)}, {"labels", std::to_string(comparison.label_names.size())},
                  {"repetitions", std::to_string(options.compare.seeds)}, {"failed jobs", std::to_string(comparison.failures)}};
    if (comparison.failures > 0)
        page.notes.push_back({.level = Note::Level::warning, .text = fmt::format("{} jobs failed; they are listed at the end and count as missing, not as 0.", comparison.failures)});
    if (std::ranges::any_of(comparison.split.leakage, [](const Leakage& leakage) { return !leakage.clean(); }))
        page.notes.push_back({.level = Note::Level::warning, .text = "Some test cells equal training cells, or groups stand on both sides: see Split and leakage."});
    if (options.compare.seeds < 2) page.notes.push_back({.level = Note::Level::warning, .text = "One repetition gives no interval and no test."});
    for (const Contest& contest : comparison.contests) {
        const bool places = contest.id == "cells";
        Section section{.id = contest.id, .title = contest.title,
                        .lead = contest.question + (places ? fmt::format(" Profile {}; labels are used to score, never to train. Overall is 0.6 bio + 0.4 batch.", name_of(options.compare.profile))
                                                           : " Methods that place cells saw all cells, but no label; their test cells take the majority of 15 neighbours among the training cells.")};
        section.blocks = {Paragraph{contest.verdict + "."}, standing_figure(contest), standing_table(contest, "standing_" + contest.id), metric_figure(contest)};
        page.sections.push_back(std::move(section));
    }
    page.sections.push_back(leakage_section(comparison, options.compare));
    if (comparison.failures > 0) page.sections.push_back({.id = "failures", .title = "Failures", .blocks = {failure_table(comparison)}});
    page.sections.push_back(manifest_section(manifest));
    return page;
}

// What every number of the page can be computed from again.
Dataset additions_of(const Comparison& comparison, const Dataset& base, const json& manifest) {
    Dataset out{.obs = {.index = base.obs.index, .index_name = base.obs.index_name}, .var = {.index = base.var.index, .index_name = base.var.index_name}};
    for (std::size_t r = 0; r < comparison.split.train.size(); ++r) {
        Categorical side{.codes = std::vector<std::int32_t>(static_cast<std::size_t>(base.cells()), -1), .categories = {"test", "train"}};
        for (const std::int64_t cell : comparison.split.test[r]) side.codes[cell] = 0;
        for (const std::int64_t cell : comparison.split.train[r]) side.codes[cell] = 1;
        out.obs.set(fmt::format("split_{}", r), {.values = std::move(side)});
    }
    for (std::size_t r = 0; r < comparison.unintegrated.size(); ++r) out.obsm[fmt::format("X_unintegrated_{}", r)] = comparison.unintegrated[r];
    for (const Contest& contest : comparison.contests)
        for (const Contestant& contestant : contest.contestants)
            for (const Job& job : contestant.jobs) {
                if (job.points.rows > 0) out.obsm[fmt::format("X_{}_{}", contestant.name, job.repetition)] = job.points;
                if (!job.predicted.empty())
                    out.obs.set(fmt::format("{}_{}", contestant.name, job.repetition), {.values = Categorical{.codes = job.predicted, .categories = comparison.label_names}});
            }
    append_run(base, manifest, out);
    return out;
}

json describe(const Comparison& comparison) {
    json out = {{"verdict", comparison.verdict}, {"failures", comparison.failures}, {"contests", json::array()}};
    for (const Contest& contest : comparison.contests) {
        json standings = json::array();
        for (const Contestant& c : contest.contestants) {
            json metrics = json::object();
            for (const std::string& metric : contest.metrics)
                metrics[metric] = {{"mean", number_or_null(c.means.at(metric).mean)}, {"half_width", number_or_null(c.means.at(metric).half_width)}, {"values", c.means.at(metric).values}};
            standings.push_back({{"method", c.name}, {"role", role_of(c)}, {"metrics", metrics}, {"paired_p", number_or_null(c.against_best.p)}});
        }
        out["contests"].push_back({{"id", contest.id}, {"headline", contest.headline}, {"verdict", contest.verdict}, {"standings", std::move(standings)}});
    }
    return out;
}

}  // namespace

json compare_run(const CompareRunOptions& options, Sink& sink) {
    Manifest manifest("compare", options.compare.seed, options.compare.threads);
    manifest.begin_stage("read");
    manifest.add_input(options.input);
    const TextSide text = read_text_side(options.knowledge, options.gene_vectors, dedup_named(options.compare.place.fit.config.dedup), sink);
    LoadOptions load = options.load;
    load.accept_log = true;
    LoadedCells cells = load_cells(options.input, text.catalog(), load, sink);
    const std::vector<GeneTable> tables = tables_for(cells, text, sink);
    manifest.document()["profile"] = std::string(name_of(options.compare.profile));
    manifest.document()["label"] = options.compare.label;
    if (options.compare.batch) manifest.document()["batch"] = *options.compare.batch;
    RunFolder folder(options.output, options.overwrite, Resume::never, sha256(manifest.document().dump()), sink);

    manifest.begin_stage("compare");
    const Comparison comparison = compare(cells, tables, options.compare, sink);
    sink.info(comparison.verdict);
    manifest.begin_stage("write");
    const Table split = split_table(comparison, cells.dataset.obs);
    std::string split_text;
    for (const auto& row : split.rows)
        for (const std::string& entry : row) split_text += entry + "\t";
    manifest.document()["split_sha256"] = sha256(split_text);
    manifest.document()["comparison"] = describe(comparison);
    const json document = manifest.finish({});
    write_h5ad(cells.dataset, additions_of(comparison, cells.dataset, document), folder.partial() / "lexicell.h5ad", options.h5ad, sink);
    fs::create_directories(folder.partial() / "tables");
    write_table(score_table(comparison), folder.partial() / "tables" / "scores.csv");
    write_table(split, folder.partial() / "tables" / "split.csv");
    for (const Contest& contest : comparison.contests) write_table(standing_table(contest, ""), folder.partial() / "tables" / ("standing_" + contest.id + ".csv"));
    write_page(page_of(comparison, options, cells, document), folder.partial() / "report.html");
    write_file_atomically(folder.partial() / "manifest.json", document.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
    folder.publish();
    return document;
}

}  // namespace lexicell
