#include "lexicell/text/gene_text.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "lexicell/base/error.h"
#include "lexicell/text/lsa.h"
#include "lexicell/text/truncated_svd.h"

namespace lexicell {

namespace {

struct Texts {
    std::vector<std::string> prose, prose_and_names;
};

Texts texts_of(const std::vector<GeneDocument>& documents) {
    Texts texts;
    for (const GeneDocument& document : documents) {
        texts.prose.push_back(document.prose);
        texts.prose_and_names.push_back(document.prose + " " + document.names);
    }
    return texts;
}

// Rows of both at unit length, side by side.
DenseMatrix side_by_side(const DenseMatrix& left, const DenseMatrix& right) {
    DenseMatrix out(left.rows, left.cols + right.cols);
    const auto put = [&](const DenseMatrix& m, std::int64_t row, std::int64_t offset) {
        double square = 0;
        for (const float value : m.row(row)) square += static_cast<double>(value) * value;
        const double scale = square > 0 ? 1 / std::sqrt(square) : 0;
        for (std::int64_t k = 0; k < m.cols; ++k) out(row, offset + k) = static_cast<float>(m(row, k) * scale);
    };
    for (std::int64_t r = 0; r < left.rows; ++r) {
        put(left, r, 0);
        put(right, r, left.cols);
    }
    return out;
}

void step(Sink& sink, std::uint64_t done, std::string_view stage) {
    sink.progress({.stage = stage, .done = done, .total = 4});
    if (sink.stop_requested())
        throw Error(ErrorKind::interrupted, {.type = "stopped", .message = "stopped before the gene texts were embedded"});
}

}  // namespace

GeneTextVectors embed_gene_texts(const GeneDocuments& documents, const std::vector<std::string>& corpus,
                                 const GeneTextOptions& options, Sink& sink) {
    GeneTextVectors out;
    const Texts human = texts_of(documents.human), mouse = texts_of(documents.mouse);
    step(sink, 0, "LSA of gene texts");
    LsaResult lsa = fit_lsa(human.prose_and_names, {.dimensions = options.dimensions, .seed = options.seed, .threads = options.threads});
    step(sink, 1, "word vectors");
    const WordVectors words =
        fit_ppmi(corpus, {.dimensions = options.dimensions, .seed = options.seed, .threads = options.threads});
    step(sink, 2, "gene vectors");
    SifResult sif = fit_sif(words, human.prose, {.threads = options.threads});
    const DenseMatrix both = side_by_side(lsa.vectors, sif.vectors);
    if (lsa.vectors.cols == 0 || sif.vectors.cols == 0)
        throw Error(ErrorKind::precondition, {.type = "too-little-text", .message = "the texts share too few words to learn from",
                                              .found = fmt::format("{} genes, {} documents", documents.human.size(), corpus.size()),
                                              .hint = "name more sources"});
    const PrincipalAxes axes = principal_axes(both, options.dimensions, true, options.threads);
    out.human = project(both, axes, options.threads);
    step(sink, 3, "mouse genes");
    out.mouse_sif = encode(sif.encoder, mouse.prose, options.threads);
    out.mouse = project(side_by_side(encode(lsa.lsa, mouse.prose_and_names, options.threads), out.mouse_sif), axes, options.threads);
    out.human_sif = std::move(sif.vectors);
    out.human_lsa = std::move(lsa.vectors);
    out.encoder = std::move(sif.encoder);
    return out;
}

}  // namespace lexicell
