#pragma once
#include <nanobind/nanobind.h>

namespace lexicell::python {

// One function a file of bindings.
void bind_prep(nanobind::module_& m);
void bind_cells(nanobind::module_& m);
void bind_genes(nanobind::module_& m);
void bind_scores(nanobind::module_& m);
void bind_annotation(nanobind::module_& m);
void bind_classifier(nanobind::module_& m);
void bind_run(nanobind::module_& m);

}  // namespace lexicell::python
