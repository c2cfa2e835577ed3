#include "lexicell/tasks/sorted_labels.h"

#include <algorithm>
#include <map>

namespace lexicell {

std::int64_t SortedLabels::labelled() const {
    return std::ranges::count_if(codes, [](std::int32_t code) { return code >= 0; });
}

SortedLabels sorted_labels(const Column& column, std::span<const std::string> unlabelled) {
    Categorical given = as_categorical(column);
    for (std::int32_t& code : given.codes)
        if (code >= 0 && std::ranges::find(unlabelled, given.categories[code]) != unlabelled.end()) code = -1;
    std::map<std::string, std::int32_t> used;
    for (const std::int32_t code : given.codes)
        if (code >= 0) used.emplace(given.categories[code], 0);
    SortedLabels labels;
    for (auto& [name, code] : used) {
        code = static_cast<std::int32_t>(labels.names.size());
        labels.names.push_back(name);
    }
    for (const std::int32_t code : given.codes) labels.codes.push_back(code < 0 ? -1 : used.at(given.categories[code]));
    return labels;
}

}  // namespace lexicell
