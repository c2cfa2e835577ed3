#pragma once
#include <string>

namespace lexicell {

std::string version();  // of lexicell, e.g. "0.1.0"

}  // namespace lexicell
