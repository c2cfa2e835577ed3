"""Every number of `lexicell compare`, computed again by scikit-learn and scib-metrics from what it leaves behind.

Usage: compare_oracle.py LEXICELL          on simulated cells, quickly trained
       compare_oracle.py LEXICELL FOLDER --obs-label COLUMN [--obs-batch COLUMN]   of a finished comparison
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile
import warnings

import anndata
import numpy as np
import pandas as pd
import scipy.sparse as sparse
from sklearn.cluster import KMeans
from sklearn.metrics import accuracy_score, adjusted_rand_score, balanced_accuracy_score, f1_score, normalized_mutual_info_score
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

try:
    import scib_metrics
    from scib_metrics.nearest_neighbors import NeighborsResults
except ImportError:
    print("skipped: scib-metrics is not installed")
    sys.exit(77)

warnings.filterwarnings("ignore")


def simulated(path):
    """Four types in three batches, whose shifts are of the size of the types."""
    random = np.random.default_rng(0)
    cells, genes = 500, 300
    types, batches = random.integers(0, 4, cells), random.integers(0, 3, cells)
    rate = random.gamma(0.5, 1.0, genes) * np.ones((4, 1))
    for k in range(4):
        rate[k, 30 * k : 30 * k + 30] *= 4
    shift = np.exp(random.normal(0, 0.4, (3, genes)))
    counts = random.poisson(rate[types] * shift[batches] * random.gamma(5, 0.2, (cells, 1)))
    data = anndata.AnnData(sparse.csr_matrix(counts, dtype=np.float32))
    data.obs_names, data.var_names = [f"cell{i}" for i in range(cells)], [f"GENE{i}" for i in range(genes)]
    data.obs["type"], data.obs["batch"] = [f"type{k}" for k in types], [f"batch{k}" for k in batches]
    data.obs.loc[data.obs_names[:7], "type"] = np.nan
    data.write_h5ad(path)


class Checked:
    def __init__(self):
        self.count, self.wrong, self.worst = 0, [], {}

    def close(self, what, metric, ours, theirs, tolerance):
        difference = abs(ours - theirs)
        self.count += 1
        self.worst[metric] = max(self.worst.get(metric, 0), difference)
        if not difference <= tolerance:
            self.wrong.append(f"{what} {metric}: {ours} here, {theirs} there")


def check_labels(checked, rows, data, label):
    truth = data.obs[label].astype(str)
    for (method, repetition), scores in rows.groupby(["method", "repetition"]):
        split = data.obs[f"split_{repetition}"]
        test, train = (split == "test").to_numpy(), (split == "train").to_numpy()
        said = data.obs[f"{method}_{repetition}"].astype(str)[test]
        if method.startswith("15-NN on "):
            points = data.obsm[f"X_{method.removeprefix('15-NN on ')}_{repetition}"]
            other = KNeighborsClassifier(15).fit(points[train], truth[train]).predict(points[test])
            checked.close(f"{method} {repetition}", "labels that differ", np.mean(other != said.to_numpy()), 0, 0.01)
        value = scores.set_index("metric")["value"]
        for metric, theirs in [("macro-F1", f1_score(truth[test], said, average="macro")), ("accuracy", accuracy_score(truth[test], said)),
                               ("balanced accuracy", balanced_accuracy_score(truth[test], said))]:
            checked.close(f"{method} {repetition}", metric, value[metric], theirs, 1e-9)


def neighbours_of(points):
    distances, indices = NearestNeighbors(n_neighbors=90).fit(points).kneighbors(points)
    return NeighborsResults(indices=indices, distances=distances)


def check_clusters(checked, what, value, points, labels):
    theirs = scib_metrics.nmi_ari_cluster_labels_kmeans(points, labels)
    k = len(set(labels))
    starts = [KMeans(k, n_init=1, random_state=seed).fit_predict(points) for seed in range(100)]
    for metric, key, score in [("kmeans_nmi", "nmi", normalized_mutual_info_score), ("kmeans_ari", "ari", adjusted_rand_score)]:
        # Which optimum k-means ends in is the start's luck: the one that is reached must be near those of other starts.
        reached = [theirs[key]] + [score(labels, found) for found in starts]
        checked.close(what, metric, value[metric], min(reached, key=lambda other: abs(other - value[metric])), 0.05)


def check_cells(checked, rows, data, label, batch):
    known = (data.obs[label].notna() & data.obs[batch].notna()).to_numpy()
    labels, batches = (pd.Categorical(data.obs[column][known].astype(str)).codes for column in (label, batch))
    for (method, repetition), scores in rows[rows.role != "control"].groupby(["method", "repetition"]):
        what, value = f"{method} {repetition}", scores.set_index("metric")["value"]
        points = np.asarray(data.obsm[f"X_{method}_{repetition}"], dtype=np.float32)[known]
        before = np.asarray(data.obsm[f"X_unintegrated_{repetition}"], dtype=np.float32)[known]
        neighbours = neighbours_of(points)
        theirs = {
            "silhouette_label": scib_metrics.silhouette_label(points, labels),
            "clisi": scib_metrics.clisi_knn(neighbours, labels),
            "isolated_labels": scib_metrics.isolated_labels(points, labels, batches),
            "bras": scib_metrics.bras(points, labels, batches),
            "ilisi": scib_metrics.ilisi_knn(neighbours, batches),
            "kbet": scib_metrics.kbet_per_label(neighbours.subset_neighbors(n=50), batches, labels),
            "graph_connectivity": scib_metrics.graph_connectivity(neighbours.subset_neighbors(n=15), labels),
            "pcr_comparison": scib_metrics.pcr_comparison(before, points, batches, categorical=True),
        }
        for metric, other in theirs.items():
            # Equal points give the reference's kBET values up to .02 apart: its eigenvectors start at random.
            checked.close(what, metric, value[metric], float(other), 0.05 if metric == "kbet" else 1e-4)
        check_clusters(checked, what, value, points, labels)
        bio = np.mean([value[m] for m in ("isolated_labels", "kmeans_nmi", "kmeans_ari", "silhouette_label", "clisi")])
        mixed = np.mean([value[m] for m in ("bras", "ilisi", "kbet", "graph_connectivity", "pcr_comparison")])
        for metric, other in [("bio", bio), ("batch", mixed), ("overall", 0.6 * bio + 0.4 * mixed)]:
            checked.close(what, metric, value[metric], other, 1e-9)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lexicell", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path, nargs="?")
    parser.add_argument("--obs-label", default="type")
    parser.add_argument("--obs-batch", default="batch")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.folder
        if not folder:
            folder = pathlib.Path(scratch) / "out"
            simulated(f"{scratch}/counts.h5ad")
            subprocess.run([arguments.lexicell, "compare", f"{scratch}/counts.h5ad", "--obs-label", "type", "--obs-batch", "batch", "--seeds", "2", "-o", folder,
                            "--quiet", "--min-steps", "60", "--max-steps", "60", "--n-genes", "200"], check=True)
        data = anndata.read_h5ad(folder / "lexicell.h5ad")
        rows = pd.read_csv(folder / "tables" / "scores.csv", keep_default_na=True)
        checked = Checked()
        check_labels(checked, rows[rows.contest == "labels"], data, arguments.obs_label)
        check_cells(checked, rows[rows.contest == "cells"], data, arguments.obs_label, arguments.obs_batch)
    for metric, difference in checked.worst.items():
        print(f"{metric:22} largest difference {difference:.2g}")
    print(f"{checked.count} numbers, {len(checked.wrong)} differ")
    for line in checked.wrong:
        print(line)
    sys.exit(1 if checked.wrong else 0)


if __name__ == "__main__":
    main()
