"""What can be found in cells and genes: embeddings by a trained model, clusters, markers, modules, labels, scores."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from anndata import AnnData

from lexicell._cells import add_slots, check_anndata, expression_slots, keep_rows, prepared
from lexicell._errors import usage_error
from lexicell._extension import core
from lexicell._matrices import crossing
from lexicell._reporter import Reporter, thread_count
from lexicell._run import PathLike, loading
from lexicell._tables import table_in, uns_out

__all__ = ["annotate", "cluster", "embed", "gene_modules", "rank_genes_groups", "score"]

Method = Literal["logistic", "celltypist", "knn", "centroid", "singler", "majority"]
RankTest = Literal["wilcoxon", "t-test", "t-test_overestim_var"]
Profile = Literal["scib-metrics-0.6", "scib-2022"]


def _member(members: Any, slot: str, key: str) -> np.ndarray[Any, Any]:
    if key not in members:
        raise usage_error("missing-embedding", "no such representation", key=f"{slot}[{key!r}]", found=", ".join(members.keys()) or f"nothing in {slot}")
    x: np.ndarray[Any, Any] = crossing(members[key].to_numpy() if isinstance(members[key], pd.DataFrame) else members[key], f"{slot}[{key!r}]")
    return x


def embed(
    adata: AnnData, model: PathLike, *, key_added: str = "X_scilama", force: bool = False, layer: str | None = None, gene_column: str | None = None,
    species: Literal["human", "mouse"] | None = None, knowledge: PathLike | Literal["auto"] | None = "auto", gene_vectors: Sequence[PathLike] = (),
    threads: int | None = None, copy: bool = False,
) -> AnnData:
    """Places cells in the space of a trained model.

    Parameters
    ----------
    adata
        Cells with counts, which are copied once. Cells without any count cannot be placed and are dropped.
    model
        A model folder of ``run`` or ``train``.
    key_added
        Where the representation goes in ``obsm``.
    force
        Embed although most of the model's genes are missing.
    layer, gene_column, species, knowledge, gene_vectors
        As in :func:`lexicell.run`.
    threads
        Number of threads; default :data:`lexicell.settings`.
    copy
        Write into a copy.

    Returns
    -------
    AnnData
        ``adata``, with ``obsm[key_added]``, and in ``uns[key_added]`` how many genes were read.

    Examples
    --------
    >>> import lexicell as lx, tempfile
    >>> adata = lx.datasets.simulated(cells=200, genes=100)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     done = lx.run(adata, f"{folder}/out", knowledge=None, resolution=0.5, model={"max_steps": 20, "min_steps": 10})
    ...     placed = lx.tl.embed(lx.datasets.simulated(cells=50, genes=100, seed=1), f"{folder}/out/model")
    >>> placed.obsm["X_scilama"].shape
    (50, 20)
    """
    adata = prepared(adata, copy)
    settings = loading(layer, gene_column, species, knowledge, thread_count(threads), gene_vectors=[os.fspath(path) for path in gene_vectors])
    with Reporter() as reporter:
        cells, rows, facts = core().embed(expression_slots(adata, layer), os.fspath(model), force, settings, reporter)
    keep_rows(adata, rows)
    adata.obsm[key_added] = cells
    adata.uns[key_added] = json.loads(facts)
    return adata


def cluster(
    adata: AnnData, use_rep: str | None = None, *, n_neighbors: int = 15, resolution: float | None = None, umap: bool = True,
    key_added: str | None = None, seed: int = 0, threads: int | None = None, copy: bool = False,
) -> AnnData:
    """Neighbours, Leiden clusters and UMAP of any representation.

    Parameters
    ----------
    adata
        Cells.
    use_rep
        Key in ``obsm``; default ``X_scilama`` or ``X_pca``, the first there is.
    n_neighbors
        Neighbours of a cell; more gives fewer clusters.
    resolution
        Of Leiden; default: chosen by stability under subsampling.
    umap
        Also make the picture.
    key_added
        Column of ``obs``; default ``scilama_cluster`` for ``X_scilama`` and so on.
    seed
        Of the random numbers.
    threads
        Number of threads; changes nothing.
    copy
        Write into a copy.

    Returns
    -------
    AnnData
        ``adata``, with ``obs[key_added]`` (``"0"`` is the largest cluster), ``obsm["X_umap"]``, and ``obsp`` and
        ``uns["neighbors"]`` as scanpy keeps them.

    Examples
    --------
    >>> import lexicell as lx
    >>> adata = lx.pp.pca(lx.pp.normalize_log(lx.datasets.simulated()), n_comps=10)
    >>> adata = lx.tl.cluster(adata, resolution=0.5)
    >>> adata.obs["pca_cluster"].nunique()
    4
    """
    adata = prepared(adata, copy)
    if use_rep is None:
        use_rep = "X_scilama" if "X_scilama" in adata.obsm else "X_pca"
    settings = {
        "n_neighbors": n_neighbors, "resolution": resolution, "umap": umap, "seed": seed, "threads": thread_count(threads),
        "key_added": key_added or f"{use_rep.removeprefix('X_')}_cluster",
    }
    with Reporter() as reporter:
        additions = core().cluster(_member(adata.obsm, "obsm", use_rep), use_rep, settings, reporter)
    add_slots(adata, additions)
    return adata


def rank_genes_groups(
    adata: AnnData, groupby: str, *, groups: Sequence[str] | None = None, reference: str | None = None, test: RankTest = "wilcoxon",
    tie_correct: bool = True, n_genes: int | None = None, layer: str | None = None, key_added: str = "rank_genes_groups", threads: int | None = None,
    copy: bool = False,
) -> AnnData:
    """Genes that set each group apart, with scanpy's statistics and layout.

    Counts, where there are any, are log-normalised on the way (in a copy); else log-normalised values are taken as they
    are.

    Parameters
    ----------
    adata
        Cells.
    groupby
        Column of ``obs``.
    groups
        Which groups to test; default all.
    reference
        Compare with this group; default: with all other cells.
    test
        ``wilcoxon``, ``t-test`` or ``t-test_overestim_var``.
    tie_correct
        Of the rank-sum test; scanpy's default is ``False``, which understates sparse genes.
    n_genes
        Genes kept a group; default all.
    layer
        The layer that holds the counts.
    key_added
        Key in ``uns``.
    threads
        Number of threads; changes nothing.
    copy
        Write into a copy.

    Returns
    -------
    AnnData
        ``adata``, with ``uns[key_added]``.

    Examples
    --------
    >>> import lexicell as lx
    >>> adata = lx.tl.rank_genes_groups(lx.datasets.simulated(), "cell_type", n_genes=3)
    >>> adata.uns["rank_genes_groups"]["names"].dtype.names
    ('type 0', 'type 1', 'type 2', 'type 3')
    """
    adata = prepared(adata, copy)
    settings = {
        "groups": None if groups is None else [str(g) for g in groups], "reference": reference, "test": test, "tie_correct": tie_correct, "top": n_genes,
        "layer": layer, "threads": thread_count(threads),
    }
    with Reporter() as reporter:
        uns = core().rank_genes_groups(expression_slots(adata, layer, [groupby]), groupby, key_added, settings, reporter)
    adata.uns.update(uns_out(uns))
    return adata


def gene_modules(
    adata: AnnData, use_rep: str = "X_scilama", *, n_neighbors: int = 15, resolution: float = 1.0, smallest: int = 5, key_added: str = "gene_module",
    seed: int = 0, threads: int | None = None, copy: bool = False,
) -> AnnData:
    """Groups of genes that lie together in a representation of genes.

    Parameters
    ----------
    adata
        Genes with a representation in ``varm``; a row of zeros is a gene without one.
    use_rep
        Key in ``varm``, e.g. ``X_scilama`` of :func:`lexicell.run` with gene texts, or ``PCs``.
    n_neighbors
        Neighbours of a gene; more gives broader modules.
    resolution
        Of Leiden; larger gives more and smaller modules.
    smallest
        Smaller modules become unassigned.
    key_added
        Column of ``var``.
    seed
        Of the random numbers.
    threads
        Number of threads; changes nothing.
    copy
        Write into a copy.

    Returns
    -------
    AnnData
        ``adata``, with ``var[key_added]`` (missing = in no module) and ``uns[key_added]``: modularity, and how stable each
        module is when genes are left out.

    Examples
    --------
    >>> import lexicell as lx
    >>> adata = lx.pp.pca(lx.pp.normalize_log(lx.datasets.simulated()), n_comps=10)
    >>> "gene_module" in lx.tl.gene_modules(adata, "PCs").var
    True
    """
    adata = prepared(adata, copy)
    genes = _member(adata.varm, "varm", use_rep)
    placed = np.flatnonzero(np.any(genes != 0, axis=1))
    if len(placed) < 2:
        raise usage_error("no-genes", "too few genes have a place", key=f"varm[{use_rep!r}]", found=str(len(placed)), hint="run with gene texts or vectors")
    settings = {"n_neighbors": n_neighbors, "resolution": resolution, "smallest": smallest, "seed": seed, "threads": thread_count(threads)}
    with Reporter() as reporter:
        modules, modularity, stability = core().gene_modules(np.ascontiguousarray(genes[placed]), settings, reporter)
    codes = np.full(adata.n_vars, -1, dtype=np.int32)
    codes[placed] = modules
    adata.var[key_added] = pd.Categorical.from_codes(codes, [str(m) for m in range(len(stability))])
    adata.uns[key_added] = {"use_rep": use_rep, "modularity": modularity, "stability": stability}
    return adata


def annotate(
    adata: AnnData, reference: AnnData | PathLike, label: str | None = None, *, group: str | None = None, unlabelled: Sequence[str] = (),
    method: Method = "logistic", C: float = 1.0, target_risk: float = 0.05, compare: bool = True, save_model: PathLike | None = None,
    layer: str | None = None, gene_column: str | None = None, species: Literal["human", "mouse"] | None = None,
    knowledge: PathLike | Literal["auto"] | None = "auto", seed: int = 0, threads: int | None = None, copy: bool = False,
) -> AnnData:
    """Labels with calibrated probabilities and the right to stay unassigned.

    Parameters
    ----------
    adata
        Cells to label. Counts are copied once; cells without any count are dropped.
    reference
        Labelled cells, or the model folder of an earlier annotation.
    label
        Column of the reference's ``obs``; needed unless the reference is a model.
    group
        Column of the reference's ``obs`` (donor, batch) whose groups are held out whole.
    unlabelled
        Values of ``label`` that are no labels.
    method
        ``logistic``, ``celltypist``, ``knn``, ``centroid``, ``singler`` or ``majority``.
    C
        Inverse strength of the penalty of the logistic forms.
    target_risk
        Accepted share of wrong labels; smaller leaves more cells unassigned.
    compare
        Also judge the other methods on the same held-out cells.
    save_model
        A folder to keep the trained classifier in.
    layer, gene_column, species, knowledge
        As in :func:`lexicell.run`, for both.
    seed
        Of the held-out cells.
    threads
        Number of threads; default :data:`lexicell.settings`.
    copy
        Write into a copy.

    Returns
    -------
    AnnData
        ``adata``, with ``obs`` columns ``lexicell_label`` (a class or ``"Unassigned"``), ``lexicell_confidence`` and
        ``lexicell_ood``, ``obsm["lexicell_probability"]`` in the order of ``uns["lexicell_classes"]``, and in
        ``uns["lexicell_annotation"]`` how the methods did on held-out cells.

    Examples
    --------
    >>> import lexicell as lx
    >>> reference, query = lx.datasets.simulated(cells=400), lx.datasets.simulated(cells=100)
    >>> query = lx.tl.annotate(query, reference, "cell_type", compare=False)
    >>> bool((query.obs["lexicell_label"].astype(str) == query.obs["cell_type"].astype(str)).mean() > 0.8)
    True
    """
    adata = prepared(adata, copy)
    learned: Any
    if isinstance(reference, (str, os.PathLike)):
        learned = os.fspath(reference)
    else:
        check_anndata(reference, "reference")
        if label is None:
            raise usage_error("no-label", "labelled cells need the column of their labels", key="label")
        learned = expression_slots(reference, layer, [name for name in (label, group) if name is not None])
    settings = loading(
        layer, gene_column, species, knowledge, thread_count(threads), label=label, group=group, unlabelled=list(unlabelled), method=method,
        inverse_strength=C, target_risk=target_risk, compare=compare, seed=seed, save_model=None if save_model is None else os.fspath(save_model),
    )
    with Reporter() as reporter:
        found = core().annotate(expression_slots(adata, layer), learned, settings, reporter)
    keep_rows(adata, found["rows"])
    classes = found["classes"]
    codes = np.where(found["label"] < 0, len(classes), found["label"])
    adata.obs["lexicell_label"] = pd.Categorical.from_codes(codes, [*classes, "Unassigned"])
    adata.obs["lexicell_confidence"] = found["confidence"]
    adata.obs["lexicell_ood"] = found["novelty"]
    adata.obsm["lexicell_probability"] = found["probability"]
    adata.uns["lexicell_classes"] = np.array(classes, dtype=object)
    facts = json.loads(found["facts"])
    for name in ("held_out", "reliability", "coverage"):
        if name in facts:
            facts[name] = pd.DataFrame(facts[name])
    adata.uns["lexicell_annotation"] = facts
    return adata


def score(
    adata: AnnData, obsm: str | Sequence[str], *, label: str, batch: str | None = None, profile: Profile = "scib-metrics-0.6", controls: bool = True,
    seed: int = 0, threads: int | None = None,
) -> pd.DataFrame:
    """The scIB metrics of embeddings, beside controls that know the labels and controls that ought to lose.

    Parameters
    ----------
    adata
        Cells with a label each; nothing is written.
    obsm
        Key or keys of the embeddings.
    label, batch
        Columns of ``obs``; without a batch the batch metrics have no value.
    profile
        Which reference implementation the figures agree with; figures of different profiles cannot be compared.
    controls
        Eight more embeddings, each as costly as a given one.
    seed
        Of k-means, Leiden and the random controls.
    threads
        Number of threads; changes nothing.

    Returns
    -------
    pandas.DataFrame
        One row a metric and embedding: ``obsm``, ``name``, ``group``, ``value``, ``scaled``, ``reason`` (why there is no
        value). ``attrs["totals"]`` holds bio, batch and overall means of every embedding, ``attrs["before"]`` where the
        unintegrated components came from.

    Examples
    --------
    >>> import lexicell as lx
    >>> adata = lx.pp.pca(lx.pp.normalize_log(lx.datasets.simulated()), n_comps=10)
    >>> table = lx.tl.score(adata, "X_pca", label="cell_type", batch="batch", controls=False)
    >>> table.columns.tolist()
    ['obsm', 'name', 'group', 'value', 'scaled', 'reason']
    """
    check_anndata(adata)
    keys = [obsm] if isinstance(obsm, str) else list(obsm)
    columns = [label, "S_score", "G2M_score"] + ([batch] if batch is not None else [])
    # Expression is needed only where the unintegrated components have to be made of it.
    slots: dict[str, Any]
    slots = {"obs": table_in(adata.obs, columns), "var": table_in(adata.var, [])} if "X_pca" in adata.obsm else expression_slots(adata, obs=columns)
    slots["obsm"] = {key: _member(adata.obsm, "obsm", key) for key in dict.fromkeys([*keys, "X_pca"]) if key in adata.obsm}
    settings = {"obsm": keys, "label": label, "batch": batch, "profile": profile, "controls": controls, "seed": seed, "threads": thread_count(threads)}
    with Reporter() as reporter:
        document = json.loads(core().score(slots, settings, reporter))
    table = pd.DataFrame(document["metrics"], columns=["obsm", "name", "group", "value", "scaled", "reason"])
    table[["value", "scaled"]] = table[["value", "scaled"]].astype(float)
    table.attrs = {key: document[key] for key in ("profile", "label", "batch", "cells", "left_out", "before")}
    table.attrs["totals"] = document["totals"]
    return table
