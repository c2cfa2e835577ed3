#include "lexicell/train/nan_policy.h"

namespace lexicell {

NanPolicy::Action NanPolicy::bad_step(std::uint64_t step) {
    std::erase_if(recent, [&](std::uint64_t earlier) { return earlier + options.window <= step; });
    recent.push_back(step);
    ++skipped;
    if (recent.size() >= options.roll_back_after) {
        recent.clear();
        if (rollbacks == options.max_rollbacks) return Action::give_up;
        ++rollbacks;
        return Action::roll_back;
    }
    if (recent.size() % options.halve_after != 0) return Action::skip;
    ++halvings;
    return Action::halve;
}

}  // namespace lexicell
