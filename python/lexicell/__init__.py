"""Representations of single cells and of genes, learned with the help of language.

Functions take an :class:`anndata.AnnData`, write their results into it under the names that scanpy uses, and return it:

- :func:`lexicell.run` does what the command ``lexicell run`` does, from counts to a report;
- :mod:`lexicell.pp` prepares counts, :mod:`lexicell.tl` finds things in them, :mod:`lexicell.pl` draws;
- :class:`lexicell.CellClassifier` and :class:`lexicell.PCA` are scikit-learn estimators;
- :class:`lexicell.Error` is the one exception for bad input, with the fields of the command's JSON errors.

Importing the package loads neither LibTorch nor anndata: every part is loaded when it is first used.

Examples
--------
>>> import lexicell as lx
>>> adata = lx.datasets.simulated(cells=300)
>>> adata = lx.pp.normalize_log(adata)
>>> adata = lx.pp.pca(adata, n_comps=10)
>>> adata.obsm["X_pca"].shape
(300, 10)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from lexicell._errors import Error, LexicellWarning
from lexicell._settings import settings

if TYPE_CHECKING:
    from lexicell import datasets, pl, pp, tl
    from lexicell._run import run
    from lexicell.estimators import PCA, CellClassifier

    __version__: str

__all__ = ["PCA", "CellClassifier", "Error", "LexicellWarning", "__version__", "datasets", "pl", "pp", "run", "settings", "tl"]

_MODULES = ("datasets", "pl", "pp", "tl")
_HOMES = {"run": "lexicell._run", "CellClassifier": "lexicell.estimators", "PCA": "lexicell.estimators"}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"lexicell.{name}")
    if name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
    elif name == "__version__":
        from lexicell._extension import core

        value = core().version()
    else:
        raise AttributeError(f"module 'lexicell' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
