#include "lexicell/tasks/leave_type_out.h"

#include <algorithm>

#include "lexicell/data/take.h"
#include "lexicell/metrics/calibration.h"

namespace lexicell {

namespace {

// The classes without one of them, and the labels coded anew: cells of that one take no part.
struct Reduced {
    std::vector<std::string> classes;
    std::vector<std::int32_t> labels;
};

Reduced without(std::int32_t left_out, std::vector<std::string> classes, std::vector<std::int32_t> labels) {
    classes.erase(classes.begin() + left_out);
    for (std::int32_t& code : labels) code = code == left_out ? -1 : code > left_out ? code - 1 : code;
    return {.classes = std::move(classes), .labels = std::move(labels)};
}

}  // namespace

std::vector<LeftOutType> leave_type_out(std::string_view kind, const CsrMatrix& logged, const std::vector<std::int32_t>& labels,
                                        const std::vector<std::string>& genes, const std::vector<std::string>& classes, const Split& split,
                                        const ClassifierOptions& options, Sink& sink, std::int64_t fewest) {
    std::vector<LeftOutType> out;
    if (classes.size() < 3) return out;
    const CsrMatrix seen = take_rows(logged, split.train), unseen = take_rows(logged, split.validation);
    const std::vector<std::int32_t> seen_labels = take(labels, split.train), truth = take(labels, split.validation);
    for (std::int32_t type = 0; type < std::ssize(classes); ++type) {
        const std::int64_t cells = std::ranges::count(truth, type);
        const bool learnable = std::ranges::any_of(seen_labels, [type](std::int32_t code) { return code >= 0 && code != type; });
        if (cells < fewest || !learnable) continue;
        sink.progress({.stage = "types left out", .done = static_cast<std::uint64_t>(type), .total = classes.size()});
        const Reduced reduced = without(type, classes, seen_labels);
        const DenseMatrix logits = fit_classifier(kind, seen, reduced.labels, genes, reduced.classes, options, sink)->logits(unseen);
        std::vector<std::int32_t> is_new;
        for (const std::int32_t code : truth) is_new.push_back(code == type);
        out.push_back({.type = classes[type], .cells = cells, .unsureness = novelty_scores(is_new, unsureness(scaled_softmax(logits))),
                       .energy = novelty_scores(is_new, energy(logits))});
    }
    return out;
}

}  // namespace lexicell
