"""lx.run and lx.tl: what crosses, where results go, and that they are the command's. Usage: tasks_test.py LEXICELL"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import warnings

import anndata
import numpy as np
import pandas as pd
from cells import QUICK, Case

import lexicell as lx

LEXICELL = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else None


class Tasks(Case):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lexicell_python_"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.adata = lx.datasets.simulated(cells=200, genes=150)
        self.adata.write_h5ad(self.folder / "counts.h5ad")

    def command(self, *arguments):
        if LEXICELL is None:
            self.skipTest("no command given")
        done = subprocess.run([LEXICELL, *map(str, arguments), "--threads", "1"], capture_output=True, text=True, timeout=900)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done


class BesideTheCommand(Tasks):
    def test_a_run(self):
        flags = [part for key, value in QUICK.items() for part in ("--model-set", f"{key}={value}")]
        self.command("run", self.folder / "counts.h5ad", "-o", self.folder / "theirs", "--resolution", "0.5", *flags)
        theirs = anndata.read_h5ad(self.folder / "theirs" / "lexicell.h5ad")
        ours = lx.run(self.adata, self.folder / "ours", resolution=0.5, model=QUICK)
        self.assertIs(ours, self.adata)
        np.testing.assert_array_equal(ours.obsm["X_scilama"], theirs.obsm["X_scilama"])
        np.testing.assert_array_equal(ours.obsm["X_umap"], theirs.obsm["X_umap"])
        self.assertEqual(ours.obs["scilama_cluster"].tolist(), theirs.obs["scilama_cluster"].tolist())
        self.assertEqual(ours.uns["rank_genes_groups"]["names"].tolist(), theirs.uns["rank_genes_groups"]["names"].tolist())
        self.assertEqual(sorted(p.name for p in (self.folder / "ours").iterdir()), sorted(p.name for p in (self.folder / "theirs").iterdir()))
        written = anndata.read_h5ad(self.folder / "ours" / "lexicell.h5ad")
        np.testing.assert_array_equal(written.obsm["X_scilama"], theirs.obsm["X_scilama"])
        self.assertEqual(set(written.obs.columns), set(theirs.obs.columns))
        placed = lx.tl.embed(anndata.read_h5ad(self.folder / "counts.h5ad"), self.folder / "ours" / "model")
        np.testing.assert_allclose(placed.obsm["X_scilama"], ours.obsm["X_scilama"], atol=1e-5)

    def test_annotate(self):
        reference = lx.datasets.simulated(cells=400, genes=150)
        reference.write_h5ad(self.folder / "reference.h5ad")
        self.command("annotate", self.folder / "counts.h5ad", "--reference", self.folder / "reference.h5ad", "--obs-label", "cell_type", "-o", self.folder / "theirs")
        theirs = anndata.read_h5ad(self.folder / "theirs" / "lexicell.h5ad")
        ours = lx.tl.annotate(self.adata, reference, "cell_type", save_model=self.folder / "model")
        self.assertEqual(ours.obs["lexicell_label"].tolist(), theirs.obs["lexicell_label"].tolist())
        np.testing.assert_array_equal(ours.obsm["lexicell_probability"], theirs.obsm["lexicell_probability"])
        self.assertEqual(ours.uns["lexicell_annotation"]["held_out"]["method"].tolist(), ["logistic", "celltypist", "knn", "centroid", "singler", "majority"])
        again = lx.tl.annotate(self.adata, self.folder / "model", copy=True)
        np.testing.assert_array_equal(again.obsm["lexicell_probability"], ours.obsm["lexicell_probability"])

    def test_score(self):
        lx.pp.pca(lx.pp.normalize_log(self.adata), 10)
        self.adata.write_h5ad(self.folder / "scored.h5ad")
        theirs = json.loads(self.command("score", self.folder / "scored.h5ad", "--obsm-key", "X_pca", "--obs-label", "cell_type", "--obs-batch", "batch", "--json").stdout)
        ours = lx.tl.score(self.adata, "X_pca", label="cell_type", batch="batch")
        self.assertEqual(len(ours), len(theirs["metrics"]))
        np.testing.assert_array_equal(ours["value"], [np.nan if row["value"] is None else row["value"] for row in theirs["metrics"]])
        self.assertEqual(ours.attrs["totals"], theirs["totals"])

    def test_markers(self):
        self.command("markers", self.folder / "counts.h5ad", "-o", self.folder / "marked.h5ad", "--groups", "cell_type")
        theirs = anndata.read_h5ad(self.folder / "marked.h5ad").uns["rank_genes_groups"]
        ours = lx.tl.rank_genes_groups(self.adata, "cell_type").uns["rank_genes_groups"]
        for key in ("names", "scores", "pvals_adj", "logfoldchanges"):
            self.assertEqual(ours[key].tolist(), theirs[key].tolist())


class Slots(Tasks):
    def test_an_anndata_with_everything_comes_back_whole(self):
        adata = self.adata
        adata.raw = adata.copy()
        adata.layers["counts"] = adata.X.copy()
        adata.obs["number"] = np.linspace(0, 1, adata.n_obs)
        adata.obs["maybe"] = pd.array([1, None] * (adata.n_obs // 2), dtype="Int64")
        adata.obs["truth"] = [True, False] * (adata.n_obs // 2)
        adata.obs["words"] = [f"w{i % 3}" for i in range(adata.n_obs)]
        adata.obsm["frame"] = pd.DataFrame({"a": np.arange(adata.n_obs, dtype=float)}, index=adata.obs_names)
        adata.uns["mine"] = {"text": "words", "numbers": np.arange(3), "strings": ["a", "b"], "odd": object()}
        before = adata.copy()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            lx.run(adata, self.folder / "out", knowledge=None, resolution=0.5, model=QUICK, label="cell_type")
        for column in before.obs:
            pd.testing.assert_series_equal(adata.obs[column], before.obs[column])
        self.assertIs(adata.uns["mine"]["odd"].__class__, object)
        np.testing.assert_array_equal(adata.X.toarray(), before.X.toarray())
        written = anndata.read_h5ad(self.folder / "out" / "lexicell.h5ad")
        np.testing.assert_array_equal(written.layers["counts"].toarray(), before.X.toarray())
        np.testing.assert_array_equal(written.raw.X.toarray(), before.X.toarray())
        self.assertEqual(written.obs["maybe"].isna().sum(), adata.n_obs // 2)
        self.assertEqual(written.obs["words"].tolist(), before.obs["words"].tolist())
        self.assertEqual(written.uns["mine"]["text"], "words")
        adata.uns["mine"].pop("odd")
        adata.write_h5ad(self.folder / "again.h5ad")

    def test_empty_cells_leave_the_anndata(self):
        counts = self.adata.X.tolil()
        counts[[3, 7]] = 0
        self.adata.X = counts.tocsr()
        self.adata.layers["counts"] = self.adata.X.copy()
        names = [n for i, n in enumerate(self.adata.obs_names) if i not in (3, 7)]
        lx.tl.annotate(self.adata, lx.datasets.simulated(cells=400, genes=150), "cell_type", compare=False)
        self.assertEqual(self.adata.obs_names.tolist(), names)

    def test_a_second_call_replaces_the_first(self):
        lx.pp.pca(lx.pp.normalize_log(self.adata), 10)
        for resolution in (0.1, 1.5):
            lx.tl.cluster(self.adata, resolution=resolution)
        self.assertEqual([c for c in self.adata.obs if c.endswith("cluster")], ["pca_cluster"])
        self.assertEqual(self.adata.obsp["connectivities"].shape, (200, 200))
        self.assertEqual(self.adata.uns["neighbors"]["params"]["use_rep"], "X_pca")
        import scanpy

        scanpy.tl.umap(self.adata)  # reads our neighbours

    def test_errors(self):
        self.assert_refused("no-label", lx.tl.annotate, self.adata, self.adata)
        self.assert_refused("missing-column", lx.tl.annotate, self.adata, self.adata, "nothing")
        self.assert_refused("missing-embedding", lx.tl.cluster, self.adata)
        self.assert_refused("missing-column", lx.tl.rank_genes_groups, self.adata, "nothing")
        self.assert_refused("no-markers", lx.pl.dotplot, self.adata)
        self.assert_refused("unknown-config-key", lx.run, self.adata, knowledge=None, model={"latnt": 3})


if __name__ == "__main__":
    unittest.main()
