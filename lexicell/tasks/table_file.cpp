#include "lexicell/tasks/table_file.h"

#include "lexicell/io/delimited.h"

namespace lexicell {

void write_table(const Table& table, const std::filesystem::path& path) {
    std::vector<std::string> names;
    for (const Table::Column& column : table.columns) names.push_back(column.name);
    write_csv(path, names, table.rows);
}

}  // namespace lexicell
