#include "lexicell/tasks/leave_type_out.h"

#include <gtest/gtest.h>

#include "lexicell/base/random.h"

namespace lexicell {
namespace {

// Four types with ten marker genes each; type 3 is seven cells.
TEST(LeaveTypeOut, TypesThatWereNotSeenLookNew) {
    RandomStream random(random_key(5, 1));
    constexpr std::int64_t cells = 240, genes = 60;
    DenseMatrix x(cells, genes);
    std::vector<std::int32_t> labels;
    Split split;
    for (std::int64_t i = 0; i < cells; ++i) {
        const auto type = static_cast<std::int32_t>(i < 7 ? 3 : i % 3);
        labels.push_back(type);
        for (std::int64_t g = 0; g < genes; ++g) x(i, g) = static_cast<float>(std::max(0.0, (g / 10 == type ? 2.0 : 0.3) + 0.4 * random.normal()));
        (i % 2 == 0 ? split.train : split.validation).push_back(i);
    }
    std::vector<std::string> names;
    for (std::int64_t g = 0; g < genes; ++g) names.push_back("G" + std::to_string(g));
    const std::vector<LeftOutType> found = leave_type_out("logistic", to_csr(x), labels, names, {"a", "b", "c", "d"}, split, {}, silence());
    ASSERT_EQ(found.size(), 3u) << "type d has too few held-out cells";
    for (const LeftOutType& row : found) {
        EXPECT_GT(row.unsureness.auroc.value, 0.9) << row.type;
        EXPECT_GT(row.cells, 30) << row.type;
        EXPECT_TRUE(row.energy.auroc.available());
    }
    EXPECT_TRUE(leave_type_out("logistic", to_csr(x), labels, names, {"a", "b"}, split, {}, silence()).empty());
}

}  // namespace
}  // namespace lexicell
