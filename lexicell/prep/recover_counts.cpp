#include "lexicell/prep/recover_counts.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "lexicell/base/error.h"
#include "lexicell/base/parallel.h"
#include "lexicell/prep/counts.h"

namespace lexicell {

namespace {

struct Interval {
    double low, high;
};

// How far a stored value may lie from the true logarithm: half a step of its decimals, or a few units of single
// precision, in which the scaling, the logarithm and the storage each lose some.
double slack(double value, double half_step) { return half_step + 5e-7 * std::max(1.0, value); }

// Half of 10^-k for the smallest k <= 5 that all values are multiples of, else 0.
double decimal_half_step(MatrixRef x) {
    for (int k = 0; k <= 5; ++k) {
        const double power = std::pow(10.0, k);
        bool fits = true;
        for (std::int64_t r = 0; fits && r < x.rows(); ++r)
            x.for_nonzero(r, [&](std::int64_t, float v) {
                const double scaled = v * power;
                fits = fits && std::abs(scaled - std::round(scaled)) <= 2e-7 * std::max(1.0, scaled);
            });
        if (fits) return 0.5 / power;
    }
    return 0;
}

// Intersects `scale` with what each value of a cell (ascending) admits. False: no whole number fits one of them.
bool confine(const std::vector<Interval>& units, Interval& scale) {
    for (const Interval& unit : units) {
        const double first = std::max(1.0, std::ceil(scale.low * unit.low * (1 - 1e-12)));
        const double last = std::floor(scale.high * unit.high * (1 + 1e-12));
        if (last < first) return false;
        if (last > first) continue;
        scale.low = std::max(scale.low, first / unit.high);
        scale.high = std::min(scale.high, first / unit.low);
        if (scale.low > scale.high) scale.low = scale.high = (scale.low + scale.high) / 2;
    }
    return true;
}

[[noreturn]] void refuse(std::int64_t cell, std::string message, std::string hint) {
    throw Error(ErrorKind::precondition, {.type = "not-recoverable", .message = std::move(message),
                                          .found = fmt::format("cell {} (counted from 0)", cell),
                                          .expected = "log1p of whole numbers times one factor a cell", .hint = std::move(hint)});
}

struct Cell {
    double worst = 0;
    std::int64_t ambiguous = 0;
    bool raised = false, assumed = false;
};

}  // namespace

RecoveredCounts recover_counts(MatrixRef logged, std::optional<std::span<const double>> totals, const RecoverOptions& options) {
    const std::int64_t cells = logged.rows();
    LEXICELL_ASSERT(!totals || static_cast<std::int64_t>(totals->size()) == cells, "one total a cell");
    const double log_of_base = options.base ? std::log(*options.base) : 1.0;

    RecoveredCounts out;
    out.half_step = decimal_half_step(logged);
    if (out.half_step == 0.5 && inspect_counts(logged).total > 0)
        throw Error(ErrorKind::precondition, {.type = "already-whole", .message = "the values are whole numbers already, not logarithms",
                                              .hint = "use them as counts"});
    out.scale.assign(cells, 0);
    out.counts = CsrMatrix{.rows = cells, .cols = logged.cols()};
    for (std::int64_t r = 0; r < cells; ++r) {
        logged.for_nonzero(r, [&](std::int64_t gene, float value) {
            if (!std::isfinite(value) || value < 0)
                refuse(r, fmt::format("the value {} is no logarithm of a count", value), "recover from the log-normalised slot, not from scaled values");
            out.counts.indices.push_back(static_cast<std::int32_t>(gene));
            out.counts.values.push_back(value);
        });
        out.counts.indptr.push_back(out.counts.nonzeros());
    }

    std::vector<Cell> reports(cells);
    parallel_for(cells, 64, options.threads, [&](std::int64_t begin, std::int64_t end) {
        std::vector<Interval> units;
        std::vector<float> sorted;
        for (std::int64_t r = begin; r < end; ++r) {
            const std::span<float> values(out.counts.values.data() + out.counts.indptr[r], out.counts.row_values(r).size());
            if (values.empty()) continue;
            sorted.assign(values.begin(), values.end());
            std::ranges::sort(sorted);
            units.clear();
            for (const float v : sorted) {
                const double margin = slack(v, out.half_step);
                units.push_back({std::max(std::expm1((v - margin) * log_of_base), 1e-300), std::expm1((v + margin) * log_of_base)});
            }

            Interval scale{};
            if (totals) {
                const double known = (*totals)[r] / options.target_sum;
                if (!(known > 0)) refuse(r, "the cell has values but no positive total", "give another column of totals");
                scale = {known * (1 - 1e-6), known * (1 + 1e-6)};
                if (!confine(units, scale))
                    refuse(r, fmt::format("a total of {} gives no whole numbers", (*totals)[r]),
                           "give the totals that the file was normalised by, or leave them out");
            } else {
                bool found = false;
                for (int smallest = 1; smallest <= options.largest_minimum && !found; ++smallest) {
                    scale = {smallest / units.front().high, smallest / units.front().low};
                    found = confine(units, scale);
                    reports[r].raised = found && smallest > 1;
                }
                if (!found) refuse(r, "its values are no whole multiples of one step", "name a column of totals if the file has one");
                reports[r].assumed = sorted.front() == sorted.back();
            }

            const double s = out.scale[r] = (scale.low + scale.high) / 2;
            for (float& value : values) {
                const double v = value, margin = slack(v, out.half_step);
                const double low = scale.low * std::expm1((v - margin) * log_of_base);
                const double high = scale.high * std::expm1((v + margin) * log_of_base);
                reports[r].ambiguous += std::floor(high) - std::max(1.0, std::ceil(low)) > 0;
                const double count = std::max(1.0, std::round(s * std::expm1(v * log_of_base)));
                reports[r].worst = std::max(reports[r].worst, std::abs(v - std::log1p(count / s) / log_of_base));
                value = static_cast<float>(count);
            }
        }
    });
    for (const Cell& cell : reports) {
        out.worst_deviation = std::max(out.worst_deviation, cell.worst);
        out.ambiguous += cell.ambiguous;
        out.raised_cells += cell.raised;
        out.assumed_cells += cell.assumed;
    }
    if (static_cast<double>(out.ambiguous) > options.largest_ambiguous_share * static_cast<double>(out.counts.nonzeros())) {
        const auto worst = std::ranges::max_element(reports, {}, &Cell::ambiguous);
        refuse(worst - reports.begin(), fmt::format("{} of {} values fit several whole numbers", out.ambiguous, out.counts.nonzeros()),
               "the stored precision is too low; name a column of totals if the file has one");
    }
    return out;
}

}  // namespace lexicell
