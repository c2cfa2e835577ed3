#pragma once
// The tree under uns: dictionaries, scalars, arrays, and record arrays (rank_genes_groups).

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace lexicell {

struct NumberArray {
    std::vector<std::int64_t> shape;
    std::variant<std::vector<double>, std::vector<float>, std::vector<std::int64_t>, std::vector<bool>> values;  // row-major
};

struct StringArray {
    std::vector<std::int64_t> shape;
    std::vector<std::string> values;
};

// One field a name, all of one length: scanpy's layout of differential expression, one field a group.
struct RecordArray {
    std::vector<std::pair<std::string, std::variant<std::vector<std::string>, std::vector<float>, std::vector<double>>>> fields;
};

struct Value;
using Dict = std::map<std::string, Value>;

struct Value {
    std::variant<Dict, bool, std::int64_t, double, std::string, NumberArray, StringArray, RecordArray> content;
};

}  // namespace lexicell
