#pragma once
// AnnData in and out, as a dictionary of its slots. In: every matrix is copied, because Dataset owns its arrays and tasks
// cut, merge and keep them. Out: arrays are handed over.

#include <nanobind/nanobind.h>

#include "lexicell/data/dataset.h"

namespace lexicell::python {

namespace nb = nanobind;

// {"obs": table, "var": table, "x", "raw": (matrix, table), "layers", "obsm", "varm", "obsp", "varp": {key: matrix}, "uns"}; all
// but obs and var may be absent.
Dataset to_dataset(nb::handle slots);

// The same dictionary, of the slots that hold anything.
nb::object to_python(Dataset&& additions);

}  // namespace lexicell::python
