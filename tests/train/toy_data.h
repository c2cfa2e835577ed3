#pragma once
#include <string>
#include <vector>

#include <fmt/format.h>

#include "lexicell/base/random.h"
#include "lexicell/data/cell_source.h"
#include "lexicell/prep/log_counts.h"

namespace lexicell {

// N cells of a few types, sparse small counts.
struct ToyData {
    CsrMatrix counts;
    std::vector<std::string> genes;
    Frame obs;
    MemoryCells source;
    LogCounts featurizer;

    ToyData(std::int64_t cells, std::int64_t gene_count, double density = 0.3, std::uint64_t seed = 5)
        : counts(draw(cells, gene_count, density, seed)), genes(names("g", gene_count)), source(counts, genes, obs), featurizer(genes) {
        obs.index = names("c", cells);
    }
    ToyData(const ToyData&) = delete;

private:
    static std::vector<std::string> names(const char* prefix, std::int64_t count) {
        std::vector<std::string> all;
        for (std::int64_t i = 0; i < count; ++i) all.push_back(fmt::format("{}{}", prefix, i));
        return all;
    }

    static CsrMatrix draw(std::int64_t cells, std::int64_t gene_count, double density, std::uint64_t seed) {
        CsrMatrix m{.rows = cells, .cols = gene_count};
        m.indices.reserve(static_cast<std::size_t>(static_cast<double>(cells * gene_count) * density * 1.1));
        m.values.reserve(m.indices.capacity());
        RandomStream random(random_key(seed, 3));
        const auto bar = static_cast<std::uint32_t>(density * 4294967295.0);
        for (std::int64_t c = 0; c < cells; ++c) {
            for (std::int64_t g = 0; g < gene_count; ++g) {
                const std::uint32_t draw = random.next32();
                if (draw >= bar) continue;
                m.indices.push_back(static_cast<std::int32_t>(g));
                m.values.push_back(static_cast<float>(1 + draw % 3 + (g % 3 == c % 3 ? 2 : 0)));
            }
            m.indptr.push_back(static_cast<std::int64_t>(m.indices.size()));
        }
        return m;
    }
};

}  // namespace lexicell
