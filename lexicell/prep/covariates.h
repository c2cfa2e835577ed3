#pragma once
// Columns of obs as model input: one-hot categories and z-scored numbers, fitted on training cells (scilama.md 5.4).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lexicell/base/sink.h"
#include "lexicell/data/frame.h"
#include "lexicell/data/matrix.h"

namespace lexicell {

struct CovariateOptions {
    std::vector<std::string> categorical, continuous;  // columns of obs, encoded in this order
};

// The fitted state. Output columns: the one-hot blocks in order, then one column a continuous covariate.
struct CovariateEncoder {
    struct OneHot {
        std::string name;
        std::vector<std::string> categories;  // seen in training, in byte order of their text ("10" before "2")
    };
    struct ZScore {
        std::string name;
        double mean = 0, sd = 1;  // sd divided by N; 0 becomes 1
    };
    std::vector<OneHot> categorical;
    std::vector<ZScore> continuous;

    std::int64_t width() const;                     // C
    std::vector<std::string> column_names() const;  // "batch=b1", ..., "age"
};

// obs: training cells. Missing values are left out. Error(precondition): no such column, a continuous column that is not
// numeric, or a column with missing values only.
CovariateEncoder fit_covariates(const Frame& obs, const CovariateOptions& options);

// N x C. What cannot be known is 0 and warned of: a category not seen in training or missing ("unseen-category",
// "missing-category"), a missing number ("missing-covariate", which is then the training mean; the official code lets NaN
// through), a whole column absent ("absent-covariate").
DenseMatrix encode_covariates(const CovariateEncoder& encoder, const Frame& obs, Sink& sink = silence());

std::string to_json(const CovariateEncoder& encoder);
CovariateEncoder covariates_from_json(std::string_view json);  // Error(model) when it is not what to_json writes

}  // namespace lexicell
