#pragma once
// One vector a gene from public text alone: "text embedding (LSA + PPMI word vectors)". No language model is involved; a
// modest prior for genes, and its known fault is that family text dominates some of them (knowledge/README.md 7).

#include <cstdint>
#include <vector>

#include "lexicell/base/sink.h"
#include "lexicell/data/matrix.h"
#include "lexicell/text/gene_documents.h"
#include "lexicell/text/sif.h"

namespace lexicell {

struct GeneTextOptions {
    int dimensions = 256;  // D of every table
    std::uint64_t seed = 0;
    int threads = 1;
};

struct GeneTextVectors {
    DenseMatrix human, mouse;          // genes x D, LSA and SIF combined; rows as in GeneDocuments
    DenseMatrix human_sif, mouse_sif;  // genes x D, in the space where `encoder` places any text
    DenseMatrix human_lsa;             // genes x D
    SifEncoder encoder;
};

// `corpus`: documents for the word vectors. Fitted on human genes; mouse genes are placed among them by the text of their orthologs and their own summaries.
// Polls sink.stop_requested() between its steps.
GeneTextVectors embed_gene_texts(const GeneDocuments& documents, const std::vector<std::string>& corpus,
                                 const GeneTextOptions& options = {}, Sink& sink = silence());

}  // namespace lexicell
