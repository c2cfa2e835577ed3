#include "lexicell/metrics/finite_points.h"

#include <cmath>
#include <string>

#include "lexicell/base/error.h"

namespace lexicell {

void require_finite(const DenseMatrix& points) {
    for (std::int64_t i = 0; i < points.rows; ++i)
        for (const float value : points.row(i))
            if (!std::isfinite(value))
                throw Error(ErrorKind::precondition, {.type = "non-finite-embedding",
                                                      .message = "a score of distances needs finite coordinates",
                                                      .found = "a value that is not finite in row " + std::to_string(i)});
}

}  // namespace lexicell
