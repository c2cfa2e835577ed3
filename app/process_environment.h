#pragma once

namespace lexicell::app {

// OpenMP threads that spin while they wait slow LibTorch 6 to 9 times on a machine that does anything else (performance.md
// 1, finding 9), and libgomp reads its settings before main. So the command sets them, unless the user did, and starts
// itself anew once. Returns when the settings hold, or when starting anew fails.
void settle_environment(char** argv);

}  // namespace lexicell::app
