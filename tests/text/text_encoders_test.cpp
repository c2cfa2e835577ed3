#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lexicell/base/random.h"
#include "lexicell/text/lsa.h"
#include "lexicell/text/ppmi.h"
#include "lexicell/text/sif.h"

namespace lexicell {
namespace {

using testing::ElementsAre;

// Texts of two subjects that share no subject word.
std::vector<std::string> two_subjects(int each) {
    const std::vector<std::string> blood = {"hemoglobin", "erythrocyte", "oxygen", "globin", "heme", "anemia"},
                                   nerve = {"synapse", "axon", "neuron", "myelin", "dendrite", "cortex"},
                                   common = {"the", "gene", "encodes", "protein"};
    std::vector<std::string> texts;
    RandomStream random(random_key(3, 4));
    for (int i = 0; i < 2 * each; ++i) {
        std::string text;
        for (int w = 0; w < 12; ++w) {
            const auto& words = w % 3 == 0 ? common : i % 2 ? nerve : blood;
            text += words[random.below(words.size())] + " ";
        }
        texts.push_back(text);
    }
    return texts;
}

double cosine(std::span<const float> a, std::span<const float> b) {
    double dot = 0, aa = 0, bb = 0;
    for (std::size_t k = 0; k < a.size(); ++k) dot += a[k] * b[k], aa += a[k] * a[k], bb += b[k] * b[k];
    return dot / std::sqrt(aa * bb);
}

// Mean cosine within and between the even and odd rows.
std::pair<double, double> within_and_between(const DenseMatrix& m) {
    double sums[2] = {}, counts[2] = {};
    for (std::int64_t i = 0; i < m.rows; ++i)
        for (std::int64_t j = 0; j < i; ++j) {
            const int between = (i + j) % 2;
            sums[between] += cosine(m.row(i), m.row(j));
            ++counts[between];
        }
    return {sums[0] / counts[0], sums[1] / counts[1]};
}

TEST(Lsa, PutsTextsOfOneSubjectTogether) {
    const LsaResult result = fit_lsa(two_subjects(30), {.dimensions = 4, .max_share = 1});
    const auto [within, between] = within_and_between(result.vectors);
    EXPECT_GT(within, between + 0.3);
}

TEST(Lsa, EncodesItsOwnTextsToThemselves) {
    const std::vector<std::string> texts = two_subjects(20);
    const LsaResult result = fit_lsa(texts, {.dimensions = 5, .max_share = 1});
    const DenseMatrix again = encode(result.lsa, texts, 2);
    for (std::int64_t r = 0; r < again.rows; ++r) EXPECT_GT(cosine(again.row(r), result.vectors.row(r)), 0.9999);
}

TEST(Lsa, LeavesOutRareAndUbiquitousWords) {
    const LsaResult result = fit_lsa({"aa bb cc", "aa bb", "aa bb dd", "aa ee", "aa"}, {.dimensions = 2, .min_documents = 2, .max_share = 0.8});
    EXPECT_THAT(result.lsa.vocabulary.words(), ElementsAre("bb"));
    EXPECT_FLOAT_EQ(result.lsa.idf[0], static_cast<float>(1 + std::log(6.0 / 4.0)));
}

TEST(Ppmi, ReproducesTheFormula) {
    // C over (a, b, c): a-b 2, a-c 1, b-c 1.
    CsrMatrix weights{.rows = 3, .cols = 3, .indptr = {0, 2, 4, 6}, .indices = {1, 2, 0, 2, 0, 1}, .values = {2, 1, 2, 1, 1, 1}};
    const DenseMatrix ppmi = to_dense(Matrix(positive_mutual_information(weights, 0.75)));
    const double context = 2 * std::pow(3, 0.75) + std::pow(2, 0.75);
    EXPECT_NEAR(ppmi(0, 1), std::log(2.0 / 8 / (3.0 / 8 * std::pow(3, 0.75) / context)), 1e-6);
    EXPECT_NEAR(ppmi(0, 2), std::max(0.0, std::log(1.0 / 8 / (3.0 / 8 * std::pow(2, 0.75) / context))), 1e-6);
    EXPECT_EQ(ppmi(0, 0), 0);
}

TEST(Ppmi, WindowsDoNotCrossDocuments) {
    const std::vector<std::string> documents(10, "aa bb"), apart(10, "cc dd");
    std::vector<std::string> all = documents;
    all.insert(all.end(), apart.begin(), apart.end());
    const WordVectors words = fit_ppmi(all, {.dimensions = 4});
    ASSERT_THAT(words.vocabulary.words(), ElementsAre("aa", "bb", "cc", "dd"));
    EXPECT_DOUBLE_EQ(words.frequency[0], 0.25);
    EXPECT_NEAR(cosine(words.vectors.row(0), words.vectors.row(2)), 0, 1e-5);
}

TEST(Sif, EncodesTheSameForAnyBatchAndThreads) {
    const std::vector<std::string> texts = two_subjects(100);
    const WordVectors words = fit_ppmi(texts, {.dimensions = 6, .threads = 2});
    EXPECT_EQ(words.vectors.values, fit_ppmi(texts, {.dimensions = 6}).vectors.values);
    const SifResult fitted = fit_sif(words, texts, {.removed_directions = 0});
    EXPECT_EQ(encode(fitted.encoder, texts, 1).values, encode(fitted.encoder, texts, 2).values);
    EXPECT_EQ(encode(fitted.encoder, texts).values, fitted.vectors.values);
    for (const std::size_t i : {0u, 57u}) {
        const DenseMatrix alone = encode(fitted.encoder, {texts[i]});
        EXPECT_TRUE(std::ranges::equal(alone.row(0), fitted.vectors.row(static_cast<std::int64_t>(i))));
    }
    const auto [within, between] = within_and_between(fitted.vectors);
    EXPECT_GT(within, between + 0.3);
}

TEST(Sif, RemovesTheCommonDirections) {
    const std::vector<std::string> texts = two_subjects(50);
    const SifResult fitted = fit_sif(fit_ppmi(texts, {.dimensions = 6}), texts, {.removed_directions = 2});
    ASSERT_EQ(fitted.encoder.removed.rows, 2);
    for (std::int64_t r = 0; r < fitted.vectors.rows; ++r)
        for (std::int64_t d = 0; d < 2; ++d) {
            double dot = 0;
            for (std::int64_t k = 0; k < 6; ++k) dot += fitted.vectors(r, k) * fitted.encoder.removed(d, k);
            EXPECT_NEAR(dot, 0, 1e-5);
        }
}

TEST(Sif, ATextOfUnknownWordsIsZero) {
    const std::vector<std::string> texts = two_subjects(20);
    const SifResult fitted = fit_sif(fit_ppmi(texts, {.dimensions = 4}), texts);
    const DenseMatrix nothing = encode(fitted.encoder, {"qqq zzz", ""});
    EXPECT_THAT(nothing.values, testing::Each(0.0f));
}

}  // namespace
}  // namespace lexicell
