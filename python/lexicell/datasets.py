"""Cells to try things on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy.sparse as sp
from anndata import AnnData

__all__ = ["simulated"]


def simulated(cells: int = 300, genes: int = 200, types: int = 4, batches: int = 2, seed: int = 0) -> AnnData:
    """Poisson counts of cells of a few types, measured in a few batches.

    Every type raises a tenth of the genes of its own fourfold; every batch changes the detection of all genes a little.

    Parameters
    ----------
    cells, genes
        Size of the matrix.
    types
        Number of cell types, named ``"type 0"``, ``"type 1"``, ...
    batches
        Number of batches, named ``"a"``, ``"b"``, ...
    seed
        Of the random numbers.

    Returns
    -------
    AnnData
        Counts as a CSR matrix of float32 in ``X``, ``obs["cell_type"]`` and ``obs["batch"]``.

    Examples
    --------
    >>> import lexicell as lx
    >>> adata = lx.datasets.simulated(cells=100, genes=60)
    >>> adata.shape, sorted(adata.obs["cell_type"].cat.categories)
    ((100, 60), ['type 0', 'type 1', 'type 2', 'type 3'])
    """
    random = np.random.default_rng(seed)
    base = random.gamma(1.0, 1.0, genes)
    own = np.ones((types, genes))
    for row, chosen in enumerate(np.array_split(random.permutation(genes)[: genes // 10 * types], types)):
        own[row, chosen] = 4
    detection = np.exp(random.normal(0, 0.15, (batches, genes)))
    kind, batch = random.integers(types, size=cells), random.integers(batches, size=cells)
    depth = np.exp(random.normal(0, 0.3, cells))
    counts = random.poisson(depth[:, None] * base * own[kind] * detection[batch]).astype(np.float32)
    obs = pd.DataFrame(
        {"cell_type": pd.Categorical([f"type {k}" for k in kind]), "batch": pd.Categorical([chr(ord("a") + b) for b in batch])},
        index=[f"cell{i}" for i in range(cells)],
    )
    return AnnData(sp.csr_matrix(counts), obs=obs, var=pd.DataFrame(index=[f"GENE{g}" for g in range(genes)]))
