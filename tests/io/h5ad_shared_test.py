"""Every readable file and folder of the shared data, written and read back with anndata: equal to what anndata, scanpy,
scipy or pandas read from the original (users.md T15). Usage: h5ad_shared_test.py H5AD_TOOL"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import warnings

import anndata
import h5py
import numpy as np
import pandas as pd
import scanpy
import scipy.io
import scipy.sparse as sp

warnings.simplefilter("ignore")
TOOL = sys.argv.pop(1)
SHARED = pathlib.Path(os.environ.get("LEXICELL_SHARED", pathlib.Path(__file__).resolve().parents[2] / ".." / "shared"))
TABLE = pathlib.Path(__file__).with_name("shared_files.tsv")


def tool(*arguments):
    run = subprocess.run([TOOL, *map(str, arguments)], capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


def original(path):
    """The file as others read it; None where nobody else does and a test of the reader compares the values."""
    if path.suffix == ".h5ad":
        return anndata.read_h5ad(path)
    if path.suffix == ".h5":
        return scanpy.read_10x_h5(path)
    if path.suffix == ".loom":
        with h5py.File(path) as file:
            return anndata.AnnData(file["matrix"][()].T.astype("f4"))
    if path.suffix == ".txt":
        table = pd.read_csv(path, sep="\t", index_col=0).astype("f4")
        return anndata.AnnData(table if table.index[0].startswith("cell") else table.T)
    if path.is_dir() and (path / "scalefactors_json.json").exists():
        return scanpy.read_10x_h5(path / "filtered_feature_bc_matrix.h5")
    if path.is_dir() and any((path / name).exists() for name in ("genes.tsv", "features.tsv.gz")):
        return scanpy.read_10x_mtx(path, make_unique=False)
    return anndata.AnnData(sp.csr_matrix(scipy.io.mmread(path / "matrix.mtx" if path.is_dir() else path).T).astype("f4"))


def sparse(matrix):
    out = sp.csr_matrix(matrix).astype("f4")
    out.sum_duplicates()
    return out


class SharedFiles(unittest.TestCase):
    def assert_matrix(self, a, b, key):
        self.assertEqual(a.shape, b.shape, key)
        if not sp.issparse(a) and not sp.issparse(b):
            return np.testing.assert_array_equal(np.asarray(a).astype("f4"), np.asarray(b).astype("f4"), key)
        a, b = sparse(a), sparse(b)
        a.eliminate_zeros()
        b.eliminate_zeros()
        for part in ("indptr", "indices", "data"):
            np.testing.assert_array_equal(getattr(a, part), getattr(b, part), f"{key}/{part}")

    def assert_frame(self, a, b, key):
        self.assertEqual(list(a.index), list(b.index), key)
        self.assertEqual(list(a.columns), list(b.columns), key)
        for name in a:
            x, y = a[name], b[name]
            self.assertEqual(list(x.isna()), list(y.isna()), f"{key}/{name}")
            if pd.api.types.is_float_dtype(x.dtype):
                np.testing.assert_array_equal(x.to_numpy(dtype=float), y.to_numpy(dtype=float), f"{key}/{name}")
            else:
                self.assertEqual([str(v) for v in x[~x.isna()]], [str(v) for v in y[~y.isna()]], f"{key}/{name}")
            if isinstance(x.dtype, pd.CategoricalDtype):
                self.assertEqual([str(c) for c in x.cat.categories], [str(c) for c in y.cat.categories], f"{key}/{name}")
                self.assertEqual(x.cat.ordered, y.cat.ordered, f"{key}/{name}")

    def assert_value(self, a, b, key):
        if isinstance(a, dict):
            for name, value in a.items():
                if f"{key}/{name}" in self.left_out or value is None:
                    continue
                self.assertIn(name, b, key)
                self.assert_value(value, b[name], f"{key}/{name}")
        elif isinstance(a, pd.DataFrame):
            self.assert_frame(a, b, key)
        elif sp.issparse(a):
            self.assert_matrix(a, b, key)
        elif getattr(getattr(a, "dtype", None), "names", None):
            self.assertEqual(a.dtype.names, b.dtype.names, key)
            for name in a.dtype.names:
                self.assert_value(a[name], b[name], f"{key}/{name}")
        elif isinstance(a, (str, bytes)) or getattr(getattr(a, "dtype", None), "kind", "O") in "OSUb" or isinstance(a, pd.api.extensions.ExtensionArray):
            text = lambda v: [x.decode() if isinstance(x, bytes) else str(x) for x in np.atleast_1d(np.asarray(v, dtype=object)).ravel()]
            self.assertEqual(text(a), text(b), key)
        else:
            np.testing.assert_array_equal(np.asarray(a), np.asarray(b), key)

    def assert_same(self, a, b):
        self.assert_frame(a.obs, b.obs, "obs")
        self.assert_frame(a.var, b.var, "var")
        self.assertEqual(a.shape, b.shape)
        self.assertEqual(a.X is None, b.X is None)
        if a.X is not None:
            self.assert_matrix(a.X, b.X, "X")
        for slot in ("layers", "obsm", "varm", "obsp", "varp"):
            self.assertLessEqual(set(getattr(a, slot)), set(getattr(b, slot)), slot)
            for key, value in getattr(a, slot).items():
                compare = self.assert_frame if isinstance(value, pd.DataFrame) else self.assert_matrix
                compare(value, getattr(b, slot)[key], f"{slot}/{key}")
        self.assertEqual(a.raw is None, b.raw is None)
        if a.raw is not None:
            self.assert_matrix(a.raw.X, b.raw.X, "raw/X")
            self.assert_frame(a.raw.var, b.raw.var, "raw/var")
        self.assert_value(dict(a.uns), dict(b.uns), "/uns")

    def test_anndata_reads_what_was_written(self):
        if not (SHARED / "data").exists():
            self.skipTest("no shared data")
        names = [line.split("\t")[0] for line in TABLE.read_text().splitlines() if "\tloads\t" in line]
        self.assertGreater(len(names), 60)
        with tempfile.TemporaryDirectory() as folder:
            target = os.path.join(folder, "out.h5ad")
            for name in names:
                path = SHARED / "data" / name
                before = original(path)
                h5ad = path.suffix == ".h5ad"
                opaque = tool("read", path)["opaque"]
                # Copied from the origin, and written from memory alone; the large ones only the harder way.
                ways = ((),) if not h5ad else (("--forget",),) if path.stat().st_size > 2e6 else ((), ("--forget",))
                for options in ways:
                    with self.subTest(file=name, options=options):
                        self.left_out = set(opaque) if options else set()
                        self.assertEqual(tool("write", path, target, *options)["code"], 0)
                        after = anndata.read_h5ad(target)
                        if h5ad:
                            self.assert_same(before, after)
                        else:
                            self.assertEqual(before.shape, after.shape)
                            self.assert_matrix(before.X, after.X, "X")
                            if before.var_names[0] == "0":
                                continue  # read without names
                            genes = before.var.get("probe_ids", before.var_names)
                            self.assertEqual(list(before.obs_names), list(after.obs_names))
                            self.assertEqual(list(genes), list(after.var_names))


unittest.main(warnings="ignore")
