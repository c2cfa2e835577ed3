#pragma once
#include <map>
#include <string>

#include "lexicell/data/matrix.h"
#include "lexicell/io/safetensors.h"

namespace lexicell {

// Stores `rows` (R x D) under `name` as int8 with one float32 scale a row under `name`_scale: value = int8 * scale, with
// scale = largest magnitude / 127.
void put_quantized(std::map<std::string, HostTensor>& tensors, const std::string& name, const DenseMatrix& rows);

// A 2-D tensor as floats, scaled when `name`_scale is there. Error(unreadable), naming `file`, when shapes do not fit.
DenseMatrix get_rows(const std::map<std::string, HostTensor>& tensors, const std::string& name, const std::string& file);

}  // namespace lexicell
