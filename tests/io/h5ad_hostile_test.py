"""Malformed, abusive and merely odd content of h5ad: each is read as documented or refused by name (users.md T12, T14;
formats.md 2.1, 2.2). Usage: h5ad_hostile_test.py H5AD_TOOL"""
import unittest

import h5py
import numpy as np

from h5ad_cases import TEXT, Hostile, case, frame, skeleton, sparse


def sparse_case(name, type, **parts):
    @case(name, 3, type=type)
    def build(file):
        skeleton(file)
        sparse(file, **parts)


# ---- T14: sparse abuse ----
sparse_case("index too large", "sparse-index-out-of-range", indices=(0, 4, 1))
sparse_case("index negative", "sparse-index-out-of-range", indices=(0, -1, 1))
sparse_case("index far too large", "sparse-index-out-of-range", indices=(0, 2**31 - 1, 1))
sparse_case("index beyond 32 bits", "value-out-of-range", indices=np.array([0, 2**33, 1]))
sparse_case("index unsigned beyond 64 bits", "value-out-of-range", indices=np.array([0, 2**64 - 1, 1], "u8"))
sparse_case("index fractional", "value-out-of-range", indices=np.array([0, 1.5, 1]))
sparse_case("indptr decreasing", "sparse-indptr-decreasing", indptr=(0, 2, 1, 3))
sparse_case("indptr negative", "sparse-indptr-decreasing", indptr=(0, -2, 2, 3))
sparse_case("indptr does not start at 0", "sparse-indptr-start", indptr=(1, 2, 2, 3))
sparse_case("indptr ends early", "sparse-indptr-end", indptr=(0, 2, 2, 2))
sparse_case("indptr ends late", "sparse-indptr-end", indptr=(0, 2, 2, 4))
sparse_case("indptr at 2^31", "sparse-indptr-end", indptr=(0, 2, 2, 2**31))
sparse_case("indptr at 2^62", "sparse-indptr-end", indptr=(0, 2, 2, 2**62))
sparse_case("indptr unsigned overflow", "value-out-of-range", indptr=np.array([0, 2, 2, 2**64 - 1], "u8"))
sparse_case("indptr too short", "sparse-indptr-length", indptr=(0, 2, 3))
sparse_case("indptr too long", "sparse-indptr-length", indptr=(0, 2, 2, 3, 3))
sparse_case("indptr empty", "sparse-indptr-length", indptr=())
sparse_case("lengths differ", "sparse-lengths", indices=(0, 2))
sparse_case("data of two dimensions", "sparse-rank", data=np.ones((3, 1), "f4"))
sparse_case("no data", "missing-element", data=None)
sparse_case("no indices", "missing-element", indices=None)
sparse_case("no indptr", "missing-element", indptr=None)
sparse_case("no shape", "sparse-shape", shape=None)
sparse_case("shape of one size", "sparse-shape", shape=(3,))
sparse_case("shape negative", "sparse-shape", shape=(3, -4))
sparse_case("shape overflows", "sparse-shape", shape=(2**40, 2**40))
sparse_case("shape beyond 32 bits", "matrix-too-wide", shape=(3, 2**33))
sparse_case("shape does not fit the axes", "matrix-shape", shape=(3, 5))
sparse_case("csc index too large", "sparse-index-out-of-range", form="csc_matrix", indices=(0, 2, 3), indptr=(0, 2, 2, 3, 3))
sparse_case("unknown encoding", "encoding-not-supported", form="bsr_matrix")


@case("unsorted indices", 0, lambda t, o: t.assertEqual(o["x"], [5, 0, 7, 0] + [0] * 8))
def _(file):
    skeleton(file)
    sparse(file, data=(7, 5), indices=(2, 0), indptr=(0, 2, 2, 2))


@case("duplicates are summed", 0, lambda t, o: t.assertEqual((o["x"][:4], o["stored"]), ([1, 0, 12, 0], 2)), warnings={"duplicate-entries": 2, "empty-cells": 2})
def _(file):
    skeleton(file)
    sparse(file, data=(3, 1, 4, 5), indices=(2, 0, 2, 2), indptr=(0, 4, 4, 4))


@case("csc duplicates and disorder", 0, lambda t, o: t.assertEqual(o["x"], [0, 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0]), warnings={"duplicate-entries": 1, "empty-cells": 1})
def _(file):
    skeleton(file)
    sparse(file, data=(2, 1, 3), indices=(2, 1, 1), indptr=(0, 3, 3, 3, 3), form="csc_matrix")


@case("small unsigned indices", 0, lambda t, o: t.assertEqual(o["x"][:4], [1, 0, 2, 0]))
def _(file):
    skeleton(file)
    sparse(file, indices=np.array([0, 2, 1], "u1"), indptr=np.array([0, 2, 2, 3], "u2"))


@case("explicit zeros are kept", 0, lambda t, o: t.assertEqual(o["stored"], 3))
def _(file):
    skeleton(file)
    sparse(file, data=(0, 1, 1))


@case("integers beyond float32", 0, warnings={"values-rounded": 1})
def _(file):
    skeleton(file)
    sparse(file, data=np.array([2**24 + 1, 2, 3]), indptr=(0, 1, 2, 3))


@case("reals beyond float32", 0, warnings={"values-beyond-float32": 1, "infinite-values": 1})
def _(file):
    skeleton(file)
    sparse(file, data=np.array([1e300, 2, 3]), indptr=(0, 1, 2, 3))


@case("NaN and infinite values", 0, warnings={"nan-values": 1, "infinite-values": 1})
def _(file):
    skeleton(file)
    sparse(file, data=np.array([np.nan, np.inf, 3]), indptr=(0, 1, 2, 3))


# ---- T12: names and sizes ----
def sized(cells, genes):
    @case(f"{cells} x {genes} dense", 0, lambda t, o: t.assertEqual((o["cells"], o["genes"], o.get("x")), (cells, genes, [1.0] * (cells * genes))))
    def build(file):
        skeleton(file, cells, genes)
        file["X"] = np.ones((cells, genes), "f4")

    @case(f"{cells} x {genes} sparse", 0, lambda t, o: t.assertEqual((o["cells"], o["genes"], o["stored"]), (cells, genes, 0)))
    def build_sparse(file):
        skeleton(file, cells, genes)
        sparse(file, (), (), [0] * (cells + 1), (cells, genes))


for size in ((0, 3), (3, 0), (0, 0), (1, 1), (1, 5), (5, 1)):
    sized(*size)


@case("vector for a single gene", 0, lambda t, o: t.assertEqual(o["x"], [1, 2, 3]))
def _(file):
    skeleton(file, 3, 1)
    file["X"] = np.array([1.0, 2.0, 3.0])


@case("duplicate names", 0, warnings={"duplicate-cells": 2, "duplicate-genes": 1})
def _(file):
    skeleton(file, obs=["a", "a", "a"], var=["x", "y", "x"])


@case("empty and nan names", 0, lambda t, o: t.assertEqual(o["var"]["index"], ["", "nan", "NaN", "None"]))
def _(file):
    skeleton(file, var=["", "nan", "NaN", "None"])


@case("names that are not UTF-8", 0, lambda t, o: t.assertEqual(o["var"]["index"], ["g\ufffdne", "ok"]), warnings={"text-not-utf8": 1})
def _(file):
    skeleton(file)
    del file["var/_index"]
    file["var/_index"] = np.array([b"g\xe9ne", b"ok"], "S4")


@case("a gene name of 10 MB", 0, lambda t, o: t.assertEqual(o["genes"], 2))
def _(file):
    skeleton(file, var=["x" * 10_000_000, "y"])


@case("a gene name of 20 MB", 3, type="text-too-long")
def _(file):
    skeleton(file, var=["x" * 20_000_000, "y"])


@case("fixed names padded with blanks", 0, lambda t, o: t.assertEqual(o["var"]["index"], ["a", "bc"]))
def _(file):
    skeleton(file)
    del file["var/_index"]
    kind = h5py.h5t.C_S1.copy()
    kind.set_size(4)
    kind.set_strpad(h5py.h5t.STR_SPACEPAD)
    dataset = h5py.h5d.create(file["var"].id, b"_index", kind, h5py.h5s.create_simple((2,)))
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([b"a   ", b"bc  "], "S4"), mtype=kind)


@case("numeric index", 0, lambda t, o: t.assertEqual(o["obs"]["index"], ["7", "8", "9"]))
def _(file):
    skeleton(file)
    del file["obs/_index"]
    file["obs/_index"] = [7, 8, 9]


@case("nullable text index", 0, lambda t, o: t.assertEqual(o["obs"]["index"], ["a", "b", "c"]))
def _(file):
    skeleton(file)
    del file["obs/_index"]
    group = file["obs"].create_group("_index")
    group.attrs.update({"encoding-type": "nullable-string-array", "encoding-version": "0.1.0", "na-value": "strange"})
    group.create_dataset("values", data=["a", "b", "c"], dtype=TEXT)
    group["mask"] = np.zeros(3, bool)


# ---- tables ----
@case("attributes of other writers", 0, lambda t, o: t.assertEqual(o["x"], [1.0] * 12))
def _(file):
    skeleton(file)
    file["X"] = np.ones((3, 4))
    for item in (file, file["obs"], file["var"]):
        for name in list(item.attrs):
            if name.startswith(("encoding", "_index")):
                text = item.attrs[name]
                del item.attrs[name]
                item.attrs[name] = np.array([text.encode()], "S12")
    file.attrs["encoding-type"] = "AnnData"


def frame_case(name, type, change):
    @case(name, 3, type=type)
    def build(file):
        skeleton(file)
        change(file)


def categorical(file, codes, categories=("x", "y"), key="kind"):
    group = file["obs"].create_group(key)
    group.attrs.update({"encoding-type": "categorical", "encoding-version": "0.2.0", "ordered": False})
    group["codes"] = np.array(codes)
    group.create_dataset("categories", data=list(categories), dtype=TEXT) if len(categories) else group.create_dataset("categories", shape=(0,), dtype=TEXT)
    file["obs"].attrs["column-order"] = [key]
    return group


frame_case("no obs", "hdf5-without-cells", lambda f: f.__delitem__("obs"))
frame_case("index missing", "missing-element", lambda f: f["obs"].__delitem__("_index"))
frame_case("index not named", "frame-index", lambda f: f["obs"].attrs.__delitem__("_index"))
frame_case("columns not listed", "column-order", lambda f: f["obs"].attrs.__delitem__("column-order"))
frame_case("listed column missing", "missing-column", lambda f: f["obs"].attrs.__setitem__("column-order", ["ghost"]))
frame_case("column too short", "column-length", lambda f: (f["obs"].__setitem__("n", [1, 2]), f["obs"].attrs.__setitem__("column-order", ["n"])))
frame_case("column listed twice", "duplicate-column", lambda f: (f["obs"].__setitem__("n", [1, 2, 3]), f["obs"].attrs.__setitem__("column-order", ["n", "n"])))
frame_case("category code too large", "category-code", lambda f: categorical(f, [0, 1, 2]))
frame_case("category code below -1", "category-code", lambda f: categorical(f, [0, 1, -2]))
frame_case("category code fractional", "value-out-of-range", lambda f: categorical(f, [0, 1, 0.5]))
frame_case("categories missing", "missing-element", lambda f: categorical(f, [0, 1, 0]).__delitem__("categories"))
frame_case("X too wide", "matrix-shape", lambda f: f.__setitem__("X", np.ones((3, 5))))
frame_case("X too flat", "encoding-not-supported", lambda f: f.__setitem__("X", 1.0))
frame_case("X with three dimensions", "encoding-not-supported", lambda f: f.__setitem__("X", np.ones((3, 4, 1))))
frame_case("layer too small", "matrix-shape", lambda f: f.__setitem__("layers/a", np.ones((3, 3))))
frame_case("obsm too short", "axis-length", lambda f: f.__setitem__("obsm/a", np.ones((2, 3))))
frame_case("obsp not square", "matrix-shape", lambda f: f.__setitem__("obsp/a", np.ones((3, 4))))
frame_case("raw twice", "raw-twice", lambda f: (f.create_group("raw"), f.create_group("raw.X")))
frame_case("unknown version of obs", "encoding-not-supported", lambda f: f["obs"].attrs.__setitem__("encoding-version", "7.0"))
frame_case("root of another kind", "encoding-not-supported", lambda f: f.attrs.__setitem__("encoding-type", "spatialdata"))
frame_case("h5mu", "h5mu-not-supported", lambda f: f.create_group("mod"))


@case("codes of every integer type", 0, lambda t, o: t.assertEqual([c[0] for c in o["obs"]["columns"].values()], ["y"] * 8))
def _(file):
    skeleton(file, 1)
    names = []
    for kind in ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"):
        categorical(file, np.array([1], kind), key=kind)
        names.append(kind)
    file["obs"].attrs["column-order"] = names


@case("all codes missing, no categories", 0, lambda t, o: t.assertEqual(o["obs"]["columns"]["kind"], [None] * 3))
def _(file):
    skeleton(file)
    categorical(file, [-1, -1, -1], ())


@case("column that nobody listed", 0, warnings={"column-not-listed": 1})
def _(file):
    skeleton(file)
    file["obs/stray"] = [1, 2, 3]


@case("column of an unknown kind", 0, lambda t, o: t.assertEqual(o["opaque"], ["/obs/when"]), warnings={"element-skipped": 1})
def _(file):
    skeleton(file)
    group = file["obs"].create_group("when")
    group.attrs.update({"encoding-type": "datetime", "encoding-version": "0.1.0"})
    file["obs"].attrs["column-order"] = ["when"]


@case("committed datatypes are read through and skipped", 0, lambda t, o: t.assertEqual((o["x"], o["obs"]["columns"]["n"]), ([2.0] * 12, ["1", "2", "3"])))
def _(file):
    skeleton(file)
    file["kind"] = np.dtype("f8")
    file["obs/__TYPES__"] = np.dtype("i4")
    file.create_dataset("X", data=np.full((3, 4), 2.0), dtype=file["kind"])
    file["obs"].create_dataset("n", data=[1, 2, 3], dtype=file["obs/__TYPES__"])
    file["obs"].attrs["column-order"] = ["n"]


@case("legacy categories of another table", 3, type="category-reference")
def _(file):
    skeleton(file)
    file["elsewhere"] = np.array(["x"], dtype=object)
    file["obs/kind"] = [0, 0, 0]
    file["obs/kind"].attrs["categories"] = file["elsewhere"].ref
    file["obs"].attrs["column-order"] = ["kind"]


def oldest(file):
    """A file of v0.6 or before whose column `kind` has its level names in uns."""
    skeleton(file)
    for name in list(file.attrs):
        del file.attrs[name]
    file.create_dataset("uns/kind_categories", data=["x", "y"], dtype=TEXT)
    file["obs"].attrs["column-order"] = ["kind"]


@case("oldest categories", 0, lambda t, o: t.assertEqual(o["obs"]["columns"]["kind"], ["x", "y", None]))
def _(file):
    oldest(file)
    file["obs/kind"] = np.array([0, 1, -1], "i1")


@case("oldest code beyond 32 bits", 3, type="category-code")
def _(file):
    oldest(file)
    file["obs/kind"] = [0, 2**32, 0]


@case("oldest codes with a mask", 0, lambda t, o: t.assertEqual(o["obs"]["columns"]["kind"], ["x", "y", "x"]))
def _(file):
    oldest(file)
    group = file["obs"].create_group("kind")
    group.attrs.update({"encoding-type": "nullable-integer", "encoding-version": "0.1.0"})
    group["values"] = [0, 1, 0]
    group["mask"] = np.zeros(3, bool)


@case("null elements", 0, lambda t, o: t.assertEqual(o.get("x"), None))
def _(file):
    skeleton(file)
    file["X"] = h5py.Empty("f4")
    file["X"].attrs.update({"encoding-type": "null", "encoding-version": "0.1.0"})
    file["uns/log1p/base"] = h5py.Empty("f4")


unittest.main()
