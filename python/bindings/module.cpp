// The extension module lexicell._core. It speaks arrays and dictionaries; AnnData, pandas and SciPy stay in Python.

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include "lexicell/base/parallel.h"
#include "lexicell/tasks/version.h"
#include "python/bindings/errors.h"
#include "python/bindings/parts.h"

NB_MODULE(_core, m) {
    using namespace lexicell::python;
    // Objects that Python keeps at exit are no leak of ours to report.
    nanobind::set_leak_warnings(false);
    translate_errors();
    m.def("version", &lexicell::version);
    m.def("available_threads", &lexicell::available_threads);
    bind_prep(m);
    bind_cells(m);
    bind_genes(m);
    bind_scores(m);
    bind_annotation(m);
    bind_classifier(m);
    bind_run(m);
}
