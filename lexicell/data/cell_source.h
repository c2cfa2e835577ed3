#pragma once
// Cells as a stream: what models read from. In memory today, from disk in io.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lexicell/data/frame.h"
#include "lexicell/data/matrix.h"

namespace lexicell {

class CellSource {
public:
    virtual ~CellSource() = default;
    virtual std::int64_t cells() const = 0;
    virtual const std::vector<std::string>& genes() const = 0;   // G names, unique
    virtual const Frame& obs() const = 0;                        // N rows
    virtual CsrMatrix read(std::span<const std::int64_t> cells) const = 0;  // B x G, in the order asked for
};

// Views counts that somebody else owns; they must outlive the source.
class MemoryCells : public CellSource {
public:
    MemoryCells(const CsrMatrix& counts, const std::vector<std::string>& genes, const Frame& obs)
        : counts_(counts), genes_(genes), obs_(obs) {}
    std::int64_t cells() const override { return counts_.rows; }
    const std::vector<std::string>& genes() const override { return genes_; }
    const Frame& obs() const override { return obs_; }
    CsrMatrix read(std::span<const std::int64_t> cells) const override { return take_rows(counts_, cells); }

private:
    const CsrMatrix& counts_;
    const std::vector<std::string>& genes_;
    const Frame& obs_;
};

}  // namespace lexicell
