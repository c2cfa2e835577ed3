"""Abuse of the HDF5 container around an h5ad: each is read as documented or refused by name (formats.md 1.2 to 1.4).
Usage: h5ad_container_test.py H5AD_TOOL"""
import os
import tempfile
import unittest

import h5py
import numpy as np

from h5ad_cases import Hostile, case, read, skeleton, sparse


@case("external link where it is needed", 3, type="external-link")
def _(file):
    skeleton(file)
    file["X"] = h5py.ExternalLink("/etc/passwd", "/X")


@case("external link where it is not", 0, warnings={"element-skipped": 2})
def _(file):
    skeleton(file)
    file["uns/away"] = h5py.ExternalLink("other.h5", "/")
    file["obsm/away"] = h5py.ExternalLink("other.h5", "/")


@case("soft links within the file", 0, lambda t, o: t.assertEqual(o["x"], [1.0] * 12))
def _(file):
    skeleton(file)
    file["layers/counts"] = np.ones((3, 4))
    file["X"] = h5py.SoftLink("/layers/counts")


@case("soft link in a circle", 3, type="hdf5-failure")
def _(file):
    skeleton(file)
    file["X"] = h5py.SoftLink("/Y")
    file["Y"] = h5py.SoftLink("/X")


@case("group that holds itself", 3, type="link-cycle")
def _(file):
    skeleton(file)
    file.create_group("uns/a/b")
    file["uns/a/b/again"] = file["uns/a"]


@case("groups nested too deeply", 3, type="too-deep")
def _(file):
    skeleton(file)
    file.create_group("uns/" + "/".join("d" * 40))


@case("virtual dataset", 3, type="virtual-dataset")
def _(file):
    skeleton(file)
    layout = h5py.VirtualLayout((3, 4), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "X", (3, 4))
    file.create_virtual_dataset("X", layout)


@case("external storage", 3, type="external-storage")
def _(file):
    skeleton(file)
    file.create_dataset("X", (3, 4), "f4", external=[("/etc/passwd", 0, 48)])


@case("far more declared than stored", 3, type="inflation-too-large")
def _(file):
    skeleton(file, 3, 4)
    file.create_dataset("layers/bomb", (2**20, 2**12), "f4", chunks=(64, 64))
    sparse(file, data=None, indices=None, indptr=(0, 0, 0, 2**40))
    for name in ("data", "indices"):
        file["X"].create_dataset(name, (2**40,), "i4", chunks=(1024,))


@case("chunk beyond the cap", 3, type="chunk-too-large")
def _(file):
    skeleton(file)
    file.create_dataset("X", (3, 4), "f8", chunks=(3, 4), maxshape=(None, None))
    del file["X"]
    file.create_dataset("X", (3, 4), "f8", chunks=(2**14, 2**14), maxshape=(None, None))


@case("rank beyond the cap", 3, type="rank-too-large")
def _(file):
    skeleton(file)
    file["uns/deep"] = np.zeros((1,) * 9)


@case("variable-length numbers where they are not needed", 0, warnings={"element-skipped": 1})
def _(file):
    skeleton(file)
    file.create_dataset("uns/ragged", (2,), h5py.vlen_dtype(np.int32))[0] = [1, 2]


def filtered(number):
    @case(f"filter {number}", 3, type="filter-not-supported")
    def build(file):
        skeleton(file)
        plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plan.set_chunk((3, 4))
        plan.set_filter(number, h5py.h5z.FLAG_OPTIONAL, ())
        h5py.h5d.create(file.id, b"X", h5py.h5t.NATIVE_FLOAT, h5py.h5s.create_simple((3, 4)), plan)


for number in (5, 6, 307, 32008, 32026, 40000):  # nbit, scaleoffset, bzip2, bitshuffle, blosc2, nobody's
    filtered(number)


@case("object references as values", 3, type="type-not-supported")
def _(file):
    skeleton(file)
    file["X"] = np.full((3, 4), file["obs"].ref, dtype=h5py.ref_dtype)


@case("references where they are not needed", 0, warnings={"element-skipped": 2})
def _(file):
    skeleton(file)
    file["uns/objects"] = np.full(2, file["obs"].ref, dtype=h5py.ref_dtype)
    file["uns/regions"] = np.full(2, file["obs/_index"].regionref[:1], dtype=h5py.regionref_dtype)


@case("categories by region reference", 3, type="attribute-type")
def _(file):
    skeleton(file)
    file["obs/kind"] = [0, 0, 0]
    file["obs/kind"].attrs["categories"] = file["obs/_index"].regionref[:1]
    file["obs"].attrs["column-order"] = ["kind"]


class UserBlock(unittest.TestCase):
    def test_the_signature_is_searched(self):
        for size in (512, 1024, 8192):
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "a.h5ad")
                with h5py.File(path, "w", userblock_size=size) as file:
                    skeleton(file)
                    file["X"] = np.ones((3, 4))
                with open(path, "r+b") as file:
                    file.write(b"a banner")
                self.assertEqual(read(path)[0]["x"], [1.0] * 12)


unittest.main()
