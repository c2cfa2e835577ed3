"""Matrices cross without a copy; results are handed over."""
import resource
import unittest

import numpy as np
import scipy.sparse as sp
from anndata import AnnData
from cells import Case

import lexicell as lx
from lexicell._extension import core
from lexicell._matrices import crossing, csr_of
from lexicell._reporter import Reporter


def address(x):
    return core().address_of_values(crossing(x))


class NoCopy(Case):
    def setUp(self):
        random = np.random.default_rng(0)
        self.dense = (random.poisson(0.5, (50, 30))).astype(np.float32)
        self.sparse = sp.csr_matrix(self.dense)

    def test_the_library_reads_where_the_arrays_lie(self):
        for x in (self.sparse, sp.csr_array(self.dense)):
            self.assertEqual(address(x), x.data.ctypes.data)
        self.assertEqual(address(self.dense), self.dense.ctypes.data)
        # Wide row starts, as SciPy has them beyond 2^31 values.
        shape, starts, columns, values = crossing(self.sparse)
        self.assertEqual(core().address_of_values((shape, starts.astype(np.int64), columns, values)), self.sparse.data.ctypes.data)

    def test_other_forms_are_converted_and_give_the_same(self):
        expected = core().pca(crossing(self.sparse), 3, 0, 1, Reporter())[0]
        wide = crossing(self.sparse)
        forms = {
            "dense": crossing(self.dense), "column order": crossing(np.asfortranarray(self.dense)), "float64": crossing(self.sparse.astype(np.float64)),
            "integers": crossing(self.sparse.astype(np.int64)), "csc": crossing(self.sparse.tocsc()), "coo": crossing(self.sparse.tocoo()),
            "wide": (wide[0], wide[1].astype(np.int64), wide[2], wide[3]),
        }
        for name, form in forms.items():
            with self.subTest(name):
                np.testing.assert_array_equal(core().pca(form, 3, 0, 1, Reporter())[0], expected)

    def test_unsorted_and_repeated_columns_are_brought_in_order_in_a_copy(self):
        x = sp.csr_matrix((np.array([1, 2, 3], np.float32), np.array([2, 0, 0], np.int32), np.array([0, 3], np.int32)), shape=(1, 3))
        np.testing.assert_array_equal(csr_of(crossing(x)).toarray(), [[5, 0, 1]])
        np.testing.assert_array_equal(x.indices, [2, 0, 0])

    def test_a_large_matrix_does_not_fill_memory_twice(self):
        cells, genes = 3000, 3000
        x = sp.random(cells, genes, 0.5, "csr", np.float32, random_state=0)
        lx.pp.pca(AnnData(x[:100].copy()), 2)
        size = x.data.nbytes + x.indices.nbytes
        adata = AnnData(x)
        self.assertIs(adata.X.data.base if adata.X.data.base is not None else adata.X.data, x.data.base if x.data.base is not None else x.data)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        lx.pp.pca(adata, 2)
        lx.pp.qc_metrics(adata)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
        self.assertLess(grown, size / 2)

    def test_normalised_values_share_the_pattern(self):
        adata = AnnData(self.sparse.copy())
        adata.layers["counts"] = adata.X
        lx.pp.normalize_log(adata)
        self.assertTrue(np.shares_memory(adata.X.indices, adata.layers["counts"].indices))
        np.testing.assert_array_equal(adata.layers["counts"].toarray(), self.dense)


class Damaged(Case):
    def refuse(self, starts, columns, shape=(2, 3)):
        parts = (shape, np.array(starts, np.int32), np.array(columns, np.int32), np.ones(len(columns), np.float32))
        return self.assert_refused("bad-csr", core().pca, parts, 1, 0, 1, Reporter())

    def test_is_refused_and_never_read(self):
        self.refuse([0, 1, 2], [0, 3])
        self.refuse([0, 1, 2], [-1, 0])
        self.refuse([0, 2, 1], [0, 1])
        self.refuse([0, 2, 2], [1, 1])
        self.refuse([0, 1, 5], [0, 1])
        self.refuse([1, 1, 2], [0, 1])
        self.refuse([0, 2], [0, 1])

    def test_forms_that_are_no_matrix(self):
        self.assert_refused("not-in-memory", crossing, [[1]])
        self.assert_refused("not-in-memory", crossing, np.zeros(3))


if __name__ == "__main__":
    unittest.main()
