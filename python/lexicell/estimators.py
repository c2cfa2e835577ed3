"""scikit-learn estimators over log-normalised expression."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lexicell._extension import core
from lexicell._matrices import crossing
from lexicell._reporter import Reporter, thread_count

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, ClassNamePrefixFeaturesOutMixin, TransformerMixin
    from sklearn.utils import Tags, check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as missing:
    raise ImportError("lexicell's estimators need scikit-learn 1.6 or newer: pip install 'lexicell[sklearn]'") from missing

__all__ = ["PCA", "CellClassifier"]


def _seed(random_state: Any) -> int:
    return int(random_state) if isinstance(random_state, (int, np.integer)) else int(check_random_state(random_state).randint(2**31 - 1))


class CellClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The simple classifiers that every annotation is compared with.

    Probabilities are those of the method; :func:`lexicell.tl.annotate` also calibrates them and leaves cells unassigned.

    Parameters
    ----------
    kind
        ``logistic`` (multinomial, l2), ``celltypist`` (one versus rest on z-scores capped at 10), ``knn`` (on principal
        components), ``centroid`` (correlation with the mean cell of a class), ``singler`` (SingleR) or ``majority`` (class frequencies).
    C
        Inverse strength of the penalty of the logistic forms: larger fits closer.
    n_neighbors, n_components
        Of ``knn``.
    random_state
        Of the start vectors of ``knn``'s components; changes the last digits only.
    n_jobs
        Number of threads; default :data:`lexicell.settings`.

    Attributes
    ----------
    classes_ : numpy.ndarray
        The labels, sorted.
    n_features_in_ : int
        Number of genes.

    Examples
    --------
    >>> import lexicell as lx
    >>> adata = lx.pp.normalize_log(lx.datasets.simulated())
    >>> classifier = lx.CellClassifier().fit(adata.X[:200], adata.obs["cell_type"][:200])
    >>> classifier.predict_proba(adata.X[200:]).shape
    (100, 4)
    >>> bool(classifier.score(adata.X[200:], adata.obs["cell_type"][200:]) > 0.9)
    True
    """

    def __init__(
        self, kind: Literal["logistic", "celltypist", "knn", "centroid", "singler", "majority"] = "logistic", *, C: float = 1.0, n_neighbors: int = 15,
        n_components: int = 30, random_state: Any = 0, n_jobs: int | None = None,
    ) -> None:
        self.kind = kind
        self.C = C
        self.n_neighbors = n_neighbors
        self.n_components = n_components
        self.random_state = random_state
        self.n_jobs = n_jobs

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        if self.kind in ("majority", "centroid"):  # a class that is no ball around its mean cell is beyond them
            tags.classifier_tags.poor_score = True
        return tags

    def fit(self, X: ArrayLike, y: ArrayLike) -> CellClassifier:
        """Learns from labelled cells.

        Parameters
        ----------
        X
            Cells x genes, log-normalised, dense or sparse.
        y
            A label a cell.

        Returns
        -------
        CellClassifier
            Itself.
        """
        X, y = validate_data(self, X, y, accept_sparse="csr", dtype=np.float32, accept_large_sparse=False)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"a classifier needs at least two classes, found 1 class: {self.classes_[0]!r}")
        settings = {
            "inverse_strength": float(self.C), "n_neighbors": int(self.n_neighbors), "n_components": int(self.n_components),
            "seed": _seed(self.random_state), "threads": thread_count(self.n_jobs),
        }
        genes = [str(name) for name in getattr(self, "feature_names_in_", (f"x{i}" for i in range(self.n_features_in_)))]
        with Reporter(quiet=True) as reporter:
            self._fitted = core().fit_classifier(
                self.kind, crossing(X), np.ascontiguousarray(codes, dtype=np.int32), genes, [str(c) for c in range(len(self.classes_))], settings, reporter)
        return self

    def decision_function(self, X: ArrayLike) -> NDArray[np.float32]:
        """Log probabilities up to a constant a cell.

        Parameters
        ----------
        X
            Cells x genes.

        Returns
        -------
        numpy.ndarray
            Cells x classes; with two classes the difference of the second and the first, as scikit-learn has it.
        """
        logits = self._logits(X)
        return np.asarray(logits[:, 1] - logits[:, 0]) if logits.shape[1] == 2 else logits

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Probabilities.

        Parameters
        ----------
        X
            Cells x genes.

        Returns
        -------
        numpy.ndarray
            Cells x classes, in the order of ``classes_``.
        """
        logits = self._logits(X).astype(np.float64)
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(weights / weights.sum(axis=1, keepdims=True))

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The most probable labels.

        Parameters
        ----------
        X
            Cells x genes.

        Returns
        -------
        numpy.ndarray
            A label a cell.
        """
        logits = self._logits(X)  # checks first that there is anything fitted
        return np.asarray(self.classes_[logits.argmax(axis=1)])

    def _logits(self, X: ArrayLike) -> NDArray[np.float32]:
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", dtype=np.float32, accept_large_sparse=False, reset=False)
        with Reporter(quiet=True) as reporter:
            logits: NDArray[np.float32] = self._fitted.logits(crossing(X), thread_count(self.n_jobs), reporter)
        return logits


class PCA(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Principal components of sparse or dense values, without making them dense.

    Parameters
    ----------
    n_components
        Number of components; no more than ``min(cells - 1, genes)`` exist.
    random_state
        Of the start vectors; changes the last digits only.
    n_jobs
        Number of threads; changes nothing. Default :data:`lexicell.settings`.

    Attributes
    ----------
    components_ : numpy.ndarray
        Components x genes, orthonormal; the entry of largest magnitude is positive.
    mean_ : numpy.ndarray
        Of each gene.
    explained_variance_, explained_variance_ratio_ : numpy.ndarray
        Of each component.

    Examples
    --------
    >>> import lexicell as lx
    >>> adata = lx.pp.normalize_log(lx.datasets.simulated())
    >>> lx.PCA(n_components=5).fit_transform(adata.X).shape
    (300, 5)
    """

    def __init__(self, n_components: int = 50, *, random_state: Any = 0, n_jobs: int | None = None) -> None:
        self.n_components = n_components
        self.random_state = random_state
        self.n_jobs = n_jobs

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    def _fit(self, X: ArrayLike) -> NDArray[np.float32]:
        X = validate_data(self, X, accept_sparse="csr", dtype=np.float32, accept_large_sparse=False, ensure_min_samples=2)
        if self.n_components < 1:
            raise ValueError(f"n_components must be at least 1, found {self.n_components}")
        with Reporter(quiet=True) as reporter:
            scores, loadings, self.mean_, self.explained_variance_, self.explained_variance_ratio_ = core().pca(
                crossing(X), int(self.n_components), _seed(self.random_state), thread_count(self.n_jobs), reporter)
        self.components_ = np.ascontiguousarray(loadings.T)
        self._n_features_out = len(self.components_)
        result: NDArray[np.float32] = scores
        return result

    def fit(self, X: ArrayLike, y: Any = None) -> PCA:
        """Finds the components.

        Parameters
        ----------
        X
            Cells x genes.
        y
            Ignored.

        Returns
        -------
        PCA
            Itself.
        """
        self._fit(X)
        return self

    def fit_transform(self, X: ArrayLike, y: Any = None) -> NDArray[np.float32]:
        """Finds the components and gives the cells' scores.

        Parameters
        ----------
        X
            Cells x genes.
        y
            Ignored.

        Returns
        -------
        numpy.ndarray
            Cells x components.
        """
        return self._fit(X)

    def transform(self, X: ArrayLike) -> NDArray[np.float32]:
        """Scores of cells.

        Parameters
        ----------
        X
            Cells x genes.

        Returns
        -------
        numpy.ndarray
            Cells x components.
        """
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", dtype=np.float32, accept_large_sparse=False, reset=False)
        with Reporter(quiet=True) as reporter:
            scores: NDArray[np.float32] = core().project(
                crossing(X), np.ascontiguousarray(self.components_.T), np.ascontiguousarray(self.mean_), thread_count(self.n_jobs), reporter)
        return scores
