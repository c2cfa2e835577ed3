#pragma once
// Tables (obs, var) and the tree under uns, in and out. A table crosses as (index, [(name, column)]); a column is
//   {"kind": "real" | "integer" | "boolean" | "text" | "categorical", "values" or "codes" and "categories", "ordered", "missing"}.

#include <nanobind/nanobind.h>

#include "lexicell/data/frame.h"
#include "lexicell/data/value.h"

namespace lexicell::python {

namespace nb = nanobind;

Frame to_frame(nb::handle table);
nb::object to_python(Frame&& frame);

Categorical to_categorical(nb::handle column);
nb::object to_python(Categorical&& column);

// What has no place in Value is left out by the Python side.
Dict to_dict(nb::handle tree);
nb::object to_python(Dict&& dict);

}  // namespace lexicell::python
