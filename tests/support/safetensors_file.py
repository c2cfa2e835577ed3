"""Arrays for a test in C++, as a safetensors file."""
import json

import numpy as np

NAMES = {np.dtype("int64"): "I64", np.dtype("int32"): "I32", np.dtype("float32"): "F32", np.dtype("float64"): "F64"}


def write_safetensors(path, arrays):
    header, offset = {}, 0
    for name, array in arrays.items():
        header[name] = {"dtype": NAMES[array.dtype], "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(np.ascontiguousarray(a).tobytes() for a in arrays.values()))
