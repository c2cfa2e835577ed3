#include "app/process_environment.h"

#include <unistd.h>

#include <cstdlib>

namespace lexicell::app {

void settle_environment(char** argv) {
    constexpr const char* guard = "LEXICELL_ENV";
    if (std::getenv(guard)) {
        ::unsetenv(guard);  // children decide for themselves
        return;
    }
    if (std::getenv("OMP_WAIT_POLICY") || std::getenv("GOMP_SPINCOUNT")) return;
    ::setenv("OMP_WAIT_POLICY", "passive", 0);
    ::setenv("GOMP_SPINCOUNT", "0", 0);
    ::setenv(guard, "1", 1);
    ::execv("/proc/self/exe", argv);
}

}  // namespace lexicell::app
