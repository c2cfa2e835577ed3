#pragma once
#include <cstdint>
#include <vector>

namespace lexicell {

// What to do about a step whose loss or gradient is not finite (users.md 5).
struct NanPolicyOptions {
    std::uint64_t window = 100;         // steps within which bad ones count together
    std::uint64_t halve_after = 3;      // bad steps in the window: halve the learning rate
    std::uint64_t roll_back_after = 10; // bad steps in the window: back to the last good weights
    std::uint64_t max_rollbacks = 3;    // after so many, the next one ends training
};

// Its whole state is the fields, so it is saved and resumed exactly.
struct NanPolicy {
    NanPolicyOptions options;
    std::vector<std::uint64_t> recent;  // bad steps within the window
    std::uint64_t skipped = 0, halvings = 0, rollbacks = 0;

    enum class Action { skip, halve, roll_back, give_up };
    // A step that was bad and has been skipped; every halve_after-th of the window halves again.
    Action bad_step(std::uint64_t step);
};

}  // namespace lexicell
