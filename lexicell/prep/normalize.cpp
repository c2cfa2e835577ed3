#include "lexicell/prep/normalize.h"

#include <algorithm>
#include <cmath>

#include "lexicell/base/error.h"
#include "lexicell/base/parallel.h"

namespace lexicell {

namespace {

constexpr std::int64_t kRows = 256;           // cells a block
constexpr std::int64_t kValues = 1 << 16;     // values a block

double median_of_positive(std::vector<double> values) {
    std::erase_if(values, [](double v) { return v <= 0; });
    if (values.empty()) return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    if (values.size() % 2) return *middle;
    return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

std::vector<float>& values_of(Matrix& x) {
    return std::visit([](auto& m) -> std::vector<float>& { return m.values; }, x);
}

std::span<float> row_of(Matrix& x, std::int64_t row) {
    if (auto* dense = std::get_if<DenseMatrix>(&x)) return dense->row(row);
    auto& sparse = std::get<CsrMatrix>(x);
    return std::span(sparse.values).subspan(sparse.indptr[row], sparse.indptr[row + 1] - sparse.indptr[row]);
}

std::vector<double> totals_of(MatrixRef x, int threads) {
    std::vector<double> totals(x.rows());
    parallel_for(x.rows(), kRows, threads, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r) x.for_nonzero(r, [&](std::int64_t, float v) { totals[r] += v; });
    });
    return totals;
}

float log1p_of(float value, double scale) { return static_cast<float>(std::log1p(static_cast<double>(value)) * scale); }

}  // namespace

Normalized normalize_total(Matrix x, const NormalizeOptions& options) {
    const std::int64_t cells = rows_of(x), genes = cols_of(x);
    const MatrixRef view(x);
    Normalized out{.totals = totals_of(view, options.threads), .factors = std::vector<double>(cells), .in_totals = std::vector<bool>(genes, true)};
    if (options.exclude_highly_expressed) {
        for (std::int64_t r = 0; r < cells; ++r)
            view.for_nonzero(r, [&](std::int64_t gene, float v) {
                if (v > options.max_fraction * out.totals[r]) out.in_totals[gene] = false;
            });
        std::ranges::fill(out.totals, 0.0);
        for (std::int64_t r = 0; r < cells; ++r)
            view.for_nonzero(r, [&](std::int64_t gene, float v) {
                if (out.in_totals[gene]) out.totals[r] += v;
            });
    }
    out.target_sum = options.target_sum ? *options.target_sum : median_of_positive(out.totals);
    LEXICELL_ASSERT(!options.target_sum || out.target_sum > 0, "a target sum must be positive");
    parallel_for(cells, kRows, options.threads, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r) {
            if (out.totals[r] <= 0) continue;  // nothing to divide by: an empty cell stays empty
            const double factor = out.factors[r] = out.totals[r] / out.target_sum;
            for (float& v : row_of(x, r)) v = static_cast<float>(v / factor);
        }
    });
    out.x = std::move(x);
    return out;
}

Matrix log1p_values(Matrix x, std::optional<double> base, int threads) {
    const double scale = base ? 1 / std::log(*base) : 1.0;
    std::vector<float>& values = values_of(x);
    parallel_for(static_cast<std::int64_t>(values.size()), kValues, threads, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) values[i] = log1p_of(values[i], scale);
    });
    return x;
}

CsrMatrix log_normalize(CsrMatrix counts, double target_sum, int threads) {
    Normalized normalized = normalize_total(std::move(counts), {.target_sum = target_sum, .threads = threads});
    return std::get<CsrMatrix>(log1p_values(std::move(normalized.x), std::nullopt, threads));
}

std::vector<float> log_normalized_values(MatrixRef counts, std::optional<double> target_sum, int threads) {
    const std::vector<double> totals = totals_of(counts, threads);
    const double target = target_sum ? *target_sum : median_of_positive(totals);
    std::vector<float> out(static_cast<std::size_t>(counts.start(counts.rows())));
    parallel_for(counts.rows(), kRows, threads, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r) {
            const double factor = totals[r] > 0 ? totals[r] / target : 1;
            float* to = out.data() + counts.start(r);
            for (const float v : counts.stored(r)) *to++ = log1p_of(static_cast<float>(v / factor), 1.0);
        }
    });
    return out;
}

}  // namespace lexicell
