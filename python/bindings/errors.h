#pragma once
#include "lexicell/base/error.h"

namespace lexicell::python {

// Lets every Error of the library leave as lexicell.Error, with the same fields.
void translate_errors();

// Any other exception as an Error, as the command reports it: memory, or a bug of ours.
[[noreturn]] void rethrow_as_error();

}  // namespace lexicell::python
