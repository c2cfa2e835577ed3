#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "lexicell/models/vae/scilama_config.h"
#include "lexicell/prep/covariates.h"
#include "lexicell/train/precision.h"

namespace lexicell {

// How a sciLaMA is trained; LibTorch-free, so that the command can fill it in.
struct FitOptions {
    ScilamaConfig config;
    CovariateOptions covariates;              // columns of obs, e.g. the batch
    std::optional<std::string> split_column;  // obs column of train, val and test
    std::optional<std::string> split_group;   // obs column whose groups (donors) stay on one side
    Precision precision = Precision::fp32;
    int threads = 1;
    double checkpoint_seconds = 30;
    std::optional<std::filesystem::path> training_folder;  // checkpoints, one folder a stage; absent: none are kept
    bool force_coverage = false;              // train the gene side although fewer than half of the genes have a vector
};

}  // namespace lexicell
