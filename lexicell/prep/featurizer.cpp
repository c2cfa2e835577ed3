#include "lexicell/prep/featurizer.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "lexicell/base/error.h"
#include "lexicell/base/hash.h"
#include "lexicell/prep/log_counts.h"
#include "lexicell/prep/scaled_log.h"

namespace lexicell {

namespace {

using Loader = std::unique_ptr<Featurizer> (*)(const FeaturizerState&);

// One line a featurizer.
constexpr std::pair<std::string_view, Loader> kRegistry[] = {
    {LogCounts::kKind, LogCounts::load},
    {ScaledLog::kKind, ScaledLog::load},
};

nlohmann::json parse(const std::string& text) {
    try {
        return nlohmann::json::parse(text);
    } catch (const nlohmann::json::exception& error) {
        throw Error(ErrorKind::model, {.type = "bad-featurizer", .message = "the featurizer's state cannot be read", .found = error.what()});
    }
}

std::string known_kinds() {
    std::string out;
    for (const auto& [kind, load] : kRegistry) out += fmt::format("{}{}", out.empty() ? "" : ", ", kind);
    return out;
}

}  // namespace

std::string hash_of(const FeaturizerState& state) {
    std::string bytes = parse(state.json).dump();
    for (const auto& [name, array] : state.arrays) {
        bytes += fmt::format("\n{}", name);
        for (const std::int64_t extent : array.shape) bytes += fmt::format(" {}", extent);
        std::visit([&](const auto& v) {
            bytes += fmt::format(" {}:", v.empty() ? 0 : sizeof v[0]);
            bytes.append(reinterpret_cast<const char*>(v.data()), v.size() * sizeof v[0]);
        }, array.values);
    }
    return sha256(bytes);
}

std::unique_ptr<Featurizer> load_featurizer(const FeaturizerState& state, const std::optional<std::string>& expected_hash) {
    if (expected_hash && hash_of(state) != *expected_hash)
        throw Error(ErrorKind::model, {.type = "other-preprocessing", .message = "the featurizer is not the one the model was trained with",
                                       .found = hash_of(state), .expected = *expected_hash});
    std::string kind;
    try {
        kind = nlohmann::json::parse(state.json).at("kind").get<std::string>();
        const auto entry = std::ranges::find(kRegistry, kind, &std::pair<std::string_view, Loader>::first);
        if (entry != std::end(kRegistry)) return entry->second(state);
    } catch (const nlohmann::json::exception& error) {
        throw Error(ErrorKind::model, {.type = "bad-featurizer", .message = "the featurizer's state cannot be read", .found = error.what()});
    }
    throw Error(ErrorKind::model, {.type = "unknown-featurizer", .message = "no such featurizer", .found = kind, .expected = known_kinds()});
}

void require_same_preprocessing(const FeaturizerState& model, const FeaturizerState& offered) {
    if (hash_of(model) == hash_of(offered)) return;
    throw Error(ErrorKind::model, {.type = "other-preprocessing", .message = "the model was trained with another preprocessing",
                                   .found = hash_of(offered), .expected = hash_of(model)});
}

FeatureReader::FeatureReader(const Featurizer& featurizer, const CellSource& source, Sink& sink)
    : featurizer_(featurizer), source_(source), position_(source.genes().size(), -1) {
    std::unordered_map<std::string_view, std::int32_t> model;
    for (const std::string& gene : featurizer.genes()) model.emplace(gene, static_cast<std::int32_t>(model.size()));
    LEXICELL_ASSERT(model.size() == featurizer.genes().size(), "a featurizer's genes repeat");
    std::vector<bool> found(model.size());
    for (std::size_t g = 0; g < position_.size(); ++g) {
        const auto it = model.find(source.genes()[g]);
        if (it == model.end()) continue;
        LEXICELL_ASSERT(!found[it->second], "a source's genes repeat");
        found[it->second] = true;
        position_[g] = it->second;
    }
    for (std::size_t g = 0; g < found.size(); ++g)
        if (!found[g]) absent_.push_back(featurizer.genes()[g]);
    if (absent_.size() == found.size())
        throw Error(ErrorKind::precondition,
                    {.type = "no-gene-matches", .message = "none of the model's genes is in the data",
                     .found = source.genes().empty() ? "no genes" : "names like " + source.genes().front(),
                     .expected = found.empty() ? "" : "names like " + featurizer.genes().front(),
                     .hint = "choose the column of gene names with --gene-column"});
    if (!absent_.empty()) {
        std::string names;
        for (std::size_t i = 0; i < std::min<std::size_t>(absent_.size(), 10); ++i) names += (i ? ", " : "") + absent_[i];
        sink.warn({"genes-absent", absent_.size(), names});
    }
    if (featurizer.covariates()) covariates_ = encode_covariates(*featurizer.covariates(), source.obs(), sink);
}

CsrMatrix FeatureReader::counts(std::span<const std::int64_t> cells, std::vector<double>& totals) const {
    const CsrMatrix block = source_.read(cells);
    CsrMatrix out{.rows = block.rows, .cols = static_cast<std::int64_t>(featurizer_.genes().size())};
    out.indices.reserve(block.indices.size());
    out.values.reserve(block.values.size());
    out.indptr.reserve(block.rows + 1);
    totals.assign(block.rows, 0);
    std::vector<std::pair<std::int32_t, float>> entries;
    for (std::int64_t r = 0; r < block.rows; ++r) {
        entries.clear();
        for (std::int64_t k = block.indptr[r]; k < block.indptr[r + 1]; ++k) {
            totals[r] += block.values[k];
            if (const std::int32_t g = position_[block.indices[k]]; g >= 0) entries.emplace_back(g, block.values[k]);
        }
        std::ranges::sort(entries, {}, &std::pair<std::int32_t, float>::first);
        for (const auto& [g, value] : entries) {
            out.indices.push_back(g);
            out.values.push_back(value);
        }
        out.indptr.push_back(out.nonzeros());
    }
    return out;
}

Features FeatureReader::read(std::span<const std::int64_t> cells) const {
    std::vector<double> totals;
    const CsrMatrix block = counts(cells, totals);
    Features out = featurizer_.features(block, totals);
    out["cells"] = {{block.rows}, std::vector<std::int64_t>(cells.begin(), cells.end())};
    if (featurizer_.covariates()) {
        DenseMatrix rows = take_rows(covariates_, cells);
        out["covariates"] = {{rows.rows, rows.cols}, std::move(rows.values)};
    }
    return out;
}

}  // namespace lexicell
