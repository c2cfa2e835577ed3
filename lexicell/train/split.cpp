#include "lexicell/train/split.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "lexicell/base/error.h"
#include "lexicell/base/random.h"

namespace lexicell {

namespace {

constexpr std::uint64_t split_site = 0x73706c6974;  // "split"

RandomStream split_stream(std::uint64_t seed) { return RandomStream(random_key(seed, split_site)); }

Split by_mask(const std::vector<bool>& validates) {
    Split split;
    for (std::size_t i = 0; i < validates.size(); ++i)
        (validates[i] ? split.validation : split.train).push_back(static_cast<std::int64_t>(i));
    return split;
}

}  // namespace

Split random_split(std::int64_t cells, const SplitOptions& options) {
    LEXICELL_ASSERT(options.validation_share >= 0 && options.validation_share < 1, "a share of the cells");
    std::vector<bool> validates(static_cast<std::size_t>(cells));
    if (options.validation_share > 0 && cells > 1) {
        const auto wanted = static_cast<std::int64_t>(std::llround(options.validation_share * static_cast<double>(cells)));
        RandomStream random = split_stream(options.seed);
        const auto order = random_permutation(cells, random);
        for (std::int64_t i = 0; i < std::clamp<std::int64_t>(wanted, 1, cells - 1); ++i) validates[order[i]] = true;
    }
    return by_mask(validates);
}

Split group_split(const Column& groups, const SplitOptions& options) {
    const Categorical group = as_categorical(groups);
    std::vector<std::int64_t> sizes(group.categories.size());
    for (const auto code : group.codes)
        if (code >= 0) ++sizes[code];
    const auto used = std::count_if(sizes.begin(), sizes.end(), [](auto size) { return size > 0; });
    if (used < 2)
        throw Error(ErrorKind::precondition,
                    {.type = "too-few-groups", .message = "a split by groups needs at least two groups",
                     .found = std::to_string(used), .hint = "split by cells, or name a column with more groups"});
    const double target = options.validation_share * static_cast<double>(group.codes.size());
    RandomStream random = split_stream(options.seed);
    std::vector<bool> chosen(sizes.size());
    double held = 0;
    std::int64_t left = used;
    const auto order = random_permutation(static_cast<std::int64_t>(sizes.size()), random);
    for (const auto g : order) {
        const auto size = static_cast<double>(sizes[g]);
        if (size == 0 || left == 1 || std::abs(held + size - target) >= std::abs(held - target)) continue;
        chosen[g] = true;
        held += size;
        --left;
    }
    if (held == 0 && target > 0) {  // every group is more than twice the share: the smallest one serves
        std::int64_t smallest = -1;
        for (const auto g : order)
            if (sizes[g] > 0 && (smallest < 0 || sizes[g] < sizes[smallest])) smallest = g;
        chosen[smallest] = true;
    }
    std::vector<bool> validates(group.codes.size());
    for (std::size_t i = 0; i < validates.size(); ++i) validates[i] = group.codes[i] >= 0 && chosen[group.codes[i]];
    return by_mask(validates);
}

Split column_split(const Column& column, const std::string& key) {
    Split split;
    for (std::int64_t row = 0; row < column.size(); ++row) {
        const std::string part = column.text(row);
        if (part == "train") {
            split.train.push_back(row);
        } else if (part == "val" || part == "valid" || part == "validation") {
            split.validation.push_back(row);
        } else if (part != "test") {
            throw Error(ErrorKind::precondition,
                        {.type = "unknown-split", .message = fmt::format("row {} is in no part of the split", row),
                         .key = key, .found = part.empty() ? "a missing value" : fmt::format("\"{}\"", part),
                         .expected = "train, val or test"});
        }
    }
    if (split.train.empty() || split.validation.empty())
        throw Error(ErrorKind::precondition,
                    {.type = "empty-split", .message = "training needs cells to learn from and cells to validate on", .key = key,
                     .found = fmt::format("{} train and {} val cells", split.train.size(), split.validation.size()),
                     .expected = "at least one of each"});
    return split;
}

}  // namespace lexicell
