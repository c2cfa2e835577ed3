// Preparation steps. All read the caller's matrix where it lies.

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "lexicell/prep/highly_variable.h"
#include "lexicell/prep/normalize.h"
#include "lexicell/prep/pca.h"
#include "lexicell/prep/qc.h"
#include "python/bindings/arrays.h"
#include "python/bindings/parts.h"
#include "python/bindings/settings.h"
#include "python/bindings/tables.h"
#include "python/bindings/work.h"

namespace lexicell::python {

namespace {

nb::object py_pca(nb::object x, int components, std::uint64_t seed, int threads, nb::object reporter) {
    const MatrixView view(x);
    Pca fitted = run_work(reporter, threads, [&](Sink& sink) {
        view.check();
        return pca(view.ref(), {.components = components, .seed = seed, .threads = threads}, sink);
    });
    return nb::make_tuple(to_numpy(std::move(fitted.scores)), to_numpy(std::move(fitted.loadings)), to_numpy(std::move(fitted.mean)),
                          to_numpy(std::move(fitted.variance)), to_numpy(std::move(fitted.variance_ratio)));
}

nb::object py_project(nb::object x, nb::object loadings, nb::object mean, int threads, nb::object reporter) {
    const MatrixView view(x);
    Pca fitted{.loadings = std::get<DenseMatrix>(MatrixView(loadings).copy()), .mean = to_vector<double>(mean)};
    return to_numpy(run_work(reporter, threads, [&](Sink&) {
        view.check();
        return project(fitted, view.ref(), threads);
    }));
}

nb::object py_log_normalized_values(nb::object x, std::optional<double> target_sum, int threads, nb::object reporter) {
    const MatrixView view(x);
    return to_numpy(run_work(reporter, threads, [&](Sink&) {
        view.check();
        return log_normalized_values(view.ref(), target_sum, threads);
    }));
}

nb::object py_qc_metrics(nb::object x, const std::vector<std::string>& symbols, const std::vector<std::int64_t>& top, int threads, nb::object reporter) {
    const MatrixView view(x);
    auto [obs, var] = run_work(reporter, threads, [&](Sink&) {
        view.check();
        const std::vector<QcGeneSet> sets = {mitochondrial_genes(symbols), ribosomal_genes(symbols), hemoglobin_genes(symbols)};
        std::pair<Frame, Frame> out;
        out.first.index.resize(static_cast<std::size_t>(view.ref().rows()));
        out.second.index.resize(static_cast<std::size_t>(view.ref().cols()));
        store_qc(calculate_qc_metrics(view.ref(), sets, {.top = top, .threads = threads}), out.first, out.second);
        return out;
    });
    return nb::make_tuple(to_python(std::move(obs)), to_python(std::move(var)));
}

nb::object py_highly_variable_genes(nb::object x, const std::string& flavor, std::optional<std::int64_t> top, nb::object batch, int threads, nb::object reporter) {
    const MatrixView view(x);
    HvgOptions options{.flavor = hvg_flavor(flavor), .top = top, .threads = threads};
    const auto codes = batch.is_none() ? std::vector<std::int32_t>{} : to_vector<std::int32_t>(batch);
    Frame var = run_work(reporter, threads, [&](Sink&) {
        view.check();
        Frame out;
        out.index.resize(static_cast<std::size_t>(view.ref().cols()));
        store_hvg(highly_variable_genes(view.ref(), options, codes.empty() ? std::nullopt : std::optional(std::span<const std::int32_t>(codes))), out);
        return out;
    });
    return to_python(std::move(var));
}

}  // namespace

void bind_prep(nb::module_& m) {
    using namespace nb::literals;
    m.def("pca", &py_pca, "x"_a, "components"_a, "seed"_a, "threads"_a, "reporter"_a, "scores, loadings, mean, variance, variance ratio");
    m.def("project", &py_project, "x"_a, "loadings"_a, "mean"_a, "threads"_a, "reporter"_a);
    m.def("log_normalized_values", &py_log_normalized_values, "x"_a, "target_sum"_a.none(), "threads"_a, "reporter"_a);
    m.def("qc_metrics", &py_qc_metrics, "x"_a, "symbols"_a, "top"_a, "threads"_a, "reporter"_a, "tables of the cells and of the genes");
    m.def("highly_variable_genes", &py_highly_variable_genes, "x"_a, "flavor"_a, "top"_a.none(), "batch"_a.none(), "threads"_a, "reporter"_a);
    m.def("wants_counts", [](const std::string& flavor) { return wants_counts(hvg_flavor(flavor)); }, "flavor"_a);
    // Where the values of a matrix are read: to show that nothing was copied on the way.
    m.def("address_of_values", [](nb::object x) { return reinterpret_cast<std::uintptr_t>(MatrixView(x).ref().stored(0).data()); }, "x"_a);
}

}  // namespace lexicell::python
