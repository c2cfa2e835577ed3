"""pandas tables and uns, in and out; the form is that of python/bindings/tables.h."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

Column = dict[str, Any]


def _texts(values: Iterable[Any], missing: Any) -> list[str]:
    return ["" if absent else str(value) for value, absent in zip(values, missing)]


def column_in(values: pd.Series) -> Column:
    """A column as the extension reads it."""
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return {"kind": "categorical", "codes": np.ascontiguousarray(values.cat.codes, dtype=np.int32), "categories": [str(c) for c in dtype.categories],
                "ordered": bool(dtype.ordered)}
    missing = values.isna().to_numpy()
    out: Column
    if pd.api.types.is_bool_dtype(dtype):
        out = {"kind": "boolean", "values": np.ascontiguousarray(values.fillna(False), dtype=bool)}
    elif pd.api.types.is_integer_dtype(dtype):
        out = {"kind": "integer", "values": np.ascontiguousarray(values.fillna(0), dtype=np.int64)}
    elif pd.api.types.is_float_dtype(dtype):
        return {"kind": "real", "values": np.ascontiguousarray(values.to_numpy(dtype=np.float64, na_value=np.nan))}
    else:
        out = {"kind": "text", "values": _texts(values, missing)}
    if missing.any():
        out["missing"] = np.ascontiguousarray(missing)
    return out


def table_in(frame: pd.DataFrame, columns: Iterable[str] | None = None) -> tuple[list[str], list[tuple[str, Column]]]:
    """A table as the extension reads it; only these columns where they are named, and only those that exist."""
    names = list(frame.columns) if columns is None else [c for c in dict.fromkeys(columns) if c in frame.columns]
    return [str(name) for name in frame.index], [(str(name), column_in(frame[name])) for name in names]


def column_out(column: Column, index: pd.Index) -> pd.Series:
    """The reverse."""
    missing = column.get("missing")
    values: Any
    if column["kind"] == "categorical":
        values = pd.Categorical.from_codes(column["codes"], column["categories"], ordered=column["ordered"])
    elif column["kind"] == "text":
        values = np.array(column["values"], dtype=object)
        if missing is not None:
            values[missing] = None
    else:
        values = column["values"]
        if missing is not None:
            values = pd.array(values, dtype={"integer": "Int64", "boolean": "boolean"}[column["kind"]])
            values[missing] = pd.NA
    return pd.Series(values, index=index)


def uns_in(tree: Mapping[Any, Any]) -> dict[str, Any]:
    """What of uns has a form on the other side; the rest stays behind."""
    out = {}
    for key, value in tree.items():
        tagged = _value_in(value)
        if tagged is not None:
            out[str(key)] = tagged
    return out


def _value_in(value: Any) -> dict[str, Any] | None:
    if isinstance(value, Mapping):
        return {"kind": "dict", "value": uns_in(value)}
    if isinstance(value, (bool, np.bool_)):
        return {"kind": "bool", "value": bool(value)}
    if isinstance(value, (int, np.integer)):
        return {"kind": "integer", "value": int(value)} if abs(int(value)) < 2**63 else None
    if isinstance(value, (float, np.floating)):
        return {"kind": "real", "value": float(value)}
    if isinstance(value, str):
        return {"kind": "text", "value": str(value)}
    if isinstance(value, (list, tuple)) and value and all(isinstance(v, str) for v in value):
        return {"kind": "strings", "value": list(value), "shape": [len(value)]}
    if isinstance(value, np.ndarray):
        return _array_in(value)
    return None


def _array_in(array: np.ndarray[Any, Any]) -> dict[str, Any] | None:
    if array.dtype.names is not None:
        fields: list[tuple[str, Any]] = []
        for name in array.dtype.names:
            field = array[name]
            if field.dtype.kind == "f":
                fields.append((name, np.ascontiguousarray(field, dtype=np.float32 if field.dtype.itemsize <= 4 else np.float64)))
            elif field.dtype.kind in "UOST":
                fields.append((name, [str(v) for v in field]))
            else:
                return None
        return {"kind": "records", "value": fields}
    if array.dtype.kind == "U" or array.dtype.kind == "O" and all(isinstance(v, str) for v in array.ravel()):
        return {"kind": "strings", "value": [str(v) for v in array.ravel()], "shape": list(array.shape)}
    if array.dtype.kind == "b":
        return {"kind": "numbers", "value": np.ascontiguousarray(array)}
    if array.dtype.kind in "iu":
        return {"kind": "numbers", "value": np.ascontiguousarray(array, dtype=np.int64)}
    if array.dtype.kind == "f":
        return {"kind": "numbers", "value": np.ascontiguousarray(array, dtype=np.float32 if array.dtype.itemsize <= 4 else np.float64)}
    return None


def uns_out(tree: Mapping[str, Any]) -> dict[str, Any]:
    """The reverse."""
    return {key: _value_out(value) for key, value in tree.items()}


def _value_out(tagged: Mapping[str, Any]) -> Any:
    kind, value = tagged["kind"], tagged["value"]
    if kind == "dict":
        return uns_out(value)
    if kind == "strings":
        return np.array(value, dtype=object).reshape(tagged["shape"])
    if kind == "records":
        fields = [(name, np.array(field, dtype=object) if isinstance(field, list) else field) for name, field in value]
        out = np.empty(len(fields[0][1]) if fields else 0, dtype=[(name, field.dtype) for name, field in fields])
        for name, field in fields:
            out[name] = field
        return out
    return value
