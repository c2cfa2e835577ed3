#include "lexicell/text/lsa.h"

#include <algorithm>
#include <cmath>

#include "lexicell/base/parallel.h"
#include "lexicell/text/truncated_svd.h"

namespace lexicell {

namespace {

struct WordWeight {
    std::int32_t word;
    float weight;
};

// One text as a unit-length row, words ascending.
std::vector<WordWeight> weighted_words(const Lsa& lsa, std::string_view text) {
    std::vector<std::int32_t> words;
    for (const std::string& token : tokens(text))
        if (const std::int32_t word = lsa.vocabulary.find(token); word >= 0) words.push_back(word);
    std::sort(words.begin(), words.end());
    std::vector<WordWeight> row;
    double square = 0;
    for (std::size_t i = 0; i < words.size();) {
        std::size_t end = i;
        while (end < words.size() && words[end] == words[i]) ++end;
        const double weight = (1 + std::log(static_cast<double>(end - i))) * lsa.idf[words[i]];
        row.push_back({words[i], static_cast<float>(weight)});
        square += weight * weight;
        i = end;
    }
    for (WordWeight& entry : row) entry.weight = static_cast<float>(entry.weight / std::sqrt(square));
    return row;
}

CsrMatrix weighted_texts(const Lsa& lsa, const std::vector<std::string>& texts, int threads) {
    std::vector<std::vector<WordWeight>> rows(texts.size());
    parallel_for(static_cast<std::int64_t>(texts.size()), 64, threads, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) rows[i] = weighted_words(lsa, texts[i]);
    });
    CsrMatrix matrix{.rows = static_cast<std::int64_t>(texts.size()), .cols = lsa.vocabulary.size()};
    for (const auto& row : rows) {
        for (const WordWeight& entry : row) {
            matrix.indices.push_back(entry.word);
            matrix.values.push_back(entry.weight);
        }
        matrix.indptr.push_back(matrix.nonzeros());
    }
    return matrix;
}

Lsa choose_words(const std::vector<std::string>& texts, const LsaOptions& options) {
    std::unordered_map<std::string, std::int64_t> document_frequency;
    for (const std::string& text : texts) {
        std::vector<std::string> words = tokens(text);
        std::sort(words.begin(), words.end());
        words.erase(std::unique(words.begin(), words.end()), words.end());
        for (std::string& word : words) ++document_frequency[std::move(word)];
    }
    const auto n = static_cast<double>(texts.size());
    std::vector<std::string> kept;
    for (const auto& [word, df] : document_frequency)
        if (df >= options.min_documents && static_cast<double>(df) <= options.max_share * n) kept.push_back(word);
    Lsa lsa{.vocabulary = Vocabulary(std::move(kept))};
    for (const std::string& word : lsa.vocabulary.words())
        lsa.idf.push_back(static_cast<float>(1 + std::log((1 + n) / (1 + static_cast<double>(document_frequency[word])))));
    return lsa;
}

}  // namespace

LsaResult fit_lsa(const std::vector<std::string>& texts, const LsaOptions& options) {
    LsaResult out{.lsa = choose_words(texts, options)};
    const CsrMatrix matrix = weighted_texts(out.lsa, texts, options.threads);
    TruncatedSvd svd = truncated_svd(matrix, {.rank = options.dimensions, .power_iterations = options.power_iterations,
                                              .seed = options.seed, .threads = options.threads});
    for (std::int64_t r = 0; r < svd.u.rows; ++r)
        for (std::int64_t k = 0; k < svd.u.cols; ++k) svd.u(r, k) *= static_cast<float>(std::sqrt(svd.s[k]));
    for (std::int64_t r = 0; r < svd.v.rows; ++r)
        for (std::int64_t k = 0; k < svd.v.cols; ++k) svd.v(r, k) /= static_cast<float>(std::sqrt(svd.s[k]));
    out.vectors = std::move(svd.u);
    out.lsa.projection = std::move(svd.v);
    return out;
}

DenseMatrix encode(const Lsa& lsa, const std::vector<std::string>& texts, int threads) {
    DenseMatrix out(static_cast<std::int64_t>(texts.size()), lsa.projection.cols);
    parallel_for(out.rows, 64, threads, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            std::vector<double> sum(static_cast<std::size_t>(out.cols), 0);
            for (const WordWeight& entry : weighted_words(lsa, texts[i]))
                for (std::int64_t k = 0; k < out.cols; ++k) sum[k] += entry.weight * lsa.projection(entry.word, k);
            std::copy(sum.begin(), sum.end(), out.row(i).begin());
        }
    });
    return out;
}

}  // namespace lexicell
