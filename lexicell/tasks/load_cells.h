#pragma once
// From a file to the cells and genes a model can read: the counts slot, resolved gene names, quality figures, filters.
// Everything assumed or dropped on the way is told to the sink and kept for the report.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lexicell/base/sink.h"
#include "lexicell/data/dataset.h"
#include "lexicell/genes/reconcile.h"
#include "lexicell/io/read.h"
#include "lexicell/prep/counts.h"
#include "lexicell/prep/filter.h"
#include "lexicell/prep/qc.h"

namespace lexicell {

struct LoadOptions {
    ReadOptions read;
    CountsOptions counts;
    bool accept_log = false;             // log-normalised values will do where no counts exist
    CellFilter cells;                    // bounds on cells; a cell without any count never passes
    GeneFilter genes;                    // bounds on genes, after the cells
    std::optional<std::string> gene_column;
    std::optional<Species> species;      // of the file; absent: inferred
    bool orthologs = true;
    bool keep_file = true;               // false: the dataset keeps obs and var alone, where nothing is written back
    int threads = 1;
};

// What was left out, and why: one row of the report's table.
struct Drop {
    std::string what;    // "cells", "genes"
    std::string reason;
    std::int64_t count = 0;
};

struct LoadedCells {
    Dataset dataset;                       // the file, kept cells, all its genes
    std::int64_t cells_in_file = 0;
    std::vector<std::int64_t> cell_rows;   // which rows of the file the kept cells are
    std::string slot;                      // "X", "raw.X", "layers['counts']"
    ValueScale scale = ValueScale::counts; // counts or log_normalised
    CountFigures figures;
    CsrMatrix values;                      // N x G
    std::vector<std::string> genes;        // G unique names: approved symbols of the file's species, else as written
    std::vector<std::string> text_ids;     // G names in the text table's species; "" = none
    Frame var;                             // of the slot, before merging
    std::vector<std::int32_t> gene_of_var; // row of `var` -> gene, -1 = left out
    std::string species;                   // "human" or "mouse", of the file; "" = unknown
    std::optional<Reconciliation> reconciliation;
    QcMetrics qc;                          // of the kept cells and genes
    std::vector<Drop> drops;
};

// `catalog` null: names are taken as they are. Error(precondition) when nothing is left.
LoadedCells load_cells(const std::filesystem::path& file, const GeneCatalog* catalog, const LoadOptions& options, Sink& sink);
LoadedCells load_cells(Dataset dataset, const GeneCatalog* catalog, const LoadOptions& options, Sink& sink);

}  // namespace lexicell
