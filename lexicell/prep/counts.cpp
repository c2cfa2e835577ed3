#include "lexicell/prep/counts.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lexicell/base/error.h"
#include "lexicell/prep/moments.h"

namespace lexicell {

namespace {

struct Slot {
    CountsSlot slot;
    std::string key;
    const Matrix* x;
    const Frame* var;
};

std::string file_of(const Dataset& dataset) { return dataset.origin ? dataset.origin->file.string() : ""; }

std::vector<Slot> candidates(const Dataset& dataset, const CountsOptions& options) {
    const auto layer = [&](const std::string& name) -> std::optional<Slot> {
        const auto it = dataset.layers.find(name);
        if (it == dataset.layers.end()) return std::nullopt;
        return Slot{CountsSlot::layer, fmt::format("layers['{}']", name), &it->second, &dataset.var};
    };
    std::vector<Slot> slots;
    const bool any = !options.layer;
    if (auto found = layer(options.layer.value_or("counts"))) slots.push_back(*found);
    if (slots.empty() || any) {
        if (dataset.raw && (any || options.layer == "raw"))
            slots.push_back({CountsSlot::raw, "raw.X", &dataset.raw->x, &dataset.raw->var});
        if (dataset.x && (any || options.layer == "X"))
            slots.push_back({CountsSlot::x, "X", &*dataset.x, &dataset.var});
    }
    if (!slots.empty()) return slots;
    std::vector<std::string> present;
    if (dataset.x) present.push_back("X");
    if (dataset.raw) present.push_back("raw");
    for (const auto& [name, matrix] : dataset.layers) present.push_back(name);
    if (options.layer)
        throw Error(ErrorKind::precondition,
                    {.type = "missing-layer", .message = "the layer is not in the file", .file = file_of(dataset),
                     .key = *options.layer, .found = fmt::format("{}", fmt::join(present, ", ")), .hint = "name one of these with --layer"});
    throw Error(ErrorKind::precondition,
                {.type = "no-matrix", .message = "the file holds no expression matrix", .file = file_of(dataset),
                 .found = present.empty() ? "neither X, raw nor layers" : fmt::format("{}", fmt::join(present, ", ")),
                 .expected = "counts in layers['counts'], raw.X or X", .hint = "name a layer with --layer"});
}

bool passes(const CountFigures& f, const CountsOptions& options) {
    return f.negative + f.infinite == 0 && (f.nan == 0 || options.nan_as_zero) &&
           (f.noninteger == 0 || options.allow_noninteger);
}

std::string figures_text(const CountFigures& f) {
    std::vector<std::string> parts;
    if (f.negative) parts.push_back(fmt::format("{} negative", f.negative));
    if (f.nan) parts.push_back(fmt::format("{} NaN", f.nan));
    if (f.infinite) parts.push_back(fmt::format("{} infinite", f.infinite));
    if (f.noninteger) parts.push_back(fmt::format("{} fractional", f.noninteger));
    return fmt::format("{} values", fmt::join(parts, ", "));
}

[[noreturn]] void refuse(const Dataset& dataset, const CountsChoice& choice) {
    const CountFigures& f = choice.figures;
    const Offence& first = *f.first;
    std::string hint;
    if (choice.scale == ValueScale::log_normalised)
        hint = "the values look like log1p of scaled counts: `lexicell convert --recover-counts` can bring the counts back";
    else if (f.negative || f.infinite)
        hint = "name the slot that holds the counts with --layer";
    else if (f.noninteger)
        hint = "add --allow-noninteger if these are expected counts";
    if (f.nan && f.negative + f.infinite == 0) hint += hint.empty() ? "add --nan-as-zero to read NaN as 0" : "; --nan-as-zero reads NaN as 0";
    if (f.noninteger && choice.scale == ValueScale::log_normalised) hint += "; --allow-noninteger takes them as they are";
    throw Error(ErrorKind::precondition,
                {.type = "not-counts",
                 .message = fmt::format("the values are not counts ({}, scale: {})", figures_text(f), name_of(choice.scale)),
                 .file = file_of(dataset), .key = choice.key,
                 .found = fmt::format("{} in cell {}, gene {}", first.value, dataset.obs.index[first.cell], choice.var->index[first.gene]),
                 .expected = "finite whole numbers, not negative", .hint = hint});
}

}  // namespace

std::string_view name_of(ValueScale scale) {
    switch (scale) {
        case ValueScale::counts: return "counts";
        case ValueScale::log_normalised: return "log-normalised";
        case ValueScale::scaled: return "scaled";
        case ValueScale::other: return "other";
    }
    LEXICELL_ASSERT(false, "a value scale without a name");
}

void CountInspector::add(MatrixRef block) {
    CountFigures& f = figures_;
    LEXICELL_ASSERT(block.cols() == static_cast<std::int64_t>(gene_seen_.size()), "a block with other genes");
    for (std::int64_t r = 0; r < block.rows(); ++r) {
        bool empty = true;
        block.for_nonzero(r, [&](std::int64_t gene, float value) {
            bool wrong = true;
            if (std::isnan(value)) ++f.nan;
            else if (std::isinf(value)) ++f.infinite;
            else if (value < 0) ++f.negative;
            else if (value != std::floor(value)) ++f.noninteger;
            else wrong = false;
            if (wrong && !f.first) f.first = Offence{f.cells + r, gene, value};
            if (!std::isfinite(value)) return;
            empty = false;
            gene_seen_[gene] = true;
            f.total += value;
            f.largest = std::max<double>(f.largest, value);
        });
        f.empty_cells += empty;
    }
    f.cells += block.rows();
}

CountFigures CountInspector::finish() const {
    CountFigures out = figures_;
    out.genes = static_cast<std::int64_t>(gene_seen_.size());
    out.empty_genes = std::ranges::count(gene_seen_, false);
    return out;
}

CountFigures inspect_counts(MatrixRef x) {
    CountInspector inspector(x.cols());
    inspector.add(x);
    return inspector.finish();
}

ValueScale guess_scale(MatrixRef x, const CountFigures& f) {
    if (f.are_counts()) return ValueScale::counts;
    if (f.infinite) return ValueScale::other;
    // log1p of counts scaled to a million stays below 14; proportions stay below 1.
    if (f.negative == 0) return f.largest > 1 && f.largest <= 20 ? ValueScale::log_normalised : ValueScale::other;
    if (f.nan) return ValueScale::other;
    const GeneMoments moments = gene_moments(x);
    std::vector<double> shift, spread;
    for (std::size_t g = 0; g < moments.mean.size(); ++g) {
        shift.push_back(std::abs(moments.mean[g]));
        spread.push_back(std::sqrt(moments.variance[g]));
    }
    const auto median = [](std::vector<double>& v) {
        const auto middle = v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2);
        std::ranges::nth_element(v, middle);
        return *middle;
    };
    const double typical_spread = median(spread);
    return median(shift) < 0.1 && typical_spread > 0.3 && typical_spread < 3 ? ValueScale::scaled : ValueScale::other;
}

CountsChoice find_counts(const Dataset& dataset, const CountsOptions& options) {
    std::vector<CountsChoice> failed;
    std::vector<std::string> passed_over;
    for (const Slot& slot : candidates(dataset, options)) {
        CountsChoice choice{.slot = slot.slot, .key = slot.key, .x = slot.x, .var = slot.var, .figures = inspect_counts(*slot.x),
                            .passed_over = passed_over};
        if (choice.figures.are_counts()) {
            choice.usable = true;
            return choice;
        }
        choice.scale = guess_scale(*slot.x, choice.figures);
        passed_over.push_back(slot.key);
        failed.push_back(std::move(choice));
    }
    for (CountsChoice& choice : failed)
        if (passes(choice.figures, options)) {
            choice.usable = true;
            return choice;
        }
    return failed.front();
}

Counts take_counts(const Dataset& dataset, const CountsOptions& options, Sink& sink) {
    const CountsChoice choice = find_counts(dataset, options);
    if (!choice.usable) refuse(dataset, choice);
    const CountFigures& f = choice.figures;
    Counts out{.slot = choice.slot, .key = choice.key, .x = to_csr(*choice.x), .var = *choice.var, .figures = f};
    if (f.nan) std::ranges::replace_if(out.x.values, [](float v) { return std::isnan(v); }, 0.0f);

    sink.info(fmt::format("counts from {}{}", choice.key,
                          f.are_counts() ? "" : fmt::format(", which does not pass the count test ({})", figures_text(f))));
    if (!choice.passed_over.empty())
        sink.warn({"not-counts", choice.passed_over.size(), fmt::format("{}: passed over", fmt::join(choice.passed_over, ", "))});
    if (f.nan) sink.warn({"nan-as-zero", static_cast<std::uint64_t>(f.nan), fmt::format("NaN in {} taken for 0", choice.key)});
    if (f.noninteger) sink.warn({"noninteger-counts", static_cast<std::uint64_t>(f.noninteger), fmt::format("fractions in {} taken for counts", choice.key)});
    if (f.empty_cells) sink.warn({"empty-cells", static_cast<std::uint64_t>(f.empty_cells), fmt::format("cells without any count in {}", choice.key)});
    if (f.empty_genes) sink.warn({"empty-genes", static_cast<std::uint64_t>(f.empty_genes), fmt::format("genes without any count in {}", choice.key)});
    return out;
}

}  // namespace lexicell
