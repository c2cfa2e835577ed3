#pragma once
// A knowledge folder: what genes are, what is written about them as vectors, and how any text is placed beside them.
//   manifest.json  ATTRIBUTION.txt
//   genes_<species>.tsv.zst  aliases_<species>.tsv.zst  orthologs.tsv.zst
//   texts_<species>.tsv.zst                   symbol, source, prose, names
//   gene_text_<species>.safetensors           genes x D, LSA and word vectors combined
//   gene_words_<species>.safetensors          genes x D, word vectors only: the space of text_encoder
//   text_encoder.safetensors                  word vectors, weights, mean, removed directions
//   celltypes.tsv.zst  celltype_descriptions.tsv.zst     where the sources have them

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "lexicell/base/sink.h"
#include "lexicell/genes/gene_reference.h"
#include "lexicell/text/gene_documents.h"
#include "lexicell/text/gene_table.h"
#include "lexicell/text/knowledge_sources.h"
#include "lexicell/text/sif.h"

namespace lexicell {

struct BuildKnowledgeOptions {
    bool go_text = false;   // add GO to the gene texts; always so without tables. Such a folder must not be scored on GO, GGI, STRING
    int dimensions = 256;   // D
    std::uint64_t seed = 0;
    int threads = 1;        // the folder is the same for any number
    bool overwrite = false;
};

struct KnowledgeSummary {
    std::string variant;  // "text-lsa-ppmi" or "text-lsa-ppmi-go"
    std::int64_t human_genes = 0, mouse_genes = 0;      // in the catalogue
    std::int64_t human_vectors = 0, mouse_vectors = 0;
    std::int64_t aliases = 0, ambiguous_aliases = 0;    // human
    std::int64_t documents = 0, words = 0;              // of the word vectors
};

// Writes the folder whole or not at all. Error(usage) when `target` exists and overwrite is off.
KnowledgeSummary build_knowledge(const KnowledgeSources& sources, const std::filesystem::path& target,
                                 const BuildKnowledgeOptions& options = {}, Sink& sink = silence());

struct Knowledge {
    std::filesystem::path folder;
    std::string variant;
    GeneCatalog catalog;
    GeneTable human, mouse;  // combined vectors by approved symbol; mouse is empty without tables

    const GeneTable& table(Species species) const { return species == Species::human ? human : mouse; }
};

// Checks the manifest and the hash of every file. Error(unreadable), with the command that builds a folder, when `folder` is none.
Knowledge load_knowledge(const std::filesystem::path& folder);

// Parts that only some need.
SifEncoder load_text_encoder(const std::filesystem::path& folder);
GeneTable load_word_table(const std::filesystem::path& folder, Species species);               // in the encoder's space
std::vector<GeneDocument> load_gene_documents(const std::filesystem::path& folder, Species species);

}  // namespace lexicell
