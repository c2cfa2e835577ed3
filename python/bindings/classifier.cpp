// The simple classifiers behind lexicell.CellClassifier.

#include <memory>

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "lexicell/io/safetensors.h"
#include "lexicell/models/baseline/expression_classifier.h"
#include "python/bindings/arrays.h"
#include "python/bindings/parts.h"
#include "python/bindings/settings.h"
#include "python/bindings/work.h"

namespace lexicell::python {

namespace {

// A fitted classifier as Python holds it: its tensors travel when it is pickled or copied.
class FittedClassifier {
public:
    explicit FittedClassifier(std::shared_ptr<const ExpressionClassifier> classifier) : classifier_(std::move(classifier)) {}

    nb::object logits(nb::object x, int threads, nb::object reporter) const {
        const MatrixView view(x);
        return to_numpy(run_work(reporter, threads, [&](Sink&) { return classifier_->logits(view.copy_csr()); }));
    }

    nb::tuple state() const {
        nb::dict tensors;
        for (const auto& [name, tensor] : classifier_->tensors().tensors)
            tensors[name.c_str()] = nb::make_tuple(tensor.dtype, nb::cast(tensor.shape), nb::bytes(tensor.bytes.data(), tensor.bytes.size()));
        return nb::make_tuple(std::string(classifier_->kind()), nb::cast(classifier_->classifier_genes()), nb::cast(classifier_->classes()), tensors);
    }
    static FittedClassifier from_state(const nb::tuple& state) {
        SafetensorsFile file;
        for (const auto& [name, parts] : nb::cast<nb::dict>(state[3])) {
            const auto bytes = nb::cast<nb::bytes>(parts[2]);
            HostTensor& tensor = file.tensors[nb::cast<std::string>(name)];
            tensor.dtype = nb::cast<std::string>(parts[0]);
            tensor.shape = nb::cast<std::vector<std::int64_t>>(parts[1]);
            const auto* data = reinterpret_cast<const std::byte*>(bytes.c_str());
            tensor.bytes.assign(data, data + bytes.size());
        }
        return FittedClassifier(load_classifier(nb::cast<std::string>(state[0]), file, nb::cast<std::vector<std::string>>(state[1]), nb::cast<std::vector<std::string>>(state[2])));
    }

private:
    std::shared_ptr<const ExpressionClassifier> classifier_;
};

FittedClassifier py_fit(const std::string& kind, nb::object x, nb::object codes, const std::vector<std::string>& genes, const std::vector<std::string>& classes,
                        const nb::dict& settings, nb::object reporter) {
    const MatrixView view(x);
    const auto labels = to_vector<std::int32_t>(codes);
    ClassifierOptions options;
    set(options.inverse_strength, settings, "inverse_strength");
    set(options.neighbours, settings, "n_neighbors");
    set(options.components, settings, "n_components");
    set(options.seed, settings, "seed");
    set(options.threads, settings, "threads");
    return FittedClassifier(run_work(reporter, options.threads, [&](Sink& sink) -> std::shared_ptr<const ExpressionClassifier> {
        return fit_classifier(kind, view.copy_csr(), labels, genes, classes, options, sink);
    }));
}

}  // namespace

void bind_classifier(nb::module_& m) {
    using namespace nb::literals;
    nb::class_<FittedClassifier>(m, "FittedClassifier")
        .def("logits", &FittedClassifier::logits, "x"_a, "threads"_a, "reporter"_a)
        .def("__getstate__", &FittedClassifier::state)
        .def("__setstate__", [](FittedClassifier& self, const nb::tuple& state) { new (&self) FittedClassifier(FittedClassifier::from_state(state)); });
    m.def("fit_classifier", &py_fit, "kind"_a, "x"_a, "codes"_a, "genes"_a, "classes"_a, "settings"_a, "reporter"_a);
    m.def("classifier_kinds", &classifier_kinds);
}

}  // namespace lexicell::python
