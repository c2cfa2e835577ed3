#include "lexicell/metrics/calibration.h"

#include <algorithm>
#include <cmath>

#include "lexicell/base/error.h"

namespace lexicell {
namespace {

std::int64_t first_largest(std::span<const float> row) { return std::max_element(row.begin(), row.end()) - row.begin(); }

// Borders of equal bins as a float range counts them: from both ends towards the middle.
std::vector<float> bin_borders(int bins) {
    const float step = 1.0f / static_cast<float>(bins);
    std::vector<float> borders;
    for (int i = 0; i <= bins; ++i)
        borders.push_back(i < (bins + 1) / 2 ? step * static_cast<float>(i) : 1.0f - step * static_cast<float>(bins - i));
    return borders;
}

template <class Term>
Score mean_over_cells(std::span<const std::int32_t> truth, const DenseMatrix& rows, Term&& term) {
    LEXICELL_ASSERT(rows.rows == static_cast<std::int64_t>(truth.size()), "one row a cell");
    double sum = 0;
    std::int64_t cells = 0;
    for (std::int64_t i = 0; i < rows.rows; ++i)
        if (truth[i] >= 0) sum += term(rows.row(i), truth[i]), ++cells;
    if (cells == 0) return Score::not_available("no cell has a true class");
    return sum / static_cast<double>(cells);
}

// d/dbeta of the log loss of softmax(beta logits): mean of E_p[z] - z_true. Rises with beta.
double loss_slope(std::span<const std::int32_t> truth, const DenseMatrix& logits, double beta) {
    return mean_over_cells(truth, logits, [&](std::span<const float> row, std::int32_t code) {
               const double largest = *std::max_element(row.begin(), row.end());
               double total = 0, mean = 0;
               for (const float z : row) {
                   const double weight = std::exp(beta * (z - largest));
                   total += weight, mean += weight * z;
               }
               return mean / total - row[static_cast<std::size_t>(code)];
           }).value;
}

}  // namespace

CalibrationError calibration_error(std::span<const std::int32_t> truth, const DenseMatrix& probabilities, int bins) {
    LEXICELL_ASSERT(bins > 0 && probabilities.rows == static_cast<std::int64_t>(truth.size()), "bins, and one row a cell");
    const std::vector<float> borders = bin_borders(bins);
    CalibrationError out{.bins = std::vector<CalibrationBin>(static_cast<std::size_t>(bins + 1))};
    std::int64_t cells = 0;
    for (std::int64_t i = 0; i < probabilities.rows; ++i) {
        if (truth[i] < 0) continue;
        const std::int64_t winner = first_largest(probabilities.row(i));
        const float confidence = probabilities(i, winner);
        const auto above = std::upper_bound(borders.begin(), borders.end(), confidence) - borders.begin();
        CalibrationBin& bin = out.bins[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(above - 1, 0, bins))];
        ++bin.cells, ++cells;
        bin.confidence += confidence;
        bin.accuracy += winner == truth[i];
    }
    if (cells == 0) {
        out.ece = out.maximum = Score::not_available("no cell has a true class");
        return out;
    }
    double ece = 0, maximum = 0;
    for (CalibrationBin& bin : out.bins) {
        if (bin.cells == 0) continue;
        bin.confidence /= static_cast<double>(bin.cells);
        bin.accuracy /= static_cast<double>(bin.cells);
        const double gap = std::abs(bin.accuracy - bin.confidence);
        ece += gap * static_cast<double>(bin.cells) / static_cast<double>(cells);
        maximum = std::max(maximum, gap);
    }
    out.ece = ece;
    out.maximum = maximum;
    return out;
}

Score brier_score(std::span<const std::int32_t> truth, const DenseMatrix& probabilities) {
    return mean_over_cells(truth, probabilities, [](std::span<const float> row, std::int32_t code) {
        double sum = 0;
        for (std::size_t k = 0; k < row.size(); ++k) {
            const double difference = row[k] - (static_cast<std::int32_t>(k) == code ? 1.0 : 0.0);
            sum += difference * difference;
        }
        return sum;
    });
}

Score log_loss(std::span<const std::int32_t> truth, const DenseMatrix& probabilities, double smallest) {
    return mean_over_cells(truth, probabilities, [&](std::span<const float> row, std::int32_t code) {
        return -std::log(std::clamp(static_cast<double>(row[static_cast<std::size_t>(code)]), smallest, 1.0));
    });
}

Score fit_temperature(std::span<const std::int32_t> truth, const DenseMatrix& logits) {
    constexpr double coldest = 0.01, hottest = 100;
    if (std::none_of(truth.begin(), truth.end(), [](std::int32_t code) { return code >= 0; }))
        return Score::not_available("no cell has a true class");
    double low = 1 / hottest, high = 1 / coldest;
    if (!(loss_slope(truth, logits, low) < 0)) return Score::not_available("the logits do not favour the true classes");
    if (!(loss_slope(truth, logits, high) > 0)) return Score::not_available("every logit favours the true class");
    for (int step = 0; step < 100; ++step) {
        const double middle = std::sqrt(low * high);
        (loss_slope(truth, logits, middle) < 0 ? low : high) = middle;
    }
    return 1 / std::sqrt(low * high);
}

DenseMatrix scaled_softmax(const DenseMatrix& logits, double temperature) {
    LEXICELL_ASSERT(temperature > 0, "a positive temperature");
    DenseMatrix out(logits.rows, logits.cols);
    for (std::int64_t i = 0; i < logits.rows; ++i) {
        const double largest = logits.cols ? *std::max_element(logits.row(i).begin(), logits.row(i).end()) : 0;
        double total = 0;
        for (const float z : logits.row(i)) total += std::exp((z - largest) / temperature);
        for (std::int64_t c = 0; c < logits.cols; ++c) out(i, c) = static_cast<float>(std::exp((logits(i, c) - largest) / temperature) / total);
    }
    return out;
}

}  // namespace lexicell
