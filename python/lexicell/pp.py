"""Preparation of counts, compared with scanpy's functions of the same names.

A CSR matrix of float32 values, or a float32 array in row order, is read where it lies; other forms are converted first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import scipy.sparse as sp
from anndata import AnnData

from lexicell._cells import prepared
from lexicell._errors import usage_error
from lexicell._extension import core
from lexicell._matrices import crossing
from lexicell._reporter import Reporter, thread_count
from lexicell._tables import column_in, column_out

__all__ = ["highly_variable_genes", "normalize_log", "pca", "qc_metrics"]


def _matrix(adata: AnnData, layer: str | None) -> Any:
    if layer is None:
        if adata.X is None:
            raise usage_error("no-matrix", "the AnnData has no X", key="X", hint="name a layer")
        return adata.X
    if layer not in adata.layers:
        raise usage_error("missing-layer", "no such layer", key=f"layers[{layer!r}]", found=", ".join(adata.layers.keys()) or "no layers")
    return adata.layers[layer]


def qc_metrics(
    adata: AnnData, *, layer: str | None = None, gene_symbols: str | None = None, percent_top: Sequence[int] = (50, 100, 200, 500),
    threads: int | None = None, copy: bool = False,
) -> AnnData:
    """Quality figures of cells and genes.

    Parameters
    ----------
    adata
        Cells with counts.
    layer
        The layer that holds the counts; default ``X``.
    gene_symbols
        Column of ``var`` with gene symbols, by which mitochondrial (``mt``), ribosomal (``ribo``) and haemoglobin (``hb``)
        genes are known; default the names of the variables.
    percent_top
        Shares of the counts that lie in a cell's so many largest genes.
    threads
        Number of threads; default :data:`lexicell.settings`.
    copy
        Write into a copy.

    Returns
    -------
    AnnData
        ``adata``, with the columns of :func:`scanpy.pp.calculate_qc_metrics` in ``obs`` and ``var``.

    Examples
    --------
    >>> import lexicell as lx
    >>> adata = lx.pp.qc_metrics(lx.datasets.simulated(cells=100), percent_top=[50])
    >>> list(adata.obs.columns[2:5])
    ['n_genes_by_counts', 'log1p_n_genes_by_counts', 'total_counts']
    """
    adata = prepared(adata, copy)
    symbols = adata.var_names if gene_symbols is None else adata.var[gene_symbols]
    n = thread_count(threads)
    with Reporter() as reporter:
        obs, var = core().qc_metrics(crossing(_matrix(adata, layer)), [str(s) for s in symbols], [int(t) for t in percent_top], n, reporter)
    for frame, (_, columns) in ((adata.obs, obs), (adata.var, var)):
        for name, column in columns:
            frame[name] = column_out(column, frame.index)
    return adata


def normalize_log(
    adata: AnnData, *, target_sum: float | None = 1e4, layer: str | None = None, key_added: str | None = None, threads: int | None = None,
    copy: bool = False,
) -> AnnData:
    """Depth normalisation and natural logarithm: ``log1p(target_sum * count / total)``.

    Only the values are made anew: the result shares row starts and column numbers with the counts it was made from.

    Parameters
    ----------
    adata
        Cells with counts.
    target_sum
        What a cell sums to before the logarithm; ``None`` is the median total of the cells that are not empty.
    layer
        The layer to normalise; default ``X``.
    key_added
        The layer to write; default the one that was read.
    threads
        Number of threads; default :data:`lexicell.settings`.
    copy
        Write into a copy.

    Returns
    -------
    AnnData
        ``adata``, with ``uns["log1p"]`` as scanpy leaves it.

    Examples
    --------
    >>> import lexicell as lx
    >>> adata = lx.datasets.simulated(cells=100)
    >>> adata.layers["counts"] = adata.X
    >>> adata = lx.pp.normalize_log(adata)
    >>> bool(adata.X.max() < 10 < adata.layers["counts"].max())
    True
    """
    if target_sum is not None and not target_sum > 0:
        raise usage_error("bad-target-sum", "a target sum must be positive", key="target_sum", found=str(target_sum), expected="a number above 0")
    adata = prepared(adata, copy)
    counts = _matrix(adata, layer)
    x = crossing(counts)
    with Reporter() as reporter:
        values = core().log_normalized_values(x, target_sum, thread_count(threads), reporter)
    logged: Any
    if isinstance(x, tuple):
        logged = sp.csr_matrix(x[0], dtype=np.float32)
        logged.indptr, logged.indices, logged.data = x[1], x[2], values
    else:
        logged = values.reshape(x.shape)
    if key_added is not None:
        adata.layers[key_added] = logged
    elif layer is not None:
        adata.layers[layer] = logged
    else:
        adata.X = logged
    adata.uns["log1p"] = {"base": None}
    return adata


Flavor = Literal["log_variance", "seurat", "cell_ranger", "seurat_v3", "seurat_v3_paper"]


def highly_variable_genes(
    adata: AnnData, *, n_top_genes: int | None = 2000, flavor: Flavor = "log_variance", layer: str | None = None, batch_key: str | None = None,
    threads: int | None = None, copy: bool = False,
) -> AnnData:
    """Genes whose variation exceeds what their mean explains.

    Parameters
    ----------
    adata
        Cells: log-normalised values, or counts for the flavours ``seurat_v3``.
    n_top_genes
        How many; ``None`` leaves it to the bounds on mean and dispersion of the flavours ``seurat`` and ``cell_ranger``.
    flavor
        ``log_variance`` (the largest variance of the log values, which :func:`lexicell.run` uses), or one of scanpy's.
    layer
        The layer to read; default ``X``.
    batch_key
        Column of ``obs`` within whose groups genes are ranked.
    threads
        Number of threads; default :data:`lexicell.settings`.
    copy
        Write into a copy.

    Returns
    -------
    AnnData
        ``adata``, with ``var["highly_variable"]`` and the flavour's figures under scanpy's names.

    Examples
    --------
    >>> import lexicell as lx
    >>> adata = lx.pp.normalize_log(lx.datasets.simulated(cells=100))
    >>> int(lx.pp.highly_variable_genes(adata, n_top_genes=50).var["highly_variable"].sum())
    50
    """
    adata = prepared(adata, copy)
    codes = None
    if batch_key is not None:
        if batch_key not in adata.obs:
            raise usage_error("missing-column", "no such column", key=f"obs[{batch_key!r}]", found=", ".join(map(str, adata.obs.columns)))
        codes = column_in(adata.obs[batch_key].astype("category"))["codes"]
    with Reporter() as reporter:
        _, columns = core().highly_variable_genes(crossing(_matrix(adata, layer)), flavor, n_top_genes, codes, thread_count(threads), reporter)
    for name, column in columns:
        adata.var[name] = column_out(column, adata.var.index)
    adata.uns["hvg"] = {"flavor": flavor}
    return adata


def pca(
    adata: AnnData, n_comps: int = 50, *, layer: str | None = None, use_highly_variable: bool | None = None, key_added: str | None = None,
    seed: int = 0, threads: int | None = None, copy: bool = False,
) -> AnnData:
    """Principal components, of sparse values without making them dense.

    Without a choice of genes the matrix is read where it lies; with one, its columns are copied.

    Parameters
    ----------
    adata
        Cells, usually log-normalised.
    n_comps
        Number of components, at most ``min(cells - 1, genes)``.
    layer
        The layer to read; default ``X``.
    use_highly_variable
        Only genes with ``var["highly_variable"]``; default: where that column exists.
    key_added
        Results go to ``obsm[key]``, ``varm[key]`` and ``uns[key]``; default ``X_pca``, ``PCs`` and ``pca``.
    seed
        Of the start vectors; changes the last digits only.
    threads
        Number of threads; changes nothing.
    copy
        Write into a copy.

    Returns
    -------
    AnnData
        ``adata``, with scores, loadings (0 for genes left out), and ``variance`` and ``variance_ratio`` in ``uns``.

    Examples
    --------
    >>> import lexicell as lx
    >>> adata = lx.pp.normalize_log(lx.datasets.simulated(cells=100))
    >>> lx.pp.pca(adata, n_comps=5).uns["pca"]["variance_ratio"].shape
    (5,)
    """
    if n_comps < 1:
        raise usage_error("bad-components", "at least one component is needed", key="n_comps", found=str(n_comps))
    adata = prepared(adata, copy)
    if use_highly_variable is None:
        use_highly_variable = "highly_variable" in adata.var
    elif use_highly_variable and "highly_variable" not in adata.var:
        raise usage_error("missing-column", "no genes were chosen", key="var['highly_variable']", hint="call lx.pp.highly_variable_genes first")
    x = _matrix(adata, layer)
    chosen = adata.var["highly_variable"].to_numpy(dtype=bool) if use_highly_variable else None
    with Reporter() as reporter:
        scores, loadings, _, variance, ratio = core().pca(
            crossing(x if chosen is None else x[:, chosen]), int(n_comps), int(seed), thread_count(threads), reporter)
    if chosen is not None:
        whole = np.zeros((adata.n_vars, loadings.shape[1]), dtype=loadings.dtype)
        whole[chosen] = loadings
        loadings = whole
    obsm, varm, uns = ("X_pca", "PCs", "pca") if key_added is None else (key_added, key_added, key_added)
    adata.obsm[obsm] = scores
    adata.varm[varm] = loadings
    adata.uns[uns] = {"variance": variance, "variance_ratio": ratio, "params": {"zero_center": True, "use_highly_variable": bool(use_highly_variable)}}
    return adata
