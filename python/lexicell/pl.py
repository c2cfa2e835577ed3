"""Interactive figures; each is a plotly figure, shown by a notebook as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from anndata import AnnData

from lexicell._cells import check_anndata
from lexicell._errors import usage_error

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["dotplot", "reliability", "umap"]


def _plotly() -> Any:
    try:
        import plotly.graph_objects as go
    except ImportError as missing:
        raise ImportError("lexicell.pl draws with plotly: pip install 'lexicell[plot]'") from missing
    return go


def _values(adata: AnnData, name: str, layer: str | None) -> pd.Series:
    if name in adata.obs:
        return adata.obs[name]
    if name in adata.var_names:
        return pd.Series(adata.obs_vector(name, layer=layer), index=adata.obs_names, name=name)
    raise usage_error("missing-column", "neither a column of obs nor a gene", key="color", found=name,
                      expected=", ".join(map(str, adata.obs.columns[:10])) + " or a gene")


def umap(adata: AnnData, color: str | None = None, *, basis: str = "X_umap", layer: str | None = None, size: float = 4) -> Figure:
    """Cells as points.

    Parameters
    ----------
    adata
        Cells with a picture in ``obsm``.
    color
        Column of ``obs`` or a gene.
    basis
        Key in ``obsm`` whose first two columns are drawn.
    layer
        The layer that a gene's values are taken from; default ``X``.
    size
        Of a point, in pixels.

    Returns
    -------
    plotly.graph_objects.Figure
        The figure.

    Examples
    --------
    >>> import lexicell as lx
    >>> adata = lx.pp.pca(lx.pp.normalize_log(lx.datasets.simulated()), n_comps=10)
    >>> adata = lx.tl.cluster(adata, resolution=0.5)
    >>> len(lx.pl.umap(adata, color="pca_cluster").data)
    4
    """
    go = _plotly()
    check_anndata(adata)
    if basis not in adata.obsm:
        raise usage_error("missing-embedding", "no such picture", key=f"obsm[{basis!r}]", found=", ".join(adata.obsm.keys()) or "nothing in obsm",
                          hint="lx.tl.cluster makes X_umap")
    points = np.asarray(adata.obsm[basis])[:, :2]
    figure = go.Figure()
    values = None if color is None else _values(adata, color, layer)
    if values is None or pd.api.types.is_numeric_dtype(values.dtype) and not isinstance(values.dtype, pd.CategoricalDtype):
        marker = {"size": size} if values is None else {"size": size, "color": values.to_numpy(), "colorscale": "Viridis", "colorbar": {"title": color}}
        figure.add_trace(go.Scattergl(x=points[:, 0], y=points[:, 1], mode="markers", marker=marker, text=adata.obs_names, name="cells"))
    else:
        groups = values.astype("category")
        for group in groups.cat.categories:
            chosen = (groups == group).to_numpy()
            figure.add_trace(go.Scattergl(x=points[chosen, 0], y=points[chosen, 1], mode="markers", marker={"size": size}, text=adata.obs_names[chosen],
                                          name=str(group)))
    name = basis.removeprefix("X_")
    figure.update_layout(template="simple_white", title=color, legend={"itemsizing": "constant"}, xaxis={"title": f"{name} 1", "showticklabels": False},
                         yaxis={"title": f"{name} 2", "showticklabels": False, "scaleanchor": "x"})
    return figure


def dotplot(
    adata: AnnData, groupby: str | None = None, genes: Sequence[str] | None = None, *, n_genes: int = 4, key: str = "rank_genes_groups",
    layer: str | None = None,
) -> Figure:
    """Mean expression (colour) and share of expressing cells (size) of genes in groups of cells.

    Parameters
    ----------
    adata
        Cells.
    groupby
        Column of ``obs``; default the one that was ranked.
    genes
        Which genes; default the first of every group in ``uns[key]``.
    n_genes
        How many of each group.
    key
        Where :func:`lexicell.tl.rank_genes_groups` left its result.
    layer
        The layer of log-normalised values; default ``X``.

    Returns
    -------
    plotly.graph_objects.Figure
        The figure.

    Examples
    --------
    >>> import lexicell as lx
    >>> adata = lx.tl.rank_genes_groups(lx.datasets.simulated(), "cell_type")
    >>> figure = lx.pl.dotplot(lx.pp.normalize_log(adata), n_genes=2)
    >>> len(set(figure.data[0].y))
    4
    """
    go = _plotly()
    check_anndata(adata)
    ranked = adata.uns.get(key)
    if (groupby is None or genes is None) and ranked is None:
        raise usage_error("no-markers", "no ranked genes", key=f"uns[{key!r}]", hint="call lx.tl.rank_genes_groups, or give groupby and genes")
    if groupby is None:
        groupby = str(ranked["params"]["groupby"])
    if genes is None:
        genes = list(dict.fromkeys(str(g) for group in ranked["names"].dtype.names for g in ranked["names"][group][:n_genes] if g in adata.var_names))
    groups = _values(adata, groupby, None).astype("category")
    x = adata[:, list(genes)].X if layer is None else adata[:, list(genes)].layers[layer]
    dense = np.asarray(x.todense() if hasattr(x, "todense") else x)
    names = [str(c) for c in groups.cat.categories]
    members = [(groups == c).to_numpy() for c in groups.cat.categories]
    mean = np.array([dense[m].mean(axis=0) if m.any() else np.zeros(len(genes)) for m in members])
    share = np.array([(dense[m] != 0).mean(axis=0) if m.any() else np.zeros(len(genes)) for m in members])
    rows, columns = np.indices(mean.shape)
    figure = go.Figure(go.Scatter(
        x=[genes[int(c)] for c in columns.ravel()], y=[names[int(r)] for r in rows.ravel()], mode="markers", customdata=share.ravel(),
        hovertemplate="%{y}, %{x}<br>mean %{marker.color:.3g}, share %{customdata:.0%}<extra></extra>",
        marker={"size": 3 + 17 * share.ravel(), "color": mean.ravel(), "colorscale": "Reds", "colorbar": {"title": "mean"}, "line": {"width": 0.5, "color": "grey"}},
    ))
    figure.update_layout(template="simple_white", xaxis={"tickangle": -60}, yaxis={"title": groupby, "autorange": "reversed", "type": "category"})
    return figure


def reliability(adata: AnnData, key: str = "lexicell_annotation") -> Figure:
    """How often labels of held-out cells were right, against the probability that was said.

    Parameters
    ----------
    adata
        Cells labelled by :func:`lexicell.tl.annotate`.
    key
        Key in ``uns``.

    Returns
    -------
    plotly.graph_objects.Figure
        The figure; a calibrated classifier lies on the diagonal.

    Examples
    --------
    >>> import lexicell as lx
    >>> reference, query = lx.datasets.simulated(cells=400), lx.datasets.simulated(cells=100)
    >>> query = lx.tl.annotate(query, reference, "cell_type", compare=False)
    >>> [trace.name for trace in lx.pl.reliability(query).data]
    ['ideal', 'held-out cells']
    """
    go = _plotly()
    check_anndata(adata)
    bins = adata.uns.get(key, {}).get("reliability")
    if bins is None:
        raise usage_error("no-annotation", "no held-out cells to draw", key=f"uns[{key!r}]", hint="call lx.tl.annotate with a labelled reference")
    figure = go.Figure(go.Scatter(x=[0, 1], y=[0, 1], mode="lines", line={"dash": "dot", "color": "grey"}, name="ideal"))
    figure.add_trace(go.Scatter(x=bins["confidence"], y=bins["accuracy"], mode="lines+markers", name="held-out cells", text=[f"{n} cells" for n in bins["cells"]]))
    figure.update_layout(template="simple_white", xaxis={"title": "probability that was said", "range": [0, 1]},
                         yaxis={"title": "share that was right", "range": [0, 1]})
    return figure
