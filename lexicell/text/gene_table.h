#pragma once
// One vector a gene, from anywhere: text, a protein model, co-expression, another checkpoint. The gene side of a model is
// data (design.md, the seams; scmmgpt.md 12).

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lexicell/data/matrix.h"
#include "lexicell/genes/gene_reference.h"
#include "lexicell/genes/reconcile.h"

namespace lexicell {

struct GeneTable {
    std::vector<std::string> ids;  // G, unique: symbols or Ensembl ids
    DenseMatrix vectors;           // G x D, finite
    std::string source;            // what it is, for people: "text embedding (LSA + PPMI word vectors)", a file name
    std::string hash;              // SHA-256 of ids and vectors; equal tables have equal hashes
};

// Error(precondition) when an id is empty or repeated, sizes differ, or a value is not finite.
GeneTable make_gene_table(std::vector<std::string> ids, DenseMatrix vectors, std::string source);

// Repeated ids in a file: refused unless one of these is asked for.
enum class Dedup { refuse, first, mean };

struct ReadGeneTableOptions {
    Dedup dedup = Dedup::refuse;
    std::optional<std::filesystem::path> ids;  // file of ids, one a line, for formats that hold vectors only
};

// By content and extension: .safetensors, .npy (ids in a file beside it), .npz, .csv, .tsv (also .gz), .json, .h5, .h5ad.
// Error(unreadable) for damage and for formats that must be converted first; it says how.
GeneTable read_gene_table(const std::filesystem::path& path, const ReadGeneTableOptions& options = {});

enum class TableStorage { float32, int8 };  // int8: one scale a row; scores change by less than .002 (knowledge/README.md 7.1)
// safetensors with "embeddings" G x D (and "scale" G), ids and source in the metadata; atomic.
void write_gene_table(const GeneTable& table, const std::filesystem::path& path, TableStorage storage = TableStorage::float32);

// Controls: what is left of a result when the text means nothing (scilama.md, check 15).
GeneTable shuffled(const GeneTable& table, std::uint64_t seed);     // the same vectors, given to other genes
GeneTable random_like(const GeneTable& table, std::uint64_t seed);  // Gaussian, with each column's mean and deviation

struct AlignOptions {
    double min_share = 0.5;  // fewer genes with a vector than this is refused
    bool force = false;      // go on all the same
};

struct GeneAlignment {
    std::vector<std::int64_t> rows;  // G: row of the table for each gene, -1 = none
    std::int64_t matched = 0;        // genes with a vector
    std::int64_t genes = 0;          // genes that could have one: for reconciled genes those that are genes at all
    double share() const { return genes > 0 ? static_cast<double>(matched) / static_cast<double>(genes) : 0; }
};

// Genes by the very ids of the table. Error(precondition) below min_share.
GeneAlignment align(const GeneTable& table, std::span<const std::string> genes, const AlignOptions& options = {});

// Reconciled genes: table ids and genes meet at approved genes of catalog.of(genes.target), whatever either side calls them.
// genes.target must be the species of the table.
GeneAlignment align(const GeneTable& table, const Reconciliation& genes, const GeneCatalog& catalog, const AlignOptions& options = {});

// Of which species the ids are, by the rules for var (formats.md 6).
Species species_of(const GeneTable& table, const GeneCatalog& catalog);

// Rows of the table in the order of `alignment`; genes without a vector get zeros: G x D.
DenseMatrix aligned_vectors(const GeneTable& table, const GeneAlignment& alignment);

}  // namespace lexicell
