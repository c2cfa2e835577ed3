#pragma once
// AnnData in memory: N cells x G genes with everything that is aligned to them.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "lexicell/data/frame.h"
#include "lexicell/data/matrix.h"
#include "lexicell/data/value.h"

namespace lexicell {

// The `raw` slot: same cells, its own genes.
struct Raw {
    Matrix x;   // N x G_raw
    Frame var;
};

using AxisArray = std::variant<CsrMatrix, DenseMatrix, Frame>;  // a member of obsm or varm

// The file a dataset was read from. Elements that were not understood stay there and are copied by the writer.
struct Origin {
    std::filesystem::path file;
    std::string format;                     // "h5ad", "10x-h5", "10x-mtx", "csv", "loom"
    std::vector<std::int64_t> obs_rows;     // which rows of the file these cells are; empty = all, in order
    std::vector<std::int64_t> var_rows;
    std::vector<std::string> opaque;        // keys left unread, e.g. "/uns/awkward"
};

struct Dataset {
    Frame obs;  // N rows, index = cell names
    Frame var;  // G rows, index = gene names
    std::optional<Matrix> x;                 // N x G
    std::map<std::string, Matrix> layers;    // N x G each
    std::map<std::string, AxisArray> obsm;   // N rows each
    std::map<std::string, AxisArray> varm;   // G rows each
    std::map<std::string, Matrix> obsp;      // N x N
    std::map<std::string, Matrix> varp;      // G x G
    Dict uns;
    std::optional<Raw> raw;
    std::optional<Origin> origin;

    std::int64_t cells() const { return obs.rows(); }
    std::int64_t genes() const { return var.rows(); }
};

// Cells (genes) in the order given, each at most once; everything aligned follows, the origin remembers.
Dataset take_cells(const Dataset& dataset, std::span<const std::int64_t> cells);
Dataset take_genes(const Dataset& dataset, std::span<const std::int64_t> genes);

}  // namespace lexicell
