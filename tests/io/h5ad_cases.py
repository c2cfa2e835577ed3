"""Small h5ad files made by hand, and the outcome each must have. Used by the h5ad_*_test.py beside it, whose first argument
is H5AD_TOOL."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy as np

TOOL = sys.argv.pop(1)
TEXT = h5py.string_dtype()


def frame(file, name, index, columns=None, index_name="_index"):
    group = file.create_group(name)
    group.attrs.update({"encoding-type": "dataframe", "encoding-version": "0.2.0", "_index": index_name})
    group.attrs.create("column-order", list(columns or {}), dtype=TEXT)
    group.create_dataset(index_name, data=np.array(index, dtype=object), dtype=TEXT)
    for key, values in (columns or {}).items():
        group[key] = values
    return group


def skeleton(file, cells=3, genes=4, obs=None, var=None):
    """Axes of a file with no X; `obs` and `var` replace the index."""
    file.attrs.update({"encoding-type": "anndata", "encoding-version": "0.1.0"})
    frame(file, "obs", obs if obs is not None else [f"c{i}" for i in range(cells)])
    frame(file, "var", var if var is not None else [f"g{i}" for i in range(genes)])


def sparse(file, data=(1, 2, 3), indices=(0, 2, 1), indptr=(0, 2, 2, 3), shape=(3, 4), form="csr_matrix", key="X", dtype="f4"):
    group = file.create_group(key)
    group.attrs.update({"encoding-type": form, "encoding-version": "0.1.0"})
    if shape is not None:
        group.attrs["shape"] = np.array(shape)
    for name, values, kind in (("data", data, dtype), ("indices", indices, "i4"), ("indptr", indptr, "i8")):
        if values is not None:
            group[name] = values if isinstance(values, np.ndarray) else np.array(values, kind)
    return group


def read(*paths):
    """What the reader says of each file."""
    run = subprocess.run([TOOL, "read", *paths], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


CASES = []


def case(name, code, check=None, **expected):
    """Registers a builder: code, then error `type` or `warnings`, then a check of the outcome."""
    def register(build):
        CASES.append((name, build, code, expected, check))
        return build
    return register


class Hostile(unittest.TestCase):
    def test_every_case(self):
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for number, (name, build, *_) in enumerate(CASES):
                paths.append(os.path.join(folder, f"{number}.h5ad"))
                with h5py.File(paths[-1], "w") as file:
                    build(file)
            outcomes = read(*paths)
            self.assertEqual(len(outcomes), len(CASES))
            for (name, _, code, expected, check), outcome in zip(CASES, outcomes):
                with self.subTest(case=name):
                    self.assertEqual(outcome["code"], code, outcome)
                    if "type" in expected:
                        self.assertEqual(outcome["error"]["type"], expected["type"], outcome["error"]["text"])
                        self.assertIn(outcome["file"], outcome["error"]["text"])
                        self.assertIn(outcome["error"]["key"], outcome["error"]["text"])
                        self.assertTrue(outcome["error"]["hint"], outcome["error"]["text"])
                        self.assertIn(outcome["error"]["hint"], outcome["error"]["text"])
                        self.assertNotIn("\n", outcome["error"]["text"])
                    if "warnings" in expected:
                        self.assertEqual(outcome["warnings"], expected["warnings"])
                    if check:
                        check(self, outcome)
