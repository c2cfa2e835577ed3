#pragma once
#include <algorithm>

#include "lexicell/data/matrix.h"
#include "lexicell/nn/torch.h"

namespace lexicell {

inline torch::Tensor to_tensor(const DenseMatrix& matrix) {
    return torch::from_blob(const_cast<float*>(matrix.values.data()), {matrix.rows, matrix.cols}, torch::kFloat32).clone();
}

// Writes a tensor of B x cols into rows [first, first + B).
inline void copy_rows(const torch::Tensor& rows, DenseMatrix& target, std::int64_t first) {
    const torch::Tensor host = rows.detach().to(torch::kCPU, torch::kFloat32).contiguous();
    std::copy_n(host.data_ptr<float>(), host.numel(), target.values.begin() + first * target.cols);
}

inline DenseMatrix to_matrix(const torch::Tensor& tensor) {
    DenseMatrix out(tensor.size(0), tensor.size(1));
    copy_rows(tensor, out, 0);
    return out;
}

}  // namespace lexicell
