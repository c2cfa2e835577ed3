#include "lexicell/tasks/version.h"

namespace lexicell {

std::string version() { return LEXICELL_VERSION; }

}  // namespace lexicell
