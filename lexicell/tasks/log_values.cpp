#include "lexicell/tasks/log_values.h"

#include "lexicell/prep/normalize.h"

namespace lexicell {

LogValues log_values(const Dataset& data, const CountsOptions& options, int threads, Sink& sink) {
    const CountsChoice choice = find_counts(data, options);
    if (!choice.usable && choice.scale == ValueScale::log_normalised) return {*choice.x, *choice.var};
    Counts counts = take_counts(data, options, sink);
    return {log_normalize(std::move(counts.x), 1e4, threads), std::move(counts.var)};
}

}  // namespace lexicell
