// Scores of embeddings.

#include "lexicell/base/error.h"
#include "lexicell/tasks/score_embeddings.h"
#include "python/bindings/datasets.h"
#include "python/bindings/parts.h"
#include "python/bindings/settings.h"
#include "python/bindings/work.h"

namespace lexicell::python {

namespace {

std::string py_score(nb::object slots, const nb::dict& settings, nb::object reporter) {
    const Dataset data = to_dataset(slots);
    ScoreEmbeddingsOptions options;
    set(options.obsm, settings, "obsm");
    set(options.label, settings, "label");
    set(options.batch, settings, "batch");
    set(options.controls, settings, "controls");
    set(options.seed, settings, "seed");
    set(options.threads, settings, "threads");
    const std::string profile = setting<std::string>(settings, "profile").value_or("scib-metrics-0.6");
    if (profile == name_of(ScibProfile::scib_2022)) options.profile = ScibProfile::scib_2022;
    else if (profile != name_of(ScibProfile::scib_metrics_0_6))
        throw Error(ErrorKind::usage, {.type = "unknown-profile", .message = "no such profile of scores", .key = "profile", .found = profile,
                                       .expected = "scib-metrics-0.6 or scib-2022"});
    return run_work(reporter, options.threads, [&](Sink& sink) { return to_json(score_embeddings(data, options, sink)).dump(); });
}

}  // namespace

void bind_scores(nb::module_& m) {
    using namespace nb::literals;
    m.def("score", &py_score, "slots"_a, "settings"_a, "reporter"_a, "the command's JSON");
}

}  // namespace lexicell::python
