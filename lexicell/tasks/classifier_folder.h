#pragma once
// A trained annotator as a model folder: weights, genes, normalisation, temperature and threshold in one place.

#include <filesystem>

#include "lexicell/tasks/annotate.h"
#include "lexicell/train/model_folder.h"

namespace lexicell {

ModelFolder to_folder(const CalibratedClassifier& model, const ModelCard& card);

// Error(model) when the folder is damaged or holds another type of model.
CalibratedClassifier read_classifier(const std::filesystem::path& folder);

}  // namespace lexicell
