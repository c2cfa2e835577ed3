#pragma once
// How good any embedding of any file is: a scIB profile beside controls that know the labels and controls that ought to lose
// (metrics.md 1 to 4).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "lexicell/base/sink.h"
#include "lexicell/data/dataset.h"
#include "lexicell/metrics/scib.h"
#include "lexicell/report/page.h"

namespace lexicell {

struct ScoreEmbeddingsOptions {
    std::vector<std::string> obsm;       // the embeddings
    std::string label;                   // obs column
    std::optional<std::string> batch;    // obs column; without one the batch metrics have no value
    ScibProfile profile = ScibProfile::scib_metrics_0_6;
    bool controls = true;                // eight more rows, each as costly as an embedding
    std::uint64_t seed = 0;
    int threads = 1;
};

struct ScoredEmbedding {
    enum class Kind { given, upper_control, lower_control };
    std::string name;                    // the obsm key, or the control's name
    Kind kind = Kind::given;
    ScibTable table;
    ScibTotals totals;
    std::vector<std::string> saturated;  // of a given one: metrics on which a lower control scores at least as well
};

struct EmbeddingScores {
    ScibProfile profile = ScibProfile::scib_metrics_0_6;
    std::string label, batch;
    std::string before;                  // where the unintegrated principal components come from
    std::int64_t cells = 0, left_out = 0;  // cells without a label or batch are left out
    std::vector<ScoredEmbedding> embeddings;
};

// Error(precondition): no such column or embedding, or fewer than 10 cells with a label.
EmbeddingScores score_embeddings(const Dataset& data, const ScoreEmbeddingsOptions& options, Sink& sink);

nlohmann::json to_json(const EmbeddingScores& scores);   // {"profile", "metrics": [{"obsm", "name", "group", "value", "scaled", "reason"}], ...}
Table metric_table(const EmbeddingScores& scores);       // one row a metric, numbers in full
Page score_page(const EmbeddingScores& scores, const std::string& file);

}  // namespace lexicell
