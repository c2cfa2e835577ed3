#include "python/bindings/errors.h"

#include <exception>
#include <new>
#include <string_view>

#include <nanobind/nanobind.h>

namespace lexicell::python {

namespace nb = nanobind;

namespace {

void set_python_error(const Error& e) {
    const ErrorDetail& d = e.detail();
    const nb::object type = nb::module_::import_("lexicell._errors").attr("Error");
    const nb::object offset = d.offset ? nb::object(nb::int_(*d.offset)) : nb::none();
    const auto text = [](const std::string& s) { return nb::steal<nb::str>(PyUnicode_DecodeUTF8(s.data(), static_cast<Py_ssize_t>(s.size()), "replace")); };
    const nb::object made = type(text(e.what()), e.exit_code(), text(d.type), text(d.message), text(d.file), text(d.key), offset, text(d.found),
                                 text(d.expected), text(d.hint));
    PyErr_SetObject(type.ptr(), made.ptr());
}

}  // namespace

void translate_errors() {
    nb::register_exception_translator([](const std::exception_ptr& thrown, void*) {
        try {
            std::rethrow_exception(thrown);
        } catch (const Error& e) {
            set_python_error(e);
        }
    });
}

void rethrow_as_error() {
    try {
        throw;
    } catch (const Error&) {
        throw;
    } catch (const nb::python_error&) {
        throw;
    } catch (const std::exception& e) {
        // LibTorch reports an allocation that failed as an error of its own.
        if (dynamic_cast<const std::bad_alloc*>(&e) || std::string_view(e.what()).find("DefaultCPUAllocator") != std::string_view::npos)
            throw Error(ErrorKind::memory, {.type = "out-of-memory", .message = "not enough memory", .hint = "use a machine with more memory or a smaller input"});
        throw Error(ErrorKind::internal, {.type = "internal", .message = e.what(), .hint = "please report this with the call that led here"});
    }
}

}  // namespace lexicell::python
