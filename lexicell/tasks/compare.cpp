#include "lexicell/tasks/compare.h"

#include <algorithm>
#include <chrono>
#include <functional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lexicell/base/error.h"
#include "lexicell/data/take.h"
#include "lexicell/metrics/calibration.h"
#include "lexicell/metrics/classification.h"
#include "lexicell/metrics/controls.h"
#include "lexicell/metrics/knn_transfer.h"
#include "lexicell/tasks/held_out.h"
#include "lexicell/tasks/log_values.h"
#include "lexicell/tasks/require_column.h"
#include "lexicell/tasks/sorted_labels.h"

namespace lexicell {

namespace {

constexpr std::int64_t kSmallestClass = 10;
constexpr double kSignificant = 0.05;

// What all jobs read.
struct Ground {
    const LoadedCells& cells;
    const std::vector<GeneTable>& tables;
    const CompareOptions& options;
    CsrMatrix logged;                      // N x G
    SortedLabels labels;
    std::vector<std::int32_t> scib_labels, scib_batches;  // of the cells that have both
    std::vector<std::int64_t> scored;                     // these cells
    CompareSplit split;

    std::uint64_t seed(int repetition) const { return options.seed + static_cast<std::uint64_t>(repetition); }
};

Ground prepare(const LoadedCells& cells, const std::vector<GeneTable>& tables, const CompareOptions& options, Sink& sink) {
    const Frame& obs = cells.dataset.obs;
    // Not inside the braces: GCC 12 destroys the members before it twice when it throws there.
    SortedLabels labels = sorted_labels(require_column(obs, options.label));
    Ground ground{.cells = cells, .tables = tables, .options = options, .labels = std::move(labels)};
    std::vector<std::int64_t> sizes(ground.labels.names.size());
    for (const std::int32_t code : ground.labels.codes)
        if (code >= 0) ++sizes[code];
    if (const auto large = std::ranges::count_if(sizes, [](std::int64_t size) { return size >= kSmallestClass; }); large < 2)
        throw Error(ErrorKind::precondition, {.type = "few-labels", .message = "a comparison needs two classes", .key = "obs['" + options.label + "']",
                                              .found = fmt::format("{} of at least {} cells", large, kSmallestClass), .expected = "two or more"});
    const Column* batch = options.batch ? &require_column(obs, *options.batch) : nullptr;
    for (std::int64_t i = 0; i < cells.values.rows; ++i)
        if (ground.labels.codes[i] >= 0 && !(batch && batch->is_missing(i))) ground.scored.push_back(i);
    ground.scib_labels = sorted_labels(take_rows(require_column(obs, options.label), ground.scored)).codes;
    ground.scib_batches = batch ? sorted_labels(take_rows(*batch, ground.scored)).codes : std::vector<std::int32_t>(ground.scored.size());
    ground.logged = log_values(cells, cells.genes, sink);
    const std::vector<std::int32_t> groups = options.group ? sorted_labels(require_column(obs, *options.group)).codes : std::vector<std::int32_t>();
    for (int r = 0; r < options.seeds; ++r) {
        Split split = held_out_split(obs, ground.labels, options.group, ground.seed(r));
        ground.split.leakage.push_back(find_leakage(cells.values, split.train, split.validation, groups));
        ground.split.train.push_back(std::move(split.train));
        ground.split.test.push_back(std::move(split.validation));
    }
    return ground;
}

// Runs one job; its failure is its result.
Job attempt(int repetition, const std::function<void(Job&)>& work) {
    Job job{.repetition = repetition};
    const auto start = std::chrono::steady_clock::now();
    try {
        work(job);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::interrupted || error.kind() == ErrorKind::terminated) throw;
        job.failure = error.what();
    } catch (const std::exception& error) {
        job.failure = error.what();
    }
    job.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return job;
}

// points: of the scored cells.
void score_placement(const Ground& ground, const DenseMatrix& points, const DenseMatrix& before, Contest& contest, Job& job) {
    const ScibTable table = scib_metrics(points, ground.scib_labels, ground.scib_batches,
                                         {.profile = ground.options.profile, .before = &before, .seed = ground.seed(job.repetition), .threads = ground.options.threads});
    job.scores = {{"overall", table.totals.overall}, {"bio", table.totals.bio}, {"batch", table.totals.batch}};
    const bool first = contest.metrics.empty();
    if (first) contest.metrics = {"overall", "bio", "batch"};
    for (const ScibRow& row : table.rows) {
        if (!row.in_total) continue;
        job.scores[row.name] = row.scaled;
        if (first) contest.metrics.push_back(row.name);
    }
}

void score_labels(const Ground& ground, const std::vector<std::int32_t>& truth, const std::vector<std::int32_t>& said, Job& job) {
    const ClassificationScores scores = classification_scores(truth, said, static_cast<std::int32_t>(ground.labels.names.size()));
    job.scores.insert({{"macro-F1", scores.macro_f1}, {"accuracy", scores.accuracy}, {"balanced accuracy", scores.balanced_accuracy}});
    job.predicted.assign(ground.labels.codes.size(), -1);
    const std::vector<std::int64_t>& test = ground.split.test[job.repetition];
    for (std::size_t k = 0; k < test.size(); ++k) job.predicted[test[k]] = said[k];
}

void label_by_neighbours(const Ground& ground, const DenseMatrix& points, Job& job) {
    const auto &train = ground.split.train[job.repetition], &test = ground.split.test[job.repetition];
    job.scores["ECE"] = Score::not_available("no probabilities");
    score_labels(ground, take(ground.labels.codes, test),
                 knn_transfer(take_rows(points, train), take(ground.labels.codes, train), take_rows(points, test), {.threads = ground.options.threads}), job);
}

void label_by_classifier(const Ground& ground, const std::string& kind, Job& job, Sink& sink) {
    const auto &train = ground.split.train[job.repetition], &test = ground.split.test[job.repetition];
    ClassifierOptions options = ground.options.classifier;
    options.seed = ground.seed(job.repetition);
    options.threads = ground.options.threads;
    const DenseMatrix logits = fit_classifier(kind, take_rows(ground.logged, train), take(ground.labels.codes, train), ground.cells.genes, ground.labels.names, options, sink)
                                   ->logits(take_rows(ground.logged, test));
    const std::vector<std::int32_t> truth = take(ground.labels.codes, test);
    job.scores["ECE"] = calibration_error(truth, scaled_softmax(logits)).ece;
    score_labels(ground, truth, most_likely(logits), job);
}

std::vector<double> values_of(const Contestant& contestant, const std::string& metric) {
    std::vector<double> values;
    for (const Job& job : contestant.jobs)
        if (const auto found = job.scores.find(metric); found != job.scores.end() && found->second.available()) values.push_back(found->second.value);
    return values;
}

// The same metric of two contestants in the repetitions that both finished.
TestResult paired(const Contestant& a, const Contestant& b, const std::string& metric) {
    std::vector<double> of_a, of_b;
    for (std::size_t r = 0; r < a.jobs.size(); ++r) {
        const auto x = a.jobs[r].scores.find(metric), y = b.jobs[r].scores.find(metric);
        if (x == a.jobs[r].scores.end() || y == b.jobs[r].scores.end() || !x->second.available() || !y->second.available()) continue;
        of_a.push_back(x->second.value);
        of_b.push_back(y->second.value);
    }
    return paired_t(of_a, of_b);
}

// Ranked before unranked before controls; within the ranked by the headline.
void rank(Contest& contest) {
    for (Contestant& contestant : contest.contestants)
        for (const std::string& metric : contest.metrics) contestant.means[metric] = mean_interval(values_of(contestant, metric));
    const auto headline = [&contest](const Contestant& c) { return c.means.at(contest.headline).mean; };
    std::ranges::stable_sort(contest.contestants, [&](const Contestant& a, const Contestant& b) {
        if (a.control != b.control) return b.control;
        if (headline(a).available() != headline(b).available()) return headline(a).available();
        return headline(a).available() && headline(a).value > headline(b).value;
    });
    for (std::size_t i = 0; i < contest.contestants.size() && !contest.best_baseline; ++i)
        if (const Contestant& c = contest.contestants[i]; c.baseline && !c.control && headline(c).available()) contest.best_baseline = i;
    for (std::size_t i = 0; i < contest.contestants.size(); ++i)
        contest.contestants[i].against_best = contest.best_baseline && i != *contest.best_baseline
                                                  ? paired(contest.contestants[i], contest.contestants[*contest.best_baseline], contest.headline)
                                                  : TestResult{.statistic = Score::not_available("the best baseline itself"), .p = Score::not_available("the best baseline itself")};
}

std::string verdict_of(const Contest& contest) {
    std::vector<std::string> sentences;
    const auto mean = [&contest](const Contestant& c) { return c.means.at(contest.headline).mean; };
    for (const Contestant& model : contest.contestants) {
        if (model.baseline || model.control) continue;
        if (!mean(model).available()) {
            sentences.push_back(fmt::format("{} has no {}", model.name, contest.headline));
            continue;
        }
        std::vector<std::string> unbeaten;
        for (const Contestant& simple : contest.contestants) {
            if (!simple.baseline || simple.control || !mean(simple).available()) continue;
            const TestResult test = paired(model, simple, contest.headline);
            if (mean(model).value > mean(simple).value && (!test.p.available() || test.p.value < kSignificant)) continue;
            unbeaten.push_back(test.p.available() ? fmt::format("{} ({:.3f}, paired p {:.2g})", simple.name, mean(simple).value, test.p.value)
                                                  : fmt::format("{} ({:.3f})", simple.name, mean(simple).value));
        }
        sentences.push_back(unbeaten.empty() ? fmt::format("{} ({:.3f}) beats every baseline in {}", model.name, mean(model).value, contest.headline)
                                             : fmt::format("{} ({:.3f}) does not beat {} in {}", model.name, mean(model).value, fmt::join(unbeaten, ", "), contest.headline));
    }
    return sentences.empty() ? fmt::format("no model took part in {}", contest.title) : fmt::format("{}", fmt::join(sentences, "; "));
}

bool asked_for(const CompareOptions& options, const std::string& name) { return options.methods.empty() || std::ranges::find(options.methods, name) != options.methods.end(); }

void check_methods(const CompareOptions& options) {
    const std::vector<std::string> kinds = classifier_kinds();
    for (const std::string& name : options.methods)
        if (std::ranges::find(kinds, name) == kinds.end()) placement_method(name);
}

}  // namespace

Comparison compare(const LoadedCells& cells, const std::vector<GeneTable>& tables, const CompareOptions& options, Sink& sink) {
    check_methods(options);
    const Ground ground = prepare(cells, tables, options, sink);
    std::vector<PlacementMethod> placements;
    for (const PlacementMethod& method : placement_methods())
        if (asked_for(options, method.name) && (options.batch || !method.wants_batch)) placements.push_back(method);
    std::vector<std::string> classifiers;
    for (const std::string& kind : classifier_kinds())
        if (asked_for(options, kind)) classifiers.push_back(kind);

    Contest space{.id = "cells", .title = "Cells in one space", .question = "Do cells of one label lie together, and batches on top of each other?",
                  .headline = options.batch ? "overall" : "bio"};
    Contest labelling{.id = "labels", .title = "Labels of unseen cells", .question = "Who tells the label of cells that were held out?",
                      .metrics = {"macro-F1", "accuracy", "balanced accuracy", "ECE"}, .headline = "macro-F1"};
    for (const PlacementMethod& method : placements) {
        space.contestants.push_back({.name = method.name, .baseline = method.baseline});
        labelling.contestants.push_back({.name = "15-NN on " + method.name, .baseline = method.baseline});
    }
    for (const std::string& kind : classifiers) labelling.contestants.push_back({.name = kind});

    const std::size_t jobs = static_cast<std::size_t>(options.seeds) * (placements.size() + classifiers.size());
    std::size_t done = 0;
    const auto next = [&] {
        if (sink.stop_requested()) throw Error(ErrorKind::interrupted, {.type = "interrupted", .message = "the comparison was stopped on request"});
        sink.progress({.stage = "jobs", .done = done++, .total = jobs});
    };
    std::vector<DenseMatrix> unintegrated;
    for (int r = 0; r < options.seeds; ++r) {
        PcaEncoderOptions pca = options.place.pca;
        pca.seed = ground.seed(r);
        pca.threads = options.threads;
        unintegrated.push_back(fit_pca_encoder(ground.logged, cells.genes, std::nullopt, std::nullopt, pca).cells);
        const DenseMatrix before = take_rows(unintegrated.back(), ground.scored);
        for (std::size_t m = 0; m < placements.size(); ++m) {
            next();
            Job placed = attempt(r, [&](Job& job) {
                PlaceOptions place = options.place;
                place.method = placements[m].name;
                place.batch = options.batch;
                place.seed = ground.seed(r);
                place.threads = options.threads;
                job.points = place_cells(cells, ground.logged, tables, place, sink).points;
                score_placement(ground, take_rows(job.points, ground.scored), before, space, job);
            });
            labelling.contestants[m].jobs.push_back(attempt(r, [&](Job& job) {
                if (placed.points.rows == 0) throw Error(ErrorKind::precondition, {.type = "no-placement", .message = placed.failure});
                label_by_neighbours(ground, placed.points, job);
            }));
            space.contestants[m].jobs.push_back(std::move(placed));
        }
        for (std::size_t c = 0; c < classifiers.size(); ++c) {
            next();
            labelling.contestants[placements.size() + c].jobs.push_back(attempt(r, [&](Job& job) { label_by_classifier(ground, classifiers[c], job, sink); }));
        }
        for (const ControlEmbedding& control : control_embeddings(before, ground.scib_labels, ground.scib_batches, {.seed = ground.seed(r)})) {
            if (control.name != "embed_cell_types" && control.name != "shuffle_integration" && control.name != "random") continue;
            auto found = std::ranges::find(space.contestants, control.name, &Contestant::name);
            if (found == space.contestants.end()) found = space.contestants.insert(found, {.name = control.name, .control = true});
            found->jobs.push_back(attempt(r, [&](Job& job) { score_placement(ground, control.points, before, space, job); }));
        }
    }

    Comparison out{.labels = ground.labels.codes, .label_names = ground.labels.names, .split = ground.split, .unintegrated = std::move(unintegrated)};
    for (Contest* contest : {&space, &labelling}) {
        if (contest->contestants.empty()) continue;
        rank(*contest);
        contest->verdict = verdict_of(*contest);
        for (const Contestant& contestant : contest->contestants)
            out.failures += static_cast<int>(std::ranges::count_if(contestant.jobs, [](const Job& job) { return !job.failure.empty(); }));
        out.verdict += (out.verdict.empty() ? "" : ". ") + contest->verdict;
        out.contests.push_back(std::move(*contest));
    }
    out.verdict += ".";
    return out;
}

}  // namespace lexicell
