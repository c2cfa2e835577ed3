#include "lexicell/base/sink.h"

namespace lexicell {

Sink& silence() {
    static Sink sink;
    return sink;
}

}  // namespace lexicell
