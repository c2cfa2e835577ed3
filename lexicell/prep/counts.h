#pragma once
// Which slot of a dataset holds the raw counts, and whether it does (formats.md 4, users.md 5).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lexicell/base/sink.h"
#include "lexicell/data/dataset.h"
#include "lexicell/data/matrix_ref.h"

namespace lexicell {

// What the values of a matrix look like. Only `counts` is certain; the others are guesses for hints and defaults.
enum class ValueScale {
    counts,
    log_normalised,  // no negatives, fractions, largest value a logarithm could have
    scaled,          // negatives, gene means near 0, spread near 1
    other,
};
std::string_view name_of(ValueScale scale);

// A value that cannot be a count.
struct Offence {
    std::int64_t cell = 0, gene = 0;
    float value = 0;
};

// The count test: every value finite, not negative, whole. Stored zeros do not matter.
struct CountFigures {
    std::int64_t cells = 0, genes = 0;
    std::int64_t negative = 0, nan = 0, infinite = 0, noninteger = 0;  // values
    std::int64_t empty_cells = 0, empty_genes = 0;
    double total = 0, largest = 0;                                     // over finite values
    std::optional<Offence> first;                                      // in cell order

    bool are_counts() const { return negative + nan + infinite + noninteger == 0; }
};

// Blocks of cells in order, all of G genes: for streams.
class CountInspector {
public:
    explicit CountInspector(std::int64_t genes) : gene_seen_(genes) {}
    void add(MatrixRef block);  // B x G
    CountFigures finish() const;

private:
    CountFigures figures_;
    std::vector<bool> gene_seen_;
};

CountFigures inspect_counts(MatrixRef x);
ValueScale guess_scale(MatrixRef x, const CountFigures& figures);

struct CountsOptions {
    std::optional<std::string> layer;  // --layer: this layer and nothing else; "X" and "raw" name those slots
    bool nan_as_zero = false;          // --nan-as-zero: NaN counts as 0
    bool allow_noninteger = false;     // --allow-noninteger: fractions (expected counts) pass as they are
};

enum class CountsSlot { layer, raw, x };

// The slot chosen: the first of layers['counts'], raw.X, X that passes the count test; when none does, the first that
// passes under the options; when none does either, the first that exists, with usable = false. Views the dataset.
struct CountsChoice {
    CountsSlot slot = CountsSlot::x;
    std::string key;  // "layers['counts']", "raw.X", "X"
    const Matrix* x = nullptr;     // N x G
    const Frame* var = nullptr;    // its genes: raw has its own
    CountFigures figures;
    ValueScale scale = ValueScale::counts;
    bool usable = false;
    std::vector<std::string> passed_over;  // slots that come first and failed the test
};

// Error(precondition) when the layer is absent or the dataset has no matrix at all; failing the test is no error here.
CountsChoice find_counts(const Dataset& dataset, const CountsOptions& options = {});

struct Counts {
    CountsSlot slot = CountsSlot::x;
    std::string key;
    CsrMatrix x;  // N x G, finite, not negative
    Frame var;    // G rows
    CountFigures figures;
};

// find_counts, then a copy. Error(precondition) "not-counts" names the first offending cell and gene and the override;
// overrides used, empty cells and empty genes are warned of, the slot taken is told.
Counts take_counts(const Dataset& dataset, const CountsOptions& options = {}, Sink& sink = silence());

}  // namespace lexicell
