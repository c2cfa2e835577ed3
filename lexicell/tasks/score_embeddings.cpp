#include "lexicell/tasks/score_embeddings.h"

#include <algorithm>
#include <limits>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lexicell/base/error.h"
#include "lexicell/metrics/controls.h"
#include "lexicell/models/baseline/pca_encoder.h"
#include "lexicell/prep/counts.h"
#include "lexicell/prep/normalize.h"
#include "lexicell/report/heatmap.h"
#include "lexicell/tasks/obsm_matrix.h"
#include "lexicell/tasks/require_column.h"
#include "lexicell/tasks/score_text.h"
#include "lexicell/tasks/sorted_labels.h"

namespace lexicell {

using nlohmann::json;

namespace {

constexpr std::int64_t kFewestCells = 10;

DenseMatrix unintegrated(const Dataset& data, const std::vector<std::int64_t>& rows, int threads, std::string& from) {
    if (const auto stored = data.obsm.find("X_pca"); stored != data.obsm.end())
        if (const auto* components = std::get_if<DenseMatrix>(&stored->second)) {
            from = "obsm['X_pca']";
            return take_rows(*components, rows);
        }
    const CountsChoice choice = find_counts(data);
    CsrMatrix x = take_rows(to_csr(*choice.x), rows);
    from = fmt::format("principal components of {}", choice.key);
    if (choice.usable) {
        x = log_normalize(std::move(x), 1e4, threads);
        from += ", log-normalised";
    }
    return fit_pca_encoder(x, choice.var->index, std::nullopt, std::nullopt, {.threads = threads}).cells;
}

std::optional<std::vector<double>> numbers(const Dataset& data, const std::string& name, const std::vector<std::int64_t>& rows) {
    const Column* column = data.obs.find(name);
    const auto* values = column ? std::get_if<std::vector<double>>(&column->values) : nullptr;
    if (!values) return std::nullopt;
    std::vector<double> out;
    for (const std::int64_t row : rows) out.push_back((*values)[row]);
    return out;
}

const std::string& reason_of(const ScibRow& row) { return row.value.available() ? row.scaled.reason : row.value.reason; }

const char* name_of(ScibGroup group) { return group == ScibGroup::bio ? "bio" : "batch"; }

const char* name_of(ScoredEmbedding::Kind kind) {
    if (kind == ScoredEmbedding::Kind::given) return "embedding";
    return kind == ScoredEmbedding::Kind::upper_control ? "upper control" : "lower control";
}

}  // namespace

EmbeddingScores score_embeddings(const Dataset& data, const ScoreEmbeddingsOptions& options, Sink& sink) {
    const Column& label = require_column(data.obs, options.label);
    const Column* batch = options.batch ? &require_column(data.obs, *options.batch) : nullptr;
    std::vector<std::int64_t> rows;
    for (std::int64_t i = 0; i < data.cells(); ++i)
        if (!label.is_missing(i) && !(batch && batch->is_missing(i))) rows.push_back(i);
    if (std::ssize(rows) < kFewestCells)
        throw Error(ErrorKind::precondition, {.type = "few-labels", .message = "too few cells have a label", .key = "obs['" + options.label + "']",
                                              .found = fmt::format("{} cells", rows.size()), .expected = fmt::format("at least {}", kFewestCells)});
    EmbeddingScores scores{.profile = options.profile, .label = options.label, .batch = options.batch.value_or(""), .cells = std::ssize(rows),
                           .left_out = data.cells() - std::ssize(rows)};
    if (scores.left_out > 0) sink.info(fmt::format("{} cells without a label or batch are left out", scores.left_out));
    // Only now: a label may have lost all its cells.
    const std::vector<std::int32_t> labels = sorted_labels(take_rows(label, rows)).codes,
                                    batches = batch ? sorted_labels(take_rows(*batch, rows)).codes : std::vector<std::int32_t>(rows.size());
    const DenseMatrix before = unintegrated(data, rows, options.threads, scores.before);
    sink.info("before integration: " + scores.before);

    ScibOptions scib{.profile = options.profile, .before = &before, .seed = options.seed, .threads = options.threads};
    scib.s_score = numbers(data, "S_score", rows);
    scib.g2m_score = numbers(data, "G2M_score", rows);
    const auto add = [&](const std::string& name, ScoredEmbedding::Kind kind, const DenseMatrix& points) {
        if (sink.stop_requested()) throw Error(ErrorKind::interrupted, {.type = "interrupted", .message = "scoring was stopped on request"});
        sink.progress({.stage = "scores", .done = scores.embeddings.size()});
        scores.embeddings.push_back({.name = name, .kind = kind, .table = scib_metrics(points, labels, batches, scib)});
    };
    for (const std::string& key : options.obsm) add(key, ScoredEmbedding::Kind::given, take_rows(require_obsm(data, key), rows));
    if (options.controls)
        for (const ControlEmbedding& control : control_embeddings(before, labels, batches, {.seed = options.seed}))
            add(control.name, control.upper ? ScoredEmbedding::Kind::upper_control : ScoredEmbedding::Kind::lower_control, control.points);

    std::vector<ScibTable> tables;
    for (const ScoredEmbedding& embedding : scores.embeddings) tables.push_back(embedding.table);
    const std::vector<ScibTotals> totals = scib_totals(tables);
    for (std::size_t i = 0; i < totals.size(); ++i) scores.embeddings[i].totals = totals[i];
    for (ScoredEmbedding& given : scores.embeddings) {
        if (given.kind != ScoredEmbedding::Kind::given) continue;
        std::set<std::string> saturated;
        for (const ScoredEmbedding& control : scores.embeddings)
            if (control.kind == ScoredEmbedding::Kind::lower_control) {
                const std::vector<std::string> lost = not_better_than(given.table, control.table);
                saturated.insert(lost.begin(), lost.end());
            }
        given.saturated.assign(saturated.begin(), saturated.end());
    }
    return scores;
}

json to_json(const EmbeddingScores& scores) {
    json document = {{"profile", std::string(name_of(scores.profile))}, {"label", scores.label}, {"batch", scores.batch.empty() ? json() : json(scores.batch)},
                     {"cells", scores.cells}, {"left_out", scores.left_out}, {"before", scores.before}, {"metrics", json::array()}, {"totals", json::array()}};
    for (const ScoredEmbedding& e : scores.embeddings) {
        for (const ScibRow& row : e.table.rows)
            document["metrics"].push_back({{"obsm", e.name}, {"name", row.name}, {"group", name_of(row.group)}, {"value", number_or_null(row.value)},
                                           {"scaled", number_or_null(row.scaled)}, {"reason", reason_of(row)}});
        document["totals"].push_back({{"obsm", e.name}, {"kind", name_of(e.kind)}, {"bio", number_or_null(e.totals.bio)}, {"batch", number_or_null(e.totals.batch)},
                                      {"overall", number_or_null(e.totals.overall)}, {"label", e.totals.label()}, {"saturated", e.saturated}, {"quirks", e.table.quirks}});
    }
    return document;
}

Table metric_table(const EmbeddingScores& scores) {
    Table table{.columns = {{"obsm"}, {"kind"}, {"name"}, {"group"}, {"value", true}, {"scaled", true}, {"reason"}}};
    const auto exact = [](const Score& score) { return score.available() ? fmt::format("{}", score.value) : std::string(); };
    for (const ScoredEmbedding& e : scores.embeddings)
        for (const ScibRow& row : e.table.rows)
            table.rows.push_back({e.name, name_of(e.kind), row.name, name_of(row.group), exact(row.value), exact(row.scaled), reason_of(row)});
    return table;
}

Page score_page(const EmbeddingScores& scores, const std::string& file) {
    Page page{.title = file, .subtitle = fmt::format("scores of embeddings, profile {}", name_of(scores.profile))};
    page.facts = {{"cells scored", format_count(scores.cells)}, {"label", scores.label}, {"batch", scores.batch.empty() ? "none" : scores.batch}};
    if (scores.left_out > 0) page.notes.push_back({.text = fmt::format("{} cells without a label or batch are left out.", scores.left_out)});
    for (const ScoredEmbedding& e : scores.embeddings)
        if (!e.saturated.empty())
            page.notes.push_back({.level = Note::Level::warning,
                                  .text = fmt::format("{}: a lower control scores at least as well on {}.", e.name, fmt::join(e.saturated, ", "))});
    Section totals{.id = "totals", .title = "Totals", .lead = "Means of the scaled metrics; overall is 0.6 bio + 0.4 batch. A partial total is not comparable with a complete one."};
    Table table{.caption = "Totals", .columns = {{"embedding"}, {"kind"}, {"bio", true}, {"batch", true}, {"overall", true}, {"note"}}};
    for (const ScoredEmbedding& e : scores.embeddings)
        table.rows.push_back({e.name, name_of(e.kind), text_of(e.totals.bio), text_of(e.totals.batch), text_of(e.totals.overall), e.totals.label()});
    totals.blocks.push_back(std::move(table));

    Section metrics{.id = "metrics", .title = "Metrics", .lead = "Every metric, scaled so that more is better."};
    std::vector<std::string> names, metric_names;
    for (const ScoredEmbedding& e : scores.embeddings) names.push_back(e.name);
    for (const ScibRow& row : scores.embeddings.front().table.rows) metric_names.push_back(row.name);
    DenseMatrix values(std::ssize(names), std::ssize(metric_names));
    Table all{.caption = "All metrics", .columns = {{"embedding"}, {"metric"}, {"group"}, {"value", true}, {"scaled", true}}, .file_name = "metrics"};
    for (std::size_t i = 0; i < names.size(); ++i)
        for (std::size_t m = 0; m < metric_names.size(); ++m) {
            const ScibRow& row = scores.embeddings[i].table.rows[m];
            values(static_cast<std::int64_t>(i), static_cast<std::int64_t>(m)) =
                row.scaled.available() ? static_cast<float>(row.scaled.value) : std::numeric_limits<float>::quiet_NaN();
            all.rows.push_back({names[i], row.name, name_of(row.group), text_of(row.value), text_of(row.scaled)});
        }
    metrics.blocks.push_back(heatmap(names, metric_names, values,
                                     {.title = "Scaled metrics", .row_name = "embedding", .column_name = "metric", .value_name = "scaled", .lowest = 0, .highest = 1}));
    metrics.blocks.push_back(std::move(all));

    Section quirks{.id = "quirks", .title = "Quirks", .lead = "Peculiarities of the reference programs that these cells met; the profile reproduces them."};
    Table fired{.caption = "Quirks that fired", .columns = {{"embedding"}, {"quirk"}}};
    for (const ScoredEmbedding& e : scores.embeddings)
        for (const std::string& quirk : e.table.quirks) fired.rows.push_back({e.name, quirk});
    if (!fired.rows.empty()) quirks.blocks.push_back(std::move(fired));
    page.sections = {std::move(totals), std::move(metrics)};
    if (!quirks.blocks.empty()) page.sections.push_back(std::move(quirks));
    return page;
}

}  // namespace lexicell
