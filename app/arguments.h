#pragma once
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace lexicell::app {

// The command line with --set and the environment folded in, so that the order of precedence is flag > --set >
// environment (LEXICELL_<FLAG>) > config file > default (users.md 4.1). CLI11 itself would put the file above the
// environment.
std::vector<std::string> effective_arguments(const CLI::App& app, int argc, char** argv);

}  // namespace lexicell::app
