#include "lexicell/tasks/score_text.h"

#include "lexicell/report/table.h"

namespace lexicell {

std::string text_of(const Score& score) { return score.available() ? format_number(score.value) : "NA (" + score.reason + ")"; }

nlohmann::json number_or_null(const Score& score) { return score.available() ? nlohmann::json(score.value) : nlohmann::json(); }

}  // namespace lexicell
