#pragma once
// A score for people and for programs: a number, or why there is none.

#include <string>

#include <nlohmann/json.hpp>

#include "lexicell/metrics/score.h"

namespace lexicell {

std::string text_of(const Score& score);          // "0.812", "NA (one batch)"
nlohmann::json number_or_null(const Score& score);

}  // namespace lexicell
