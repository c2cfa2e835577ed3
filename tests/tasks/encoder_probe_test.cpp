#include "lexicell/tasks/encoder_probe.h"

#include <gtest/gtest.h>

#include "lexicell/base/random.h"

namespace lexicell {
namespace {

// Two kinds of cells, each with genes of its own.
CsrMatrix two_kinds(std::int64_t cells, std::int64_t genes) {
    RandomStream random(random_key(1, 2));
    CsrMatrix x{.rows = cells, .cols = genes, .indptr = {0}};
    for (std::int64_t i = 0; i < cells; ++i) {
        for (std::int64_t g = 0; g < genes; ++g)
            if (random.uniform() < ((g < genes / 2) == (i % 2 == 0) ? 0.8 : 0.1)) {
                x.indices.push_back(static_cast<std::int32_t>(g));
                x.values.push_back(1);
            }
        x.indptr.push_back(static_cast<std::int64_t>(x.indices.size()));
    }
    return x;
}

TEST(EncoderProbe, FavoursThePlacementThatKeepsTheClusters) {
    const std::int64_t cells = 200;
    const CsrMatrix x = two_kinds(cells, 40);
    DenseMatrix apart(cells, 1), mixed(cells, 1);
    for (std::int64_t i = 0; i < cells; ++i) {
        apart(i, 0) = static_cast<float>(i % 2 * 10 + i * 1e-3);
        mixed(i, 0) = static_cast<float>(i * 7919 % 200);
    }
    Split split;
    for (std::int64_t i = 0; i < cells; ++i) (i % 5 == 0 ? split.validation : split.train).push_back(i);
    const EncoderProbe probe = probe_encoders(x, split, apart, mixed, 0, 1);
    EXPECT_GT(probe.cost(), 0.1);
    EXPECT_DOUBLE_EQ(probe.cost(), probe.columns - probe.panel_free);
    EXPECT_DOUBLE_EQ(probe_encoders(x, split, apart, apart, 0, 2).cost(), 0);
}

}  // namespace
}  // namespace lexicell
