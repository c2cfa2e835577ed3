"""X in every dtype, layout and compression: right or a typed refusal (users.md T11). Usage: h5ad_dtypes_test.py H5AD_TOOL"""
import json
import os
import struct
import subprocess
import sys
import tempfile
import unittest

import h5py
import numcodecs
import numpy as np
import scipy.sparse as sp

TOOL = sys.argv.pop(1)
DTYPES = ["u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8", ">i4", ">u2", ">f4", ">f8", "bool", "c8", "text"]
FORMS = ["dense", "csr", "csc"]
FILTERS = ["none", "chunked", "gzip", "shuffle", "fletcher32", "lzf", "zstd", "lz4", "blosc", "scaleoffset", "bitshuffle"]
REFUSED_FILTERS = {"scaleoffset", "bitshuffle"}
VALUES = np.array([[0, 1, 0, 5], [2, 0, 0, 0], [0, 0, 0, 0], [0, 3, 1, 0], [100, 0, 0, 7]])


def lz4_chunk(data):
    body = numcodecs.lz4.compress(data)[4:]  # numcodecs puts the size in front
    if len(body) >= len(data):
        body = data
    return struct.pack(">QII", len(data), len(data), len(body)) + body


PACKERS = {"zstd": (32015, lambda data: numcodecs.zstd.compress(data, 3)), "lz4": (32004, lz4_chunk),
           "blosc": (32001, lambda data: numcodecs.blosc.compress(data, b"lz4", 5, 1)), "bitshuffle": (32008, bytes)}


def put(group, name, values, form):
    """A dataset stored the way `form` says; filters that h5py lacks are applied by hand, chunk by chunk."""
    chunks = tuple(max(1, (n + 1) // 2) for n in values.shape)
    if form == "none" or values.size == 0:
        return group.create_dataset(name, data=values)
    if form in PACKERS:
        number, pack = PACKERS[form]
        plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plan.set_chunk(values.shape)
        plan.set_filter(number, h5py.h5z.FLAG_OPTIONAL, ())
        space = h5py.h5s.create_simple(values.shape)
        dataset = h5py.Dataset(h5py.h5d.create(group.id, name.encode(), h5py.h5t.py_create(values.dtype, logical=True), space, plan))
        dataset.id.write_direct_chunk((0,) * values.ndim, pack(np.ascontiguousarray(values).tobytes()))
        return dataset
    options = {"chunked": {}, "gzip": {"compression": "gzip"}, "shuffle": {"compression": "gzip", "shuffle": True}, "fletcher32": {"fletcher32": True},
               "lzf": {"compression": "lzf"}, "scaleoffset": {"scaleoffset": 2}}[form]
    return group.create_dataset(name, data=values, chunks=chunks, **options)


def frame(file, name, index):
    group = file.create_group(name)
    group.attrs.update({"encoding-type": "dataframe", "encoding-version": "0.2.0", "_index": "_index", "column-order": np.zeros(0)})
    group["_index"] = np.array(index, dtype=object)


def write(path, dtype, form, compression):
    with h5py.File(path, "w") as file:
        file.attrs.update({"encoding-type": "anndata", "encoding-version": "0.1.0"})
        frame(file, "obs", [f"c{i}" for i in range(VALUES.shape[0])])
        frame(file, "var", [f"g{i}" for i in range(VALUES.shape[1])])
        convert = (lambda v: v.astype("S3")) if dtype == "text" else (lambda v: v.astype(dtype))
        if form == "dense":
            put(file, "X", convert(VALUES), compression).attrs.update({"encoding-type": "array", "encoding-version": "0.2.0"})
            return
        matrix = getattr(sp, f"{form}_matrix")(VALUES)
        group = file.create_group("X")
        group.attrs.update({"encoding-type": f"{form}_matrix", "encoding-version": "0.1.0", "shape": np.array(VALUES.shape)})
        put(group, "data", convert(matrix.data), compression)
        put(group, "indices", matrix.indices, compression)
        put(group, "indptr", matrix.indptr, compression)


class Dtypes(unittest.TestCase):
    def test_right_or_refused_by_name(self):
        with tempfile.TemporaryDirectory() as folder:
            cases = {}
            for dtype in DTYPES:
                for form in FORMS:
                    for compression in FILTERS:
                        if compression == "scaleoffset" and dtype not in ("i4", "f4"):
                            continue
                        path = os.path.join(folder, f"{len(cases)}.h5ad")
                        write(path, dtype, form, compression)
                        cases[path] = (dtype, form, compression)
            run = subprocess.run([TOOL, "read", *cases], capture_output=True, text=True, check=True)
            outcomes = [json.loads(line) for line in run.stdout.splitlines()]
            self.assertEqual(len(outcomes), len(cases))
            self.assertGreater(len(cases), 400)
            for outcome in outcomes:
                dtype, form, compression = case = cases[outcome["file"]]
                with self.subTest(case=case):
                    if dtype in ("c8", "text"):
                        self.assertEqual((outcome["code"], outcome["error"]["type"]), (3, "type-not-supported"))
                    elif compression in REFUSED_FILTERS:
                        self.assertEqual((outcome["code"], outcome["error"]["type"]), (3, "filter-not-supported"))
                        self.assertIn(compression, outcome["error"]["text"])
                    else:
                        self.assertEqual(outcome["code"], 0, outcome)
                        self.assertEqual(outcome["x"], VALUES.astype("bool" if dtype == "bool" else dtype).astype("f4").ravel().tolist())
                        self.assertEqual(outcome["kind"], "dense" if form == "dense" else "csr")


unittest.main()
