#include "lexicell/text/sif.h"

#include <algorithm>
#include <span>

#include "lexicell/base/parallel.h"
#include "lexicell/text/truncated_svd.h"

namespace lexicell {

namespace {

// The weighted mean of the known words; false when there is none.
bool average_words(const SifEncoder& encoder, std::string_view text, std::vector<double>& sum) {
    std::fill(sum.begin(), sum.end(), 0.0);
    std::int64_t count = 0;
    for (const std::string& token : tokens(text)) {
        const std::int32_t word = encoder.vocabulary.find(token);
        if (word < 0) continue;
        ++count;
        const std::span<const float> vector = encoder.words.row(word);
        for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += static_cast<double>(encoder.weights[word]) * vector[k];
    }
    for (double& value : sum) value /= static_cast<double>(std::max<std::int64_t>(count, 1));
    return count > 0;
}

void remove_common(const SifEncoder& encoder, std::vector<double>& vector) {
    for (std::size_t k = 0; k < vector.size(); ++k) vector[k] -= encoder.mean[k];
    for (std::int64_t r = 0; r < encoder.removed.rows; ++r) {
        const std::span<const float> direction = encoder.removed.row(r);
        double dot = 0;
        for (std::size_t k = 0; k < vector.size(); ++k) dot += vector[k] * direction[k];
        for (std::size_t k = 0; k < vector.size(); ++k) vector[k] -= dot * direction[k];
    }
}

template <class Finish>
DenseMatrix encode_with(const SifEncoder& encoder, const std::vector<std::string>& texts, int threads, Finish finish) {
    DenseMatrix out(static_cast<std::int64_t>(texts.size()), encoder.words.cols);
    parallel_for(out.rows, 64, threads, [&](std::int64_t begin, std::int64_t end) {
        std::vector<double> vector(static_cast<std::size_t>(out.cols));
        for (std::int64_t i = begin; i < end; ++i) {
            if (!average_words(encoder, texts[i], vector)) continue;
            finish(vector);
            std::copy(vector.begin(), vector.end(), out.row(i).begin());
        }
    });
    return out;
}

}  // namespace

SifResult fit_sif(const WordVectors& words, const std::vector<std::string>& texts, const SifOptions& options) {
    SifResult out{.encoder = {.vocabulary = words.vocabulary, .words = words.vectors}};
    for (const double p : words.frequency) out.encoder.weights.push_back(static_cast<float>(options.a / (options.a + p)));
    const DenseMatrix raw = encode_with(out.encoder, texts, options.threads, [](std::vector<double>&) {});
    const PrincipalAxes axes = principal_axes(raw, options.removed_directions, true, options.threads);
    out.encoder.mean.assign(axes.mean.begin(), axes.mean.end());
    out.encoder.removed = DenseMatrix(axes.axes.cols, axes.axes.rows);
    for (std::int64_t k = 0; k < axes.axes.rows; ++k)
        for (std::int64_t r = 0; r < axes.axes.cols; ++r) out.encoder.removed(r, k) = axes.axes(k, r);
    out.vectors = encode(out.encoder, texts, options.threads);
    return out;
}

DenseMatrix encode(const SifEncoder& encoder, const std::vector<std::string>& texts, int threads) {
    return encode_with(encoder, texts, threads, [&](std::vector<double>& vector) { remove_common(encoder, vector); });
}

}  // namespace lexicell
