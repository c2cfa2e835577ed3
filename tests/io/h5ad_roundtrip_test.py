"""Round trips through anndata: what lexicell writes, anndata reads with equal values; what lexicell does not understand
survives (users.md T15, formats.md 3). Usage: h5ad_roundtrip_test.py H5AD_TOOL"""
import json
import os
import subprocess
import sys
import tempfile
import unittest
import warnings

import anndata
import h5py
import numpy as np
import pandas as pd
import scipy.sparse as sp

warnings.simplefilter("ignore")
TOOL = sys.argv.pop(1)


def write(source, target, *options):
    run = subprocess.run([TOOL, "write", source, target, *options], capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


def structure(item, path=""):
    """Every object below `item` as {path: (attributes, dtype, filters, values)}."""
    out = {}
    attributes = {k: (v.tolist() if isinstance(v, np.ndarray) else v) for k, v in item.attrs.items() if not isinstance(v, h5py.Reference)}
    if isinstance(item, h5py.Dataset):
        values = None if item.shape is None else item[()]
        values = values.tolist() if hasattr(values, "tolist") else values
        out[path] = (attributes, str(item.dtype), item.compression, repr(values))
    else:
        out[path] = (attributes, None, None, None)
        for key in item:
            out.update(structure(item[key], f"{path}/{key}"))
    return out


def dense(matrix):
    return matrix.toarray() if sp.issparse(matrix) else np.asarray(matrix)


def random_anndata(seed):
    random = np.random.default_rng(seed)
    n, g = random.integers(1, 30), random.integers(1, 20)
    make = {0: sp.csr_matrix, 1: sp.csc_matrix, 2: np.asarray}
    def matrix(rows, cols, dtype=None):
        values = random.poisson(1.0, (rows, cols)).astype(dtype or random.choice(["f4", "f8", "i4", "i8", "u2"]))
        return make[int(random.integers(3))](values)
    obs = pd.DataFrame(index=[f"cell {i} é" for i in range(n)])
    obs["group"] = pd.Categorical(random.choice(["a", "b", None], n))
    obs["level"] = pd.Categorical(random.integers(0, 3, n), categories=[0, 1, 2, 3], ordered=True)
    obs["count"] = random.integers(-5, 5, n)
    obs["small"] = random.integers(0, 5, n).astype("u1")
    obs["score"] = random.normal(size=n).astype("f4")
    obs["holes"] = np.where(random.random(n) < 0.5, np.nan, 1.0)
    obs["flag"] = random.random(n) < 0.5
    obs["maybe"] = pd.array(random.choice([1, 2, None], n), dtype="Int64")
    obs["perhaps"] = pd.array(random.choice([True, False, None], n), dtype="boolean")
    obs["name"] = [f"text {i}" for i in range(n)]
    var = pd.DataFrame({"length": random.integers(0, 99, g)}, index=pd.Index([f"g{i}" for i in range(g)], name="gene"))
    data = anndata.AnnData(matrix(n, g), obs=obs, var=var)
    data.layers["counts"] = matrix(n, g)
    data.obsm["X_pca"] = random.normal(size=(n, 3))
    data.obsm["table"] = pd.DataFrame({"x": random.normal(size=n), "c": pd.Categorical(random.choice(["p", "q"], n))}, index=obs.index)
    data.obsm["sparse"] = sp.csr_matrix(random.poisson(0.3, (n, 4)).astype("f4"))
    data.varm["PCs"] = random.normal(size=(g, 2)).astype("f4")
    data.obsp["distances"] = sp.csr_matrix(random.poisson(0.2, (n, n)).astype("f8"))
    data.varp["net"] = random.normal(size=(g, g))
    data.uns["nested"] = {"deep": {"number": 3, "real": 2.5, "text": "é", "flag": np.bool_(True), "list": np.arange(3)}, "words": np.array(["a", "bb"], dtype=object)}
    data.uns["table"] = pd.DataFrame({"a": [1, 2]}, index=["x", "y"])
    data.uns["graph"] = sp.csc_matrix(np.eye(3))
    data.uns["levels"] = pd.Categorical(["u", "v", "u"])
    data.uns["ranked"] = np.rec.fromarrays([np.array(["g1", "g2"], dtype=object), np.array([1.5, 2.5], "f4")], names=["name", "score"])
    data.raw = anndata.AnnData(matrix(n, g + 2, "f4"), obs=obs[[]], var=pd.DataFrame(index=[f"r{i}" for i in range(g + 2)]))
    return data


class RoundTrip(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.source, self.target = (os.path.join(self.folder.name, name) for name in ("in.h5ad", "out.h5ad"))

    def assert_frames(self, left, right, columns=None):
        self.assertEqual(list(left.index), list(right.index))
        for name in columns if columns is not None else left.columns:
            a, b = left[name], right[name]
            self.assertEqual(list(a.isna()), list(b.isna()), name)
            if pd.api.types.is_float_dtype(a.dtype):
                np.testing.assert_array_equal(a.to_numpy(dtype=float), b.to_numpy(dtype=float))
            else:
                self.assertEqual([str(v) for v in a[~a.isna()]], [str(v) for v in b[~b.isna()]], name)
            if isinstance(a.dtype, pd.CategoricalDtype):
                a, b = a.cat.remove_unused_categories(), b.cat.remove_unused_categories()  # anndata does it when it cuts
                self.assertEqual([str(c) for c in a.cat.categories], [str(c) for c in b.cat.categories], name)
                self.assertEqual(a.cat.ordered, b.cat.ordered, name)

    def assert_same(self, left, right):
        for name in ("obs", "var"):
            a, b = getattr(left, name), getattr(right, name)
            self.assertEqual(list(a.columns), list(b.columns)[: len(a.columns)])
            self.assert_frames(a, b)
        self.assertEqual(left.X is None, right.X is None)
        if left.X is not None:
            np.testing.assert_array_equal(dense(left.X).astype("f4"), dense(right.X).astype("f4"))
        for slot in ("layers", "obsm", "varm", "obsp", "varp"):
            for key, value in getattr(left, slot).items():
                other = getattr(right, slot)[key]
                if isinstance(value, pd.DataFrame):
                    self.assert_frames(value, other)
                else:
                    np.testing.assert_array_equal(dense(value).astype("f4"), dense(other).astype("f4"), f"{slot}/{key}")
        self.assertEqual(left.raw is None, right.raw is None)
        if left.raw is not None:
            np.testing.assert_array_equal(dense(left.raw.X).astype("f4"), dense(right.raw.X).astype("f4"))
            self.assertEqual(list(left.raw.var_names), list(right.raw.var_names))

    def assert_added(self, data):
        n = data.n_obs
        self.assertEqual(list(data.obs["lexicell_label"]), ["B cell" if i % 2 else "Unassigned" for i in range(n)])
        self.assertEqual(list(data.obs["lexicell_confidence"]), [0.5 + i for i in range(n)])
        self.assertEqual([None if pd.isna(v) else int(v) for v in data.obs["lexicell_rank"]], [None if i == 1 else i for i in range(n)])
        self.assertTrue(data.var["lexicell_known"].all())
        np.testing.assert_array_equal(data.obsm["X_scilama"][:, 0], np.arange(n))
        self.assertEqual(data.obsp["lexicell"].nnz, 0)
        self.assertEqual(list(data.uns["lexicell_runs"]), ['{"a": 1}', "{}"])
        self.assertEqual((data.uns["nested"]["fresh"], bool(data.uns["nested"]["flag"]), data.uns["nested"]["count"]), (2.5, True, 7))
        names = data.uns["rank_genes_groups"]["names"]
        self.assertEqual((names.dtype.names, names["a"][1], names["b"][0]), (("a", "b"), "g2", "g3"))

    def test_everything_is_copied_as_it_was(self):
        for seed in range(3):
            random_anndata(seed).write_h5ad(self.source, compression=[None, "gzip", "lzf"][seed % 3])
            self.assertEqual(write(self.source, self.target)["code"], 0)
            with h5py.File(self.source) as a, h5py.File(self.target) as b:
                left, right = structure(a), structure(b)
                self.assertEqual(sorted(left), sorted(right))
                for key in left:
                    self.assertEqual(left[key], right[key], key)

    def test_additions_lie_beside_what_was_there(self):
        for seed in range(3):
            data = random_anndata(seed)
            data.write_h5ad(self.source)
            self.assertEqual(write(self.source, self.target, "--add")["code"], 0)
            after = anndata.read_h5ad(self.target)
            self.assert_same(anndata.read_h5ad(self.source), after)
            self.assert_added(after)
            self.assertEqual(after.uns["nested"]["deep"]["number"], 3)
            self.assertTrue(after.uns["levels"].equals(data.uns["levels"]))

    def test_cut_axes(self):
        for seed in range(3):
            data = random_anndata(seed)
            data.write_h5ad(self.source)
            data = anndata.read_h5ad(self.source)
            cells, genes = [data.n_obs - 1] + list(range(data.n_obs // 2))[: data.n_obs - 1], [0]
            self.assertEqual(write(self.source, self.target, "--cells", ",".join(map(str, cells)), "--genes", "0", "--add")["code"], 0)
            after = anndata.read_h5ad(self.target)
            expected = data[cells][:, genes].copy()
            self.assert_same(expected, after)
            self.assert_added(after)
            self.assertTrue(after.uns["levels"].equals(data.uns["levels"]))

    def test_from_memory_alone(self):
        for seed in range(3):
            random_anndata(seed).write_h5ad(self.source)
            self.assertEqual(write(self.source, self.target, "--forget")["code"], 0)
            self.assert_same(anndata.read_h5ad(self.source), anndata.read_h5ad(self.target))
            with h5py.File(self.target) as file:
                self.assertEqual(file["obs/name"].attrs["encoding-type"], "string-array")
                self.assertEqual(file["obs/group"].attrs["encoding-type"], "categorical")
                for part in ("indices", "indptr"):
                    self.assertEqual(file["obsp/distances"][part].dtype, "i4")

    def test_unknown_elements_survive(self):
        random_anndata(3).write_h5ad(self.source)
        with h5py.File(self.source, "a") as file:
            awkward = file.create_group("uns/awkward")
            awkward.attrs.update({"encoding-type": "awkward-array", "encoding-version": "0.1.0", "form": "{}", "length": 2})
            awkward["node0-offsets"] = np.arange(3)
            group = file["obsm"].create_group("ragged")
            group.attrs.update({"encoding-type": "awkward-array", "encoding-version": "0.1.0", "form": "{}", "length": 2})
            group["node1-data"] = np.arange(4.0)
            file["uns/complex"] = np.array([1 + 2j])
            file.create_group("strangers")["x"] = [1, 2]
            column = file.create_group("obs/future")
            column.attrs.update({"encoding-type": "interval", "encoding-version": "9.9"})
            column["left"] = np.arange(file["obs/count"].size)
            file["obs"].attrs["column-order"] = list(file["obs"].attrs["column-order"]) + ["future"]
        outcome = write(self.source, self.target, "--add")
        self.assertEqual(outcome["code"], 0)
        with h5py.File(self.source) as a, h5py.File(self.target) as b:
            for key in ("uns/awkward", "obsm/ragged", "uns/complex", "strangers", "obs/future"):
                self.assertEqual(structure(a[key]), structure(b[key]), key)
            self.assertIn("future", list(b["obs"].attrs["column-order"]))
        outcome = write(self.source, self.target, "--cells", "0")
        self.assertEqual((outcome["code"], outcome["warnings"]["element-dropped"] > 0), (0, True))
        with h5py.File(self.target) as b:
            self.assertNotIn("ragged", b["obsm"])
            self.assertNotIn("future", b["obs"])
            self.assertIn("awkward", b["uns"])
            self.assertIn("strangers", b)

    def test_compatibility(self):
        """The default file holds nothing that anndata before 0.11 refuses (formats.md 3.1)."""
        data = random_anndata(5)
        data.obs["words"] = pd.array([None] + [f"w{i}" for i in range(data.n_obs - 1)], dtype="string")
        data.uns["none"] = {"inner": None, "kept": 1}
        with anndata.settings.override(allow_write_nullable_strings=True):
            data.write_h5ad(self.source, convert_strings_to_categoricals=False)
        with h5py.File(self.source) as file:
            self.assertEqual(file["obs/words"].attrs["encoding-type"], "nullable-string-array")
            self.assertEqual(file["uns/none/inner"].attrs["encoding-type"], "null")
        for options, words, has_null in (((), "categorical", False), (("--compat", "0.12"), "nullable-string-array", True)):
            self.assertEqual(write(self.source, self.target, *options)["code"], 0)
            with h5py.File(self.target) as file:
                self.assertEqual(file["obs/words"].attrs["encoding-type"], words)
                self.assertEqual("inner" in file["uns/none"], has_null)
                self.assertEqual(file["uns/none/kept"][()], 1)
            after = anndata.read_h5ad(self.target)
            self.assertEqual(list(after.obs["words"].isna()), [True] + [False] * (data.n_obs - 1))

    def test_many_columns(self):
        """column-order above 64 KB needs dense attribute storage (formats.md 2.2)."""
        names = [f"column {i}" for i in range(4200)]
        with h5py.File(self.source, "w", libver="latest") as file:
            file.attrs.update({"encoding-type": "anndata", "encoding-version": "0.1.0"})
            for axis, columns in (("obs", names), ("var", [])):
                frame = file.create_group(axis)
                frame.attrs.update({"encoding-type": "dataframe", "encoding-version": "0.2.0", "_index": "_index"})
                frame.attrs.create("column-order", columns, dtype=h5py.string_dtype())
                frame["_index"] = np.array(["a"], dtype=object)
                for name in columns:
                    frame[name] = [1]
        self.assertEqual(write(self.source, self.target, "--forget")["code"], 0)
        with h5py.File(self.target) as file:
            self.assertEqual(list(file["obs"].attrs["column-order"]), names)

    def test_odd_names(self):
        """Keys that HDF5 or anndata cannot hold are renamed, not lost (formats.md 3, rule 7)."""
        anndata.AnnData(np.ones((2, 2), "f4"), obs=pd.DataFrame({"plain": [1, 2]}, index=["a", "b"])).write_h5ad(self.source)
        with h5py.File(self.source, "a") as file:
            file["obs/ratio a/b"] = [0.5, 0.25]
            file["obs"].attrs["column-order"] = ["plain", "ratio a/b"]
        for options in ((), ("--forget",)):
            outcome = write(self.source, self.target, *options)
            self.assertEqual((outcome["code"], outcome["warnings"]), (0, {"key-renamed": 1}))
            self.assertEqual(list(anndata.read_h5ad(self.target).obs["ratio a_b"]), [0.5, 0.25])


unittest.main(warnings="ignore")
