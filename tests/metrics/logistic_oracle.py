"""Sparse counts of four kinds of cells and what scikit-learn's logistic regression makes of them.

usage: logistic_oracle.py FILE.safetensors
"""
import pathlib
import sys
import warnings

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import StandardScaler

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from safetensors_file import write_safetensors  # noqa: E402

warnings.filterwarnings("ignore")


random = np.random.default_rng(3)
cells, genes, classes = 300, 40, 4
labels = random.integers(0, classes, cells)
rate = random.gamma(0.6, 1.0, genes) * np.ones((classes, 1))
for k in range(classes):
    rate[k, 5 * k : 5 * k + 5] *= 3
x = sp.csr_matrix(np.log1p(random.poisson(rate[labels])).astype(np.float32))
dense = x.toarray().astype(np.float64)
exact = {"tol": 1e-10, "max_iter": 20000}
out = {"indptr": x.indptr.astype(np.int64), "indices": x.indices.astype(np.int64), "values": x.data, "labels": labels.astype(np.int64)}

for strength in (0.1, 1.0):
    out[f"multinomial.{strength}"] = LogisticRegression(C=strength, **exact).fit(dense, labels).predict_proba(dense)
    binary = LogisticRegression(C=strength, **exact).fit(dense, labels > 1)
    out[f"binary.{strength}"] = binary.predict_proba(dense)
    rest = OneVsRestClassifier(LogisticRegression(C=strength, **exact)).fit(dense, labels)
    out[f"one_versus_rest.{strength}"] = rest.predict_proba(dense)
    scaled = np.minimum(StandardScaler().fit_transform(dense), 10)
    out[f"standardised.{strength}"] = OneVsRestClassifier(LogisticRegression(C=strength, **exact)).fit(scaled, labels).predict_proba(scaled)
    # saga alone solves the multinomial l1 problem.
    sparse = LogisticRegression(C=strength, penalty="l1", solver="saga", tol=1e-8, max_iter=100000).fit(dense, labels)
    out[f"l1.{strength}"] = sparse.predict_proba(dense)
    out[f"l1_zeros.{strength}"] = np.array([(sparse.coef_ == 0).sum()], dtype=np.int64)
write_safetensors(pathlib.Path(sys.argv[1]), out)
