#include "lexicell/tasks/require_column.h"

#include "lexicell/base/error.h"

namespace lexicell {

const Column& require_column(const Frame& obs, const std::string& name) {
    if (const Column* found = obs.find(name)) return *found;
    std::string columns;
    for (const auto& [column, values] : obs.columns) columns += (columns.empty() ? "" : ", ") + column;
    throw Error(ErrorKind::precondition, {.type = "missing-column", .message = "there is no such column", .key = "/obs/" + name,
                                          .expected = columns.empty() ? "a file with columns in obs" : "one of " + columns});
}

}  // namespace lexicell
