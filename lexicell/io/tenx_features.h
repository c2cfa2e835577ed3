#pragma once
// What the 10x formats share: features that may be genes, antibodies or peaks, and which of them become the data set.

#include <filesystem>
#include <string>
#include <vector>

#include "lexicell/base/sink.h"
#include "lexicell/data/dataset.h"
#include "lexicell/io/read.h"

namespace lexicell {

// Each list has one entry a feature or, where the file does not say, none.
struct TenxFeatures {
    std::vector<std::string> ids, names, types, genomes;
};

// Cells named `barcodes` with the features that `options` wants (formats.md 5.1): "Gene Expression" unless all are
// asked for, of one genome if one is named. var is named by the features' names and holds gene_ids, feature_types and
// genome where known. Error(precondition) when nothing is left, or the genome is not there; what was left out is told
// as an info. `counts` is N x features.
Dataset assemble_10x(CsrMatrix counts, std::vector<std::string> barcodes, TenxFeatures features, const ReadOptions& options,
                     const std::filesystem::path& file, Sink& sink);

}  // namespace lexicell
