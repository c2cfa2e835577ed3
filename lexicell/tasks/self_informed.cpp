#include "lexicell/tasks/self_informed.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "lexicell/base/hash.h"

namespace lexicell {

namespace {

constexpr std::size_t kBlock = 512;

// Log values where the featurizer gives counts beside them, else its only matrix.
const HostArray& values_of(const Features& features) {
    const auto logged = features.find("u");
    return logged != features.end() ? logged->second : features.at("x");
}

void standardise(std::span<float> row) {
    const auto n = static_cast<double>(std::max<std::size_t>(row.size(), 1));
    const double mean = std::accumulate(row.begin(), row.end(), 0.0) / n;
    double squares = 0;
    for (const float value : row) squares += (value - mean) * (value - mean);
    const double scale = squares > 0 ? std::sqrt(n / squares) : 0;
    for (float& value : row) value = static_cast<float>((value - mean) * scale);
}

}  // namespace

std::vector<std::int64_t> all_cells(const CellSource& source) {
    std::vector<std::int64_t> cells(static_cast<std::size_t>(source.cells()));
    std::iota(cells.begin(), cells.end(), 0);
    return cells;
}

GeneVectors self_informed_vectors(const Featurizer& featurizer, const CellSource& source, std::span<const std::int64_t> cells) {
    const FeatureReader reader(featurizer, source);
    const auto genes = static_cast<std::int64_t>(featurizer.genes().size()), width = static_cast<std::int64_t>(cells.size());
    DenseMatrix profiles(genes, width);
    for (std::size_t begin = 0; begin < cells.size(); begin += kBlock) {
        const auto block = cells.subspan(begin, std::min(kBlock, cells.size() - begin));
        const Features features = reader.read(block);
        const std::vector<float>& values = values_of(features).floats();
        for (std::size_t b = 0; b < block.size(); ++b)
            for (std::int64_t g = 0; g < genes; ++g) profiles(g, static_cast<std::int64_t>(begin + b)) = values[b * genes + g];
    }
    for (std::int64_t g = 0; g < genes; ++g) standardise(profiles.row(g));
    GeneVectors out{.sources = {"self-informed"}, .scales = {VectorScale{}}, .present = {std::vector<bool>(genes, true)}};
    out.hashes = {sha256(std::string_view(reinterpret_cast<const char*>(profiles.values.data()), profiles.values.size() * sizeof(float)))};
    out.tables.push_back(std::move(profiles));
    return out;
}

}  // namespace lexicell
