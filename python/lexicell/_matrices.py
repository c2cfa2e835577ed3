"""Matrices as the extension reads them."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from lexicell._errors import usage_error

#: A float32 array in row order, or ((rows, columns), row starts, column numbers, values).
Crossing = Any


def crossing(x: Any, name: str = "X") -> Crossing:
    """A matrix in the form that crosses into the library.

    CSR matrices with float32 values and 32-bit column numbers, and float32 arrays in row order, cross as they lie; of
    anything else a converted copy is made here.

    Parameters
    ----------
    x
        Array or SciPy matrix.
    name
        How it is called in errors.

    Returns
    -------
    object
        What the extension takes for a matrix; it shares the memory of ``x`` where it can.
    """
    if sp.issparse(x):
        csr = x if x.format == "csr" else x.tocsr()
        if not csr.has_canonical_format:
            csr = csr.copy() if csr is x else csr
            csr.sum_duplicates()
        starts = csr.indptr if csr.indptr.dtype in (np.int32, np.int64) else csr.indptr.astype(np.int64)
        return csr.shape, _plain(starts), _plain(csr.indices, np.int32), _plain(csr.data, np.float32)
    if isinstance(x, np.ndarray) or hasattr(x, "__array__") and not hasattr(x, "dask"):
        array = np.ascontiguousarray(np.asarray(x), dtype=np.float32)
        if array.ndim == 2:
            return array
    raise usage_error(
        "not-in-memory", "the matrix cannot be read", key=name, found=type(x).__name__,
        expected="a NumPy array or a SciPy matrix with two dimensions", hint="adata.to_memory() brings a backed AnnData into memory",
    )


def _plain(values: Any, dtype: Any = None) -> NDArray[Any]:
    # AnnData's views are subclasses of ndarray; a base-class view of them copies nothing.
    return np.ascontiguousarray(np.asarray(values), dtype=dtype)


def csr_of(parts: Any) -> sp.csr_matrix:
    """A SciPy matrix of arrays that the extension handed over; nothing is copied."""
    shape, starts, columns, values = parts
    if starts[-1] <= np.iinfo(np.int32).max:
        starts = starts.astype(np.int32)  # SciPy wants both index arrays of one type
    matrix = sp.csr_matrix(shape, dtype=values.dtype)
    matrix.indptr, matrix.indices, matrix.data = starts, columns, values
    matrix.has_canonical_format = True
    return matrix
