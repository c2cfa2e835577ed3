"""lx.pp against scanpy, and the manners of functions that write into an AnnData."""
import unittest
import warnings

import numpy as np
import scanpy as sc
from cells import Case

import lexicell as lx


class BesideScanpy(Case):
    def setUp(self):
        self.adata = lx.datasets.simulated(cells=200, genes=300)
        warnings.simplefilter("ignore")

    def test_qc(self):
        theirs = self.adata.copy()
        theirs.var["mt"] = False
        sc.pp.calculate_qc_metrics(theirs, qc_vars=["mt"], percent_top=[50, 100], inplace=True)
        ours = lx.pp.qc_metrics(self.adata, percent_top=[50, 100])
        for frame, other in ((ours.obs, theirs.obs), (ours.var, theirs.var)):
            for name in frame.columns.intersection(other.columns).difference(["cell_type", "batch"]):
                np.testing.assert_allclose(frame[name], other[name], rtol=1e-5, err_msg=name)

    def test_normalize_log(self):
        for target in (1e4, None):
            theirs = self.adata.copy()
            sc.pp.normalize_total(theirs, target_sum=target)
            sc.pp.log1p(theirs)
            ours = lx.pp.normalize_log(self.adata, target_sum=target, copy=True)
            np.testing.assert_allclose(ours.X.toarray(), theirs.X.toarray(), rtol=1e-5)

    def test_variable_genes(self):
        adata = lx.pp.normalize_log(self.adata)
        for flavor in ("seurat", "cell_ranger"):
            theirs = sc.pp.highly_variable_genes(adata, n_top_genes=50, flavor=flavor, inplace=False)
            ours = lx.pp.highly_variable_genes(adata, n_top_genes=50, flavor=flavor)
            self.assertGreater((ours.var["highly_variable"].to_numpy() == theirs["highly_variable"].to_numpy()).mean(), 0.98)

    def test_pca(self):
        adata = lx.pp.normalize_log(self.adata)
        theirs = sc.pp.pca(adata.copy(), n_comps=5, copy=True)
        ours = lx.pp.pca(adata, 5)
        np.testing.assert_allclose(np.abs(ours.obsm["X_pca"]), np.abs(theirs.obsm["X_pca"]), atol=1e-2)
        np.testing.assert_allclose(ours.uns["pca"]["variance_ratio"], theirs.uns["pca"]["variance_ratio"], rtol=1e-4)
        chosen = lx.pp.pca(lx.pp.highly_variable_genes(adata, n_top_genes=30), 5)
        self.assertEqual(np.count_nonzero(np.any(chosen.varm["PCs"] != 0, axis=1)), 30)


class Manners(Case):
    def test_functions_return_what_they_write_into(self):
        adata = lx.datasets.simulated(cells=60)
        self.assertIs(lx.pp.normalize_log(adata), adata)
        copy = lx.pp.pca(adata, 3, copy=True)
        self.assertIsNot(copy, adata)
        self.assertNotIn("X_pca", adata.obsm)

    def test_a_view_becomes_an_anndata_of_its_own(self):
        whole = lx.datasets.simulated(cells=60)
        part = whole[:30]
        lx.pp.pca(part, 3)
        self.assertFalse(part.is_view)
        self.assertNotIn("X_pca", whole.obsm)

    def test_errors(self):
        adata = lx.datasets.simulated(cells=60)
        self.assert_refused("missing-layer", lx.pp.pca, adata, layer="nothing")
        self.assert_refused("missing-column", lx.pp.highly_variable_genes, adata, batch_key="nothing")
        self.assert_refused("not-anndata", lx.pp.pca, adata.X)
        self.assert_refused("too-few-cells", lx.pp.pca, adata[:1].copy())
        self.assert_refused("bad-target-sum", lx.pp.normalize_log, adata, target_sum=0)
        error = self.assert_refused("unknown-flavor", lx.pp.highly_variable_genes, adata, flavor="vanilla")
        self.assertEqual(error.code, 2)


if __name__ == "__main__":
    unittest.main()
