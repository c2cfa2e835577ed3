"""How good the cell embedding and the automatic clusters of `lexicell run` are, beside scanpy's PCA and Leiden (scilama.md, checks 31, 32).

Usage: embedding_quality.py LEXICELL DATA [--sets NAME,...] [--seeds N] [--threads N] [--published KNOWLEDGE] [--rows FILE]

For every set and seed: `lexicell run` as a user would call it; scanpy's PCA-50 of z-scored and PCA-30 of centred log values
on the same cells and genes; one judge for all three (scikit-learn and scanpy): 5-fold 15-NN accuracy of the labels, ARI and
NMI at the resolution of 0.1 .. 2.0 with the best NMI, at resolution 1, and for lexicell at the resolution that `run` chose.
Labels are used for scoring only. With --published the published form is trained too, with those texts, at the sizes of the
table in scilama.md 4.4: direct mode, scaled input, 1,500 genes, H [256, 128], K 32, dot_scale sqrt, 60 epochs. With --rows
each finished row is kept in FILE, a line of JSON, and a later call with that FILE goes on where this one stopped.
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
import scanpy as sc
import scipy.sparse as sp
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score, silhouette_score
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

warnings.filterwarnings("ignore")

SETS = {  # labels, batch
    "scmixology_5batches": ("cell_line", "batch"),
    "mudan_reference_noleak": ("cell_type", None),
    "totalvi_pbmc10k_cite": ("protein_gate", None),
    "kang_harmony_labelled": ("cell_type", "condition"),
    "rcppml_pbmc3k": ("cell_type", None),  # reported only: its labels descend from PCA
}
REQUIRED = [name for name in SETS if name != "rcppml_pbmc3k"]
MISSING = {"", "nan", "na", "unknown", "unassigned", "unlabelled"}


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}")


def judge(embedding, labels, known, seed, own_clusters=None):
    x, y = embedding[known], labels[known]
    counts = {label: (y == label).sum() for label in set(y)}
    enough = np.array([counts[label] >= 5 for label in y])
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    knn = cross_val_score(KNeighborsClassifier(15), x[enough], y[enough], cv=folds).mean()
    graph = anndata.AnnData(np.zeros((len(embedding), 1), np.float32), obsm={"X": embedding})
    sc.pp.neighbors(graph, n_neighbors=15, use_rep="X", random_state=seed)
    scores = {}
    for resolution in np.round(np.arange(0.1, 2.01, 0.1), 1):
        sc.tl.leiden(graph, resolution=resolution, flavor="igraph", n_iterations=2, directed=False, random_state=seed)
        found = graph.obs["leiden"].to_numpy()[known]
        scores[resolution] = (adjusted_rand_score(y, found), normalized_mutual_info_score(y, found), len(set(found)))
    best = max(scores, key=lambda resolution: scores[resolution][1])
    out = {"knn": float(knn), "ari_best": scores[best][0], "nmi_best": scores[best][1], "best_resolution": float(best), "ari_1": scores[1.0][0],
           "clusters_1": scores[1.0][2], "silhouette": float(silhouette_score(x, y, sample_size=min(len(y), 3000), random_state=seed))}
    if own_clusters is not None:
        out["ari_auto"] = adjusted_rand_score(y, own_clusters[known])
        out["clusters_auto"] = len(set(own_clusters))
    return out


def pca(logged, width, scale, seed):
    data = anndata.AnnData(logged.copy())
    if scale:
        sc.pp.scale(data, max_value=10)
    sc.pp.pca(data, n_comps=width, random_state=seed)
    return data.obsm["X_pca"]


# What `--preset exact --mode direct` trains, with vectors brought to one length and the sizes named above.
PUBLISHED = ["--mode", "direct", "--likelihood", "gaussian", "--encoder", "columns", "--n-genes", "1500", "--hidden", "256", "128", "--latent-dim", "32",
             "--max-epochs", "60", "--min-steps", "0", *(f"--model-set={pair}" for pair in (
                 "input=scaled", "gene_set=intersection", "val_sample=true", "gradient_clip=none", "warmup_unit=epochs", "beta_flat=25", "beta_ramp=20",
                 "ckpt_fallback=last"))]


def published(arguments, name, seed, folder):
    source, batch = arguments.data / f"{name}.h5ad", SETS[name][1]
    model, cells = folder / f"{name}_{seed}_published", folder / f"{name}_{seed}_published.h5ad"
    plain = ["--threads", str(arguments.threads), "--quiet", "--knowledge", str(arguments.published)]
    run([arguments.lexicell, "train", source, "-o", model, *plain, *(["--obs-batch", batch] if batch else []), "--seed", str(seed), *PUBLISHED])
    run([arguments.lexicell, "embed", source, "-o", cells, "--model", model, *plain])
    return anndata.read_h5ad(cells).obsm["X_scilama"]


def one(arguments, name, seed, folder):
    label, batch = SETS[name]
    source = arguments.data / f"{name}.h5ad"
    common = ["--threads", str(arguments.threads), "--seed", str(seed), "--quiet", "--obs-label", label]
    if batch:
        common += ["--obs-batch", batch]
    target = folder / f"{name}_{seed}"
    run([arguments.lexicell, "run", source, "-o", target, *common])
    result = anndata.read_h5ad(target / "lexicell.h5ad")
    manifest = json.loads((target / "manifest.json").read_text())
    labels = result.obs[label].astype(str).to_numpy()
    known = np.array([value.lower() not in MISSING for value in labels])
    rows = {"sciLaMA": judge(result.obsm["X_scilama"], labels, known, seed, result.obs["scilama_cluster"].astype(str).to_numpy())}
    rows["sciLaMA"]["seconds"] = manifest["seconds"]["total"]

    modelled = (result.var["scilama_gene"] != "not modelled").to_numpy()
    slot = manifest["data"]["slot"]
    counts = result.X if slot == "X" else result.raw.X if slot.startswith("raw") else result.layers[slot.split("'")[1]]
    counts = sp.csr_matrix(counts).astype(np.float64)
    logged = sp.diags(1e4 / np.maximum(np.asarray(counts.sum(1)).ravel(), 1)) @ counts
    logged.data = np.log1p(logged.data)
    logged = logged[:, modelled].toarray().astype(np.float32)
    rows["PCA-50 z"] = judge(pca(logged, 50, True, seed), labels, known, seed)
    rows["PCA-30"] = judge(pca(logged, 30, False, seed), labels, known, seed)

    if arguments.published:
        rows["published form"] = judge(published(arguments, name, seed, folder), labels, known, seed)
    return rows


def kept_rows(path):
    if not path or not path.exists():
        return {}
    kept = map(json.loads, path.read_text().splitlines())
    return {(row["set"], row["seed"]): row["rows"] for row in kept}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lexicell", type=pathlib.Path)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--sets", default=",".join(REQUIRED))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--published", type=pathlib.Path, metavar="KNOWLEDGE")
    parser.add_argument("--rows", type=pathlib.Path, metavar="FILE")
    arguments = parser.parse_args()
    table, names = {}, arguments.sets.split(",")
    finished = kept_rows(arguments.rows)
    print(f"{arguments.threads} threads")
    columns = ["knn", "ari_best", "nmi_best", "ari_1", "ari_auto", "clusters_auto", "silhouette", "seconds"]
    print(f"{'set':24} {'seed':>4} {'method':14} " + " ".join(f"{column:>13}" for column in columns))
    with tempfile.TemporaryDirectory() as scratch:
        for seed in range(arguments.seeds):
            for name in names:
                rows = finished.get((name, seed)) or one(arguments, name, seed, pathlib.Path(scratch))
                if arguments.rows and (name, seed) not in finished:
                    with arguments.rows.open("a") as file:
                        file.write(json.dumps({"set": name, "seed": seed, "rows": rows}) + "\n")
                for method, row in rows.items():
                    table.setdefault((name, method), []).append(row)
                    print(f"{name:24} {seed:4} {method:14} " + " ".join(f"{row[c]:13.3f}" if c in row else f"{'':13}" for c in columns), flush=True)
    mean = lambda name, method, column: float(np.mean([row[column] for row in table[name, method]]))
    print(f"\n{'set':24} {'seeds':>4} {'method':14} " + " ".join(f"{column:>13}" for column in columns))
    for name, method in table:
        print(f"{name:24} {len(table[name, method]):4} {method:14} " +
              " ".join(f"{mean(name, method, c):13.3f}" if c in table[name, method][0] else f"{'':13}" for c in columns))
    sets = [name for name in names if name in REQUIRED]
    if not sets:
        return
    over = lambda method, column: np.array([mean(name, method, column) for name in sets])
    best_pca = lambda column: np.maximum(over("PCA-50 z", column), over("PCA-30", column))
    gap = (over("sciLaMA", "knn") - best_pca("knn")).min()
    checks = [
        ("31 kNN below the better PCA by at most 0.015 on every set", gap >= -0.015, f"worst difference {gap:+.3f}"),
        ("31 mean ARI at the NMI-best resolution above the better PCA's", over("sciLaMA", "ari_best").mean() > best_pca("ari_best").mean(),
         f"{over('sciLaMA', 'ari_best').mean():.3f} against {best_pca('ari_best').mean():.3f}"),
        ("32 mean ARI of run's clusters at least that of the better PCA at resolution 1", over("sciLaMA", "ari_auto").mean() >= best_pca("ari_1").mean(),
         f"{over('sciLaMA', 'ari_auto').mean():.3f} against {best_pca('ari_1').mean():.3f}"),
        ("32 and within 0.08 of its own NMI-best", over("sciLaMA", "ari_auto").mean() >= over("sciLaMA", "ari_best").mean() - 0.08,
         f"{over('sciLaMA', 'ari_auto').mean():.3f} against {over('sciLaMA', 'ari_best').mean():.3f}"),
    ]
    if all((name, "published form") in table for name in sets):
        checks.append(("31 mean kNN above the published form's", over("sciLaMA", "knn").mean() > over("published form", "knn").mean(),
                       f"{over('sciLaMA', 'knn').mean():.3f} against {over('published form', 'knn').mean():.3f}"))
    print()
    for text, holds, figures in checks:
        print(f"{'holds' if holds else 'DOES NOT HOLD'}: check {text}: {figures}")


if __name__ == "__main__":
    main()
