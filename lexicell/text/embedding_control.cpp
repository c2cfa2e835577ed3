#include "lexicell/text/embedding_control.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "lexicell/base/error.h"
#include "lexicell/base/random.h"

namespace lexicell {

namespace {

constexpr std::uint64_t kSite = 0x656d62656463746c;  // "embedctl"

}  // namespace

GeneTable break_pairing(const GeneTable& table, std::string_view control, std::uint64_t seed) {
    LEXICELL_ASSERT(control == "shuffled" || control == "random", "an unknown control");
    RandomStream random(random_key(seed, kSite));
    DenseMatrix vectors;
    if (control == "shuffled") {
        vectors = take_rows(table.vectors, random_permutation(table.vectors.rows, random));
    } else {
        double squares = 0;
        for (const float value : table.vectors.values) squares += static_cast<double>(value) * value;
        const double spread = std::sqrt(squares / static_cast<double>(std::max<std::size_t>(1, table.vectors.values.size())));
        vectors = DenseMatrix(table.vectors.rows, table.vectors.cols);
        for (float& value : vectors.values) value = static_cast<float>(spread * random.normal());
    }
    return make_gene_table(table.ids, std::move(vectors), std::string(control) + " " + table.source);
}

}  // namespace lexicell
