#pragma once
// The Python of requirements.txt as an oracle.

#include <sys/wait.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace lexicell::testing_support {

// Runs `program` with `argument` as sys.argv[1]; true when it ends without an error.
inline bool run_python(const std::string& program, const std::string& argument) {
    ::setenv("LEXICELL_TEST_PROGRAM", program.c_str(), 1);
    return std::system(("'" LEXICELL_PYTHON "' -c \"$LEXICELL_TEST_PROGRAM\" '" + argument + "'").c_str()) == 0;
}

// The same for a script of the source tree, e.g. "tests/graph/leiden_oracle.py"; its exit status, -1 when it was killed.
inline int python_script_status(const std::string& script, const std::vector<std::string>& arguments) {
    std::string command = "'" LEXICELL_PYTHON "' '" LEXICELL_SOURCE_DIR "/" + script + "'";
    for (const std::string& argument : arguments) command += " '" + argument + "'";
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

inline bool run_python_script(const std::string& script, const std::vector<std::string>& arguments) { return python_script_status(script, arguments) == 0; }

}  // namespace lexicell::testing_support
