#include "lexicell/text/ppmi.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "lexicell/base/parallel.h"
#include "lexicell/text/truncated_svd.h"

namespace lexicell {

namespace {

// The corpus as word ids, -1 for words without a vector; `border` marks the gap between documents.
constexpr std::int32_t rare = -1, border = -2;

struct Corpus {
    Vocabulary vocabulary;
    std::vector<double> frequency;
    std::vector<std::int32_t> words;
};

Corpus read_corpus(const std::vector<std::string>& documents, const PpmiOptions& options) {
    std::unordered_map<std::string, std::int64_t> ids;  // in order of appearance
    std::vector<std::int64_t> occurrences;
    std::vector<std::int32_t> stream;
    for (const std::string& document : documents) {
        for (std::string& token : tokens(document)) {
            const auto id = ids.emplace(std::move(token), static_cast<std::int64_t>(ids.size())).first->second;
            if (id == static_cast<std::int64_t>(occurrences.size())) occurrences.push_back(0);
            ++occurrences[id];
            stream.push_back(static_cast<std::int32_t>(id));
        }
        stream.push_back(border);
    }
    const auto total = static_cast<double>(std::accumulate(occurrences.begin(), occurrences.end(), std::int64_t{0}));
    std::vector<std::string> kept;
    for (const auto& [word, id] : ids)
        if (occurrences[id] >= options.min_occurrences) kept.push_back(word);
    Corpus corpus{.vocabulary = Vocabulary(std::move(kept))};
    corpus.frequency.resize(static_cast<std::size_t>(corpus.vocabulary.size()));
    std::vector<std::int32_t> renumbered(occurrences.size(), rare);
    for (const auto& [word, id] : ids)
        if (const std::int32_t row = corpus.vocabulary.find(word); row >= 0) {
            renumbered[id] = row;
            corpus.frequency[row] = static_cast<double>(occurrences[id]) / total;
        }
    corpus.words.reserve(stream.size());
    for (const std::int32_t id : stream) corpus.words.push_back(id == border ? border : renumbered[id]);
    return corpus;
}

// Row w of C: every occurrence of w looks at its neighbours on both sides. One dense accumulator a block keeps the order
// of additions fixed.
CsrMatrix cooccurrence(const Corpus& corpus, int window, int threads) {
    const std::int64_t size = corpus.vocabulary.size();
    std::vector<std::vector<std::int64_t>> places(static_cast<std::size_t>(size));
    for (std::size_t i = 0; i < corpus.words.size(); ++i)
        if (corpus.words[i] >= 0) places[corpus.words[i]].push_back(static_cast<std::int64_t>(i));

    std::vector<std::vector<std::pair<std::int32_t, float>>> rows(static_cast<std::size_t>(size));
    const auto end_of_corpus = static_cast<std::int64_t>(corpus.words.size());
    parallel_for(size, 256, threads, [&](std::int64_t begin, std::int64_t end) {
        std::vector<double> weight(static_cast<std::size_t>(size), 0);
        std::vector<std::int32_t> touched;
        for (std::int64_t word = begin; word < end; ++word) {
            touched.clear();
            for (const std::int64_t place : places[word])
                for (const int step : {-1, 1})
                    for (int distance = 1; distance <= window; ++distance) {
                        const std::int64_t other = place + step * distance;
                        if (other < 0 || other >= end_of_corpus || corpus.words[other] == border) break;
                        const std::int32_t context = corpus.words[other];
                        if (context < 0) continue;
                        if (weight[context] == 0) touched.push_back(context);
                        weight[context] += 1.0 / distance;
                    }
            std::sort(touched.begin(), touched.end());
            for (const std::int32_t context : touched) {
                rows[word].emplace_back(context, static_cast<float>(weight[context]));
                weight[context] = 0;
            }
        }
    });
    CsrMatrix matrix{.rows = size, .cols = size};
    for (const auto& row : rows) {
        for (const auto& [context, value] : row) {
            matrix.indices.push_back(context);
            matrix.values.push_back(value);
        }
        matrix.indptr.push_back(matrix.nonzeros());
    }
    return matrix;
}

}  // namespace

CsrMatrix positive_mutual_information(const CsrMatrix& weights, double context_power) {
    std::vector<double> row_sum(static_cast<std::size_t>(weights.rows), 0), context(row_sum.size());
    for (std::int64_t r = 0; r < weights.rows; ++r)
        for (const float value : weights.row_values(r)) row_sum[r] += value;
    std::transform(row_sum.begin(), row_sum.end(), context.begin(), [&](double sum) { return std::pow(sum, context_power); });
    const double context_total = std::accumulate(context.begin(), context.end(), 0.0);

    CsrMatrix out{.rows = weights.rows, .cols = weights.cols};
    for (std::int64_t r = 0; r < weights.rows; ++r) {
        for (std::int64_t k = weights.indptr[r]; k < weights.indptr[r + 1]; ++k) {
            const std::int32_t c = weights.indices[k];
            const double information = std::log(weights.values[k] / row_sum[r] * context_total / context[c]);
            if (information <= 0) continue;
            out.indices.push_back(c);
            out.values.push_back(static_cast<float>(information));
        }
        out.indptr.push_back(out.nonzeros());
    }
    return out;
}

WordVectors fit_ppmi(const std::vector<std::string>& documents, const PpmiOptions& options) {
    Corpus corpus = read_corpus(documents, options);
    const CsrMatrix ppmi =
        positive_mutual_information(cooccurrence(corpus, options.window, options.threads), options.context_power);
    TruncatedSvd svd = truncated_svd(ppmi, {.rank = options.dimensions, .power_iterations = options.power_iterations,
                                            .seed = options.seed, .threads = options.threads});
    for (std::int64_t r = 0; r < svd.u.rows; ++r)
        for (std::int64_t k = 0; k < svd.u.cols; ++k) svd.u(r, k) *= static_cast<float>(std::sqrt(svd.s[k]));
    return {std::move(corpus.vocabulary), std::move(corpus.frequency), std::move(svd.u)};
}

}  // namespace lexicell
