"""The main job."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from anndata import AnnData

from lexicell._cells import add_slots, all_slots, keep_rows, prepared
from lexicell._extension import core
from lexicell._reporter import Reporter, thread_count

PathLike = str | os.PathLike[str]


def knowledge_folder(knowledge: PathLike | Literal["auto"] | None) -> str | None:
    """The user's data folder for "auto", where it holds one, as the command takes it."""
    if knowledge is None:
        return None
    if knowledge != "auto":
        return os.fspath(knowledge)
    data = os.environ.get("XDG_DATA_HOME") or os.path.join(os.path.expanduser("~"), ".local", "share")
    folder = Path(data) / "lexicell" / "knowledge"
    return str(folder) if folder.exists() else None


def loading(
    layer: str | None, gene_column: str | None, species: str | None, knowledge: PathLike | None, threads: int, **more: Any
) -> dict[str, Any]:
    """The settings of python/bindings/settings.h."""
    return {"layer": layer, "gene_column": gene_column, "species": species, "knowledge": knowledge_folder(knowledge), "threads": threads, **more}


def run(
    adata: AnnData,
    output: PathLike | None = None,
    *,
    batch: str | None = None,
    label: str | None = None,
    covariates: Sequence[str] = (),
    layer: str | None = None,
    gene_column: str | None = None,
    species: Literal["human", "mouse"] | None = None,
    knowledge: PathLike | Literal["auto"] | None = "auto",
    gene_vectors: Sequence[PathLike] = (),
    gene_sets: PathLike | None = None,
    min_genes: int | None = None,
    min_counts: float | None = None,
    max_mito: float | None = None,
    min_cells: int | None = None,
    preset: Literal["recommended", "exact"] = "recommended",
    model: Mapping[str, Any] | None = None,
    n_neighbors: int = 15,
    resolution: float | None = None,
    seed: int = 0,
    threads: int | None = None,
    overwrite: bool = False,
    resume: bool = False,
    name: str = "AnnData",
    copy: bool = False,
) -> AnnData:
    """Counts in; representations, clusters, markers, gene modules and a report out: the command's ``run``.

    Counts are looked for in ``layers["counts"]``, ``raw.X`` and ``X``, in this order. They are copied once into the
    library, which drops empty cells and merges repeated genes; cells dropped are dropped from ``adata`` too.

    Parameters
    ----------
    adata
        Cells with counts, or with log-normalised values where there are none.
    output
        A folder for the report, tables, model and h5ad of the command; it appears whole or not at all. Default: only
        ``adata`` is written to, and the trained model is given up.
    batch
        Column of ``obs``, a covariate of the model.
    label
        Column of ``obs`` to score against; never used in training.
    covariates
        Numeric columns of ``obs``, further covariates.
    layer
        Layer that holds the counts; ``"X"`` and ``"raw"`` name those slots.
    gene_column
        Column of ``var`` with the gene names.
    species
        Default: told by the gene names.
    knowledge
        A folder of ``lexicell knowledge build``: gene names and texts. ``"auto"`` is the user's data folder where it
        holds one, ``None`` is none.
    gene_vectors
        Files of gene vectors of one's own, instead of the knowledge's.
    gene_sets
        A GMT file for over-representation in the modules.
    min_genes, min_counts, max_mito, min_cells
        Cells with fewer genes or counts, or a larger percentage of mitochondrial counts, and genes found in fewer cells
        are dropped.
    preset
        ``"exact"`` is the published form of the model.
    model
        Any keys of the model's configuration, e.g. ``{"latent": 10, "genes": 1000}``.
    n_neighbors, resolution
        Of the clusters; the resolution is chosen by stability under subsampling where none is given.
    seed
        Of everything random.
    threads
        Number of threads; default :data:`lexicell.settings`.
    overwrite, resume
        Replace an existing output; go on with an interrupted run of the same input and settings.
    name
        What the report calls the data.
    copy
        Write into a copy.

    Returns
    -------
    AnnData
        ``adata``, with ``obsm["X_scilama"]``, ``obs["scilama_cluster"]``, ``obsm["X_umap"]``,
        ``uns["rank_genes_groups"]``, neighbours as scanpy keeps them, and the run's manifest as JSON at the end of
        ``uns["lexicell_runs"]``; names that ``adata`` uses already are left alone.

    Raises
    ------
    Error
        With ``type`` ``"not-counts"`` and others of the command.
    KeyboardInterrupt
        On Ctrl-C, soon after; with an ``output``, ``resume=True`` then goes on from the last checkpoint.

    Examples
    --------
    >>> import lexicell as lx
    >>> adata = lx.datasets.simulated(cells=200, genes=100)
    >>> adata = lx.run(adata, knowledge=None, resolution=0.5, model={"max_steps": 20, "min_steps": 10})
    >>> adata.obsm["X_scilama"].shape
    (200, 20)
    """
    adata = prepared(adata, copy)
    n = thread_count(threads)
    config = {"preset": preset, "seed": seed, **(model or {})}
    with tempfile.TemporaryDirectory(prefix="lexicell-") as scratch:
        settings = loading(
            layer, gene_column, species, knowledge, n, name=name, output=os.fspath(output) if output is not None else os.path.join(scratch, "out"),
            overwrite=overwrite, resume="auto" if resume else "never", batch=batch, label=label, covariates=list(covariates),
            gene_vectors=[os.fspath(path) for path in gene_vectors], gene_sets=None if gene_sets is None else os.fspath(gene_sets),
            min_genes=min_genes, min_counts=min_counts, max_mito=max_mito, min_cells=min_cells, n_neighbors=n_neighbors, resolution=resolution,
            seed=seed, config=json.dumps(config),
        )
        with Reporter() as reporter:
            _, additions, rows = core().run(all_slots(adata), settings, reporter)
    keep_rows(adata, rows)
    add_slots(adata, additions)
    return adata
