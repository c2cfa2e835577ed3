"""The estimators keep scikit-learn's contract."""
import pickle
import unittest

import numpy as np
from cells import Case
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

import lexicell as lx

# What scikit-learn itself passes over here, and why. Nothing is marked as expected to fail.
PASSED_OVER = {"check_array_api_input": "needs array_api_strict; the library computes on NumPy's and SciPy's arrays"}


class Contract(Case):
    def check(self, estimator):
        results = check_estimator(estimator, on_skip=None, on_fail=None)
        self.assertEqual({r["check_name"]: str(r["exception"])[:300] for r in results if r["status"] == "failed"}, {})
        self.assertLessEqual({r["check_name"] for r in results if r["status"] != "passed"}, set(PASSED_OVER))

    def test_classifiers(self):
        for kind in ("logistic", "celltypist", "knn", "centroid", "majority"):
            with self.subTest(kind):
                self.check(lx.CellClassifier(kind, n_jobs=1))

    def test_pca(self):
        self.check(lx.PCA(2, n_jobs=1))


class OnCells(Case):
    def setUp(self):
        adata = lx.pp.normalize_log(lx.datasets.simulated(cells=400))
        self.x, self.y = adata.X, adata.obs["cell_type"].to_numpy()

    def test_every_kind_but_the_majority_learns(self):
        for kind in ("logistic", "celltypist", "knn", "centroid"):
            scores = cross_val_score(lx.CellClassifier(kind), self.x, self.y, cv=3)
            self.assertGreater(scores.min(), 0.8, kind)

    def test_sparse_and_dense_agree(self):
        classifier = lx.CellClassifier().fit(self.x, self.y)
        np.testing.assert_array_equal(classifier.predict_proba(self.x), classifier.predict_proba(self.x.toarray()))

    def test_survives_pickling_and_cloning(self):
        for kind in ("logistic", "celltypist", "knn", "centroid", "majority"):
            classifier = lx.CellClassifier(kind).fit(self.x, self.y)
            again = pickle.loads(pickle.dumps(classifier))
            np.testing.assert_array_equal(again.predict_proba(self.x), classifier.predict_proba(self.x))
        self.assertEqual(clone(lx.CellClassifier("knn", n_neighbors=3)).n_neighbors, 3)

    def test_in_a_pipeline(self):
        pipeline = make_pipeline(lx.PCA(10), lx.CellClassifier("logistic"))
        self.assertGreater(pipeline.fit(self.x[:200], self.y[:200]).score(self.x[200:], self.y[200:]), 0.8)

    def test_pca_projects_as_it_fits(self):
        pca = lx.PCA(5)
        np.testing.assert_allclose(pca.fit_transform(self.x), pca.transform(self.x), atol=1e-5)
        self.assertEqual(list(pca.get_feature_names_out()), [f"pca{i}" for i in range(5)])

    def test_an_unknown_kind(self):
        self.assert_refused("unknown-classifier", lx.CellClassifier("crystal ball").fit, self.x, self.y)


if __name__ == "__main__":
    unittest.main()
