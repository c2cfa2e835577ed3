#pragma once
// Trains sciLaMA on loaded cells: genes chosen, vectors joined by id, stages run one after the other (scilama.md 4, 5).

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lexicell/base/sink.h"
#include "lexicell/models/vae/trained_scilama.h"
#include "lexicell/tasks/encoder_probe.h"
#include "lexicell/tasks/fit_options.h"
#include "lexicell/tasks/gene_vectors.h"
#include "lexicell/tasks/load_cells.h"
#include "lexicell/text/gene_table.h"
#include "lexicell/train/train.h"

namespace lexicell {

struct FittedStage {
    std::string name;    // "cells", "genes", "joint", "direct"
    TrainResult result;
};

// A trained model with all that is needed to use it: what a model folder holds.
struct ScilamaModel {
    std::unique_ptr<TrainedScilama> trained;
    std::vector<std::string> genes;       // G, of the file's species
    std::vector<std::string> text_ids;    // G, names in the vector tables; "" = none
    std::vector<bool> tied;               // G, the genes that have a vector
    GeneVectors vectors;                  // of the tied genes (G' rows)
    std::string species;                  // "human", "mouse", "" = unknown
};

struct ScilamaFit {
    ScilamaModel model;
    std::vector<FittedStage> stages;
    std::optional<EncoderProbe> encoder_probe;  // where --encoder auto had to choose
    DenseMatrix cells;                    // N x K posterior means
    DenseMatrix cells_before_joint;       // N x K, where a joint stage moved the cells afterwards; else empty
    DenseMatrix genes;                    // G' x K, of the tied genes; empty without a gene side
    std::vector<std::int64_t> gene_columns;  // G, the columns of the loaded values that were modelled
};

// With encoder automatic and vectors for most genes, both encoders are first trained for 1,000 steps and compared on the
// validation cells; the one that is kept is then trained from the start.
ScilamaFit fit_scilama(const LoadedCells& data, const std::vector<GeneTable>& tables, const FitOptions& options, Sink& sink);

// The gene embedding (G' x K) that stage 2 finds on the same frozen cells when the vectors are given to other genes: what
// of the modules does not come from the words. Empty for modes whose cells are not frozen. `options` as they were given to
// fit_scilama.
DenseMatrix genes_of_shuffled_vectors(const ScilamaFit& fit, const LoadedCells& data, const FitOptions& options, Sink& sink);

}  // namespace lexicell
