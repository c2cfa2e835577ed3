"""`lexicell annotate` beside scikit-learn's logistic regression on the same cells, genes and regularisation.

Usage: annotation.py LEXICELL DATA [--sets NAME,...] [--threads N] [--methods logistic,celltypist,...]

mudan_reference_noleak (labels from sorting): five folds; kang_harmony_labelled, labelled control cells: donors held out whole;
totalvi_pbmc10k_cite (protein gates): five folds by a seed. Labels of the query score, they never train. The reject option
is off (--target-risk 1), so that every cell counts; ECE is that of the query, after a temperature found on the reference. For
logistic regression the table ends with what leaving each type out of the reference gives (AUROC of noticing its cells), and
with the accuracy of the surest half, three quarters and all of the query's cells.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

import anndata
import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import GroupKFold, StratifiedKFold

warnings.filterwarnings("ignore")

SETS = {  # label, group whose members stay together, cells that take part
    "mudan_reference_noleak": ("cell_type", None, lambda obs: np.ones(len(obs), bool)),
    "kang_harmony_labelled": ("cell_type", "donor", lambda obs: (obs["condition"] == "ctrl").to_numpy()),
    "totalvi_pbmc10k_cite": ("protein_gate", None, lambda obs: np.ones(len(obs), bool)),
}
MISSING = {"unlabelled", "unassigned", "unknown", "nan"}


def calibration_error(probability, right, bins=15):
    confidence = probability.max(1)
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    return sum(abs(right[place == b].mean() - confidence[place == b].mean()) * (place == b).mean() for b in np.unique(place))


def by_scikit_learn(reference, query, label):
    def logged(data):
        x = sp.csr_matrix(data.X).astype(np.float64)
        x = sp.diags(1e4 / np.maximum(np.asarray(x.sum(1)).ravel(), 1)) @ x
        x.data = np.log1p(x.data)
        return x.tocsr()

    model = LogisticRegression(C=1, max_iter=2000).fit(logged(reference), reference.obs[label].astype(str))
    return model.predict(logged(query))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lexicell", type=pathlib.Path)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--methods", default="logistic,celltypist,knn,centroid,singler,majority")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    print(f"{arguments.threads} threads\n{'set':24} {'method':14} {'macro-F1':>9} {'accuracy':>9} {'ECE':>7}")
    holds = True
    for name in arguments.sets.split(","):
        label, group, keep = SETS[name]
        data = anndata.read_h5ad(arguments.data / f"{name}.h5ad")
        names = data.obs[label].astype(str).str.lower()
        data = data[keep(data.obs) & ~names.isin(MISSING).to_numpy()].copy()
        if group:
            data = data[~data.obs[group].astype(str).isin(MISSING).to_numpy()].copy()
        truth = data.obs[label].astype(str).to_numpy()
        folds = GroupKFold(4).split(truth, truth, data.obs[group].astype(str)) if group else StratifiedKFold(5, shuffle=True, random_state=0).split(truth, truth)
        rows, noticed, surest = {}, [], []
        with tempfile.TemporaryDirectory() as scratch:
            scratch = pathlib.Path(scratch)
            for fold, (train, test) in enumerate(folds):
                reference, query = data[train].copy(), data[test].copy()
                expressed = np.asarray((reference.X != 0).sum(0)).ravel() > 0
                reference, query = reference[:, expressed].copy(), query[:, expressed].copy()
                reference.obs[label] = reference.obs[label].astype(str)
                query.obs[label] = query.obs[label].astype(str)
                reference.write_h5ad(scratch / "reference.h5ad")
                query.write_h5ad(scratch / "query.h5ad")
                for method in arguments.methods.split(","):
                    out = scratch / f"{method}{fold}"
                    command = [arguments.lexicell, "annotate", scratch / "query.h5ad", "--reference", scratch / "reference.h5ad", "--obs-label", label, "--method", method,
                               "--alone", "--target-risk", "1", "--threads", arguments.threads, "-o", out, "--quiet", *(["--obs-group", group] if group else []), *(["--leave-types-out"] if method == "logistic" else [])]
                    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
                    if done.returncode != 0:
                        sys.exit(done.stderr)
                    result = anndata.read_h5ad(out / "lexicell.h5ad")
                    said = result.obs["lexicell_label"].astype(str).to_numpy()
                    rows.setdefault(method, []).append((f1_score(truth[test], said, average="macro"), accuracy_score(truth[test], said),
                                                        calibration_error(result.obsm["lexicell_probability"], said == truth[test])))
                    if method == "logistic":
                        described = json.loads((out / "manifest.json").read_text())["annotation"]
                        noticed += [(row["auroc"], row["auroc_energy"]) for row in described.get("left_out", [])]
                        right = (said == truth[test])[np.argsort(-result.obs["lexicell_confidence"].to_numpy(), kind="stable")]
                        surest.append([right[: int(np.ceil(share * len(right)))].mean() for share in (0.5, 0.75, 1)])
                said = by_scikit_learn(reference, query, label)
                rows.setdefault("scikit-learn", []).append((f1_score(truth[test], said, average="macro"), accuracy_score(truth[test], said), np.nan))
        for method, figures in rows.items():
            f1, accuracy, ece = np.mean(figures, axis=0)
            print(f"{name:24} {method:14} {f1:9.3f} {accuracy:9.3f} {ece:7.3f}", flush=True)
        if "logistic" in rows:
            gap = abs(np.mean([row[0] for row in rows["logistic"]]) - np.mean([row[0] for row in rows["scikit-learn"]]))
            holds = holds and gap <= 0.01
            if noticed:
                print(f"{name}: types left out of the reference are noticed with AUROC {np.mean([row[0] for row in noticed]):.3f} by 1 - confidence, "
                      f"{np.mean([row[1] for row in noticed]):.3f} by the energy (mean of {len(noticed)})")
            half, three_quarters, all_cells = np.mean(surest, axis=0)
            print(f"{name}: accuracy of the surest half {half:.3f}, three quarters {three_quarters:.3f}, all {all_cells:.3f}: "
                  f"{'monotone' if half >= three_quarters >= all_cells else 'NOT monotone'}")
            print(f"{'holds' if gap <= 0.01 else 'DOES NOT HOLD'}: {name}: logistic regression within .01 macro-F1 of scikit-learn's: {gap:.4f}")
    sys.exit(not holds)


if __name__ == "__main__":
    main()
