#include "lexicell/tasks/obsm_matrix.h"

#include "lexicell/base/error.h"

namespace lexicell {

namespace {

const DenseMatrix& require(const std::map<std::string, AxisArray>& slot, const std::string& name, const std::string& key) {
    const auto found = slot.find(key);
    if (found != slot.end())
        if (const auto* dense = std::get_if<DenseMatrix>(&found->second)) return *dense;
    std::string known;
    for (const auto& [member, array] : slot)
        if (std::holds_alternative<DenseMatrix>(array)) known += (known.empty() ? "" : ", ") + member;
    throw Error(ErrorKind::precondition, {.type = "missing-embedding", .message = "there is no such dense array", .key = "/" + name + "/" + key,
                                          .expected = known.empty() ? "a file with arrays in " + name : "one of " + known});
}

}  // namespace

const DenseMatrix& require_obsm(const Dataset& dataset, const std::string& key) { return require(dataset.obsm, "obsm", key); }
const DenseMatrix& require_varm(const Dataset& dataset, const std::string& key) { return require(dataset.varm, "varm", key); }

}  // namespace lexicell
