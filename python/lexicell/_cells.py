"""AnnData in and out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from anndata import AnnData

from lexicell._errors import usage_error
from lexicell._matrices import crossing, csr_of
from lexicell._reporter import log
from lexicell._tables import column_out, table_in, uns_in, uns_out


def check_anndata(adata: Any, name: str = "adata") -> None:
    """Refuses what is no AnnData in memory."""
    if not isinstance(adata, AnnData):
        raise usage_error("not-anndata", "cells are handed over as an AnnData", key=name, found=type(adata).__name__, expected="anndata.AnnData")
    if adata.isbacked:
        raise usage_error("backed", "a backed AnnData cannot be changed in place", key=name, hint="adata.to_memory() brings it into memory")


def prepared(adata: AnnData, copy: bool) -> AnnData:
    """The object that results are written into: itself, its copy, or what a view becomes when it is written to."""
    check_anndata(adata)
    if copy:
        return adata.copy()
    if adata.is_view:
        adata._init_as_actual(adata.copy())
    return adata


def _members(members: Mapping[str, Any], slot: str) -> dict[str, Any]:
    out = {}
    for key, value in members.items():
        if isinstance(value, pd.DataFrame):
            value = value.select_dtypes("number").to_numpy(dtype=np.float32)
        if sp.issparse(value) or isinstance(value, np.ndarray) and value.ndim == 2 and value.dtype.kind in "fiub":
            out[str(key)] = crossing(value, f"{slot}[{key!r}]")
    return out


def expression_slots(adata: AnnData, layer: str | None = None, obs: Iterable[str] = ()) -> dict[str, Any]:
    """The slots where counts may lie, and these columns of obs: what most tasks read.

    The library looks for counts in ``layers["counts"]``, ``raw.X`` and ``X``, in this order; a named layer crosses alone.
    """
    check_anndata(adata)
    slots: dict[str, Any] = {"obs": table_in(adata.obs, obs), "var": table_in(adata.var)}
    if adata.X is not None and layer in (None, "X"):
        slots["x"] = crossing(adata.X)
    if adata.raw is not None and layer in (None, "raw"):
        slots["raw"] = (crossing(adata.raw.X, "raw.X"), table_in(adata.raw.var))
    wanted = [layer or "counts"]
    slots["layers"] = {key: crossing(adata.layers[key], f"layers[{key!r}]") for key in wanted if key in adata.layers}
    return slots


def all_slots(adata: AnnData) -> dict[str, Any]:
    """Everything that has a form on the other side, as for a file."""
    slots = expression_slots(adata, obs=adata.obs.columns)
    slots["layers"] = {str(key): crossing(value, f"layers[{key!r}]") for key, value in adata.layers.items()}
    for slot in ("obsm", "varm", "obsp", "varp"):
        slots[slot] = _members(getattr(adata, slot), slot)
    slots["uns"] = uns_in(adata.uns)
    return slots


def keep_rows(adata: AnnData, rows: np.ndarray[Any, Any]) -> None:
    """Leaves only these cells, in place, as scanpy's filters do."""
    if len(rows) < adata.n_obs:
        log.info("%d of %d cells were dropped by the filters and are no longer in the AnnData", adata.n_obs - len(rows), adata.n_obs)
        adata._inplace_subset_obs(rows)


def add_slots(adata: AnnData, additions: Mapping[str, Any]) -> None:
    """Lays what the library found into the AnnData."""
    for axis, index in (("obs", adata.obs_names), ("var", adata.var_names)):
        for name, column in additions.get(axis, (None, []))[1]:
            getattr(adata, axis)[name] = column_out(column, index)
    for slot in ("layers", "obsm", "varm", "obsp", "varp"):
        for key, value in additions.get(slot, {}).items():
            getattr(adata, slot)[key] = csr_of(value) if isinstance(value, tuple) else value
    for key, value in uns_out(additions.get("uns", {})).items():
        adata.uns[key] = value
