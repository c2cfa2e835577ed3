"""Scores gene vectors by protocol P of the knowledge specification: which genes a table knows to belong together.

Usage: gene_text_scores.py TRUTH TABLE [--columns goterm,ggi,...] [--random]
TRUTH is the folder with tables/, sets/ and truth/; TABLE a gene table as lexicell writes it, e.g. gene_text_human.safetensors of a
knowledge folder. A variant with GO text must not be scored on GO, GGI or STRING; then these columns are left out.

GGI: logistic regression (L2, C = 1) on the sum of the two vectors, AUC on the held-out genes. Set columns: sets of 10-200 genes; for
each, cosine of every member to the sum of the other members against cosine of non-members to the sum of all; mean AUC. GO pair:
20,000 pairs of one biological process of 2-50 genes against random pairs of the same genes. STRING: distinct undirected edges against
partner-shuffled ones. Random vectors must score .49-.51 everywhere: that guards the metric.
"""
import argparse
import collections
import csv
import json
import pathlib
import struct
import subprocess

import numpy as np
from scipy.stats import rankdata


def table(path):
    text = subprocess.run(["zstd", "-dc", path], capture_output=True, check=True).stdout.decode()
    return [line.split("\t") for line in text.split("\n")[:-1]]


def auc(positive, negative):
    ranks = rankdata(np.concatenate([positive, negative]))[: len(positive)].sum()
    return (ranks - len(positive) * (len(positive) + 1) / 2) / (len(positive) * len(negative))


def unit(vectors):
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)


class Resolver:
    """Name -> row: exact symbol, else an alias of one approved gene, else -1."""

    def __init__(self, tables, genes):
        self.row = {symbol: i for i, symbol in enumerate(genes)}
        approved = {row[0] for row in table(tables / "genes.tsv.zst")}
        targets = collections.defaultdict(set)
        for symbol, aliases in table(tables / "aliases_ncbi2018.tsv.zst"):
            if symbol in approved:
                for alias in aliases.split("|"):
                    targets[alias].add(symbol)
        self.alias = {a: next(iter(t)) for a, t in targets.items() if len(t) == 1 and a not in approved}

    def __call__(self, name):
        return self.row.get(name, self.row.get(self.alias.get(name), -1))

    def rows(self, names):
        return sorted({row for row in map(self, names) if row >= 0})


def set_score(vectors, sets):
    sets = [s for s in sets if 10 <= len(s) <= 200]
    used = sorted({row for s in sets for row in s})
    place = {row: i for i, row in enumerate(used)}
    x = unit(vectors[used])
    scores = []
    for members in sets:
        m = np.array([place[row] for row in members])
        total = x[m].sum(0)
        inside = (x[m] * unit(total - x[m])).sum(1)
        outside = np.delete(x @ unit(total), m)
        scores.append(auc(inside, outside))
    return float(np.mean(scores)), len(scores)


def go_sets(knowledge, resolve):
    terms = [row for row in table(knowledge / "tables/go_terms.tsv.zst") if row[0].startswith("GO:")]
    parents = {row[0]: row[2].split("|") if row[2] else [] for row in terms}
    members = collections.defaultdict(set)
    with open(knowledge / "truth/GO_annotations-9606-direct-expev.tsv") as f:
        for row in csv.DictReader(f, delimiter="\t"):
            if row["go_domain"] != "biological_process" or row["go_id"] not in parents:
                continue
            genes = resolve.rows(row["gene_symbols"].split("|"))
            reached, queue = set(), [row["go_id"]]
            while queue:
                term = queue.pop()
                if term not in reached:
                    reached.add(term)
                    members[term].update(genes)
                    queue.extend(parents.get(term, []))
    return [sorted(members[term]) for term in sorted(members)]


def gmt_sets(path, resolve):
    return [resolve.rows(line.rstrip("\n").split("\t")[2:]) for line in open(path)]


def grouped_sets(path, resolve, group, gene, delimiter=",", keep=lambda row: True):
    sets = collections.defaultdict(list)
    with open(path, newline="") as f:
        for row in csv.DictReader(f, delimiter=delimiter):
            if keep(row):
                sets[row[group]].append(row[gene])
    return [resolve.rows(sets[name]) for name in sorted(sets)]


def cosine(vectors, pairs):
    x = unit(vectors)
    return (x[pairs[:, 0]] * x[pairs[:, 1]]).sum(1)


def go_pairs(vectors, sets):
    rng = np.random.default_rng(0)
    sets = [s for s in sets if 2 <= len(s) <= 50]
    genes = np.array(sorted({row for s in sets for row in s}))
    pairs = np.array([rng.choice(sets[i], 2, replace=False) for i in rng.integers(len(sets), size=20000)])
    random = rng.choice(genes, (20000, 2))
    return auc(cosine(vectors, pairs), cosine(vectors, random[random[:, 0] != random[:, 1]]))


def string_score(vectors, path, resolve):
    edges = set()
    with open(path, newline="") as f:
        for row in csv.DictReader(f):
            a, b = resolve(row["Gene1"]), resolve(row["Gene2"])
            if a >= 0 and b >= 0 and a != b:
                edges.add((min(a, b), max(a, b)))
    true = np.array(sorted(edges))
    partners = np.random.default_rng(0).permutation(true[:, 1])
    shuffled = np.array([(a, b) for a, b in zip(true[:, 0], partners) if a != b and (min(a, b), max(a, b)) not in edges])
    return auc(cosine(vectors, true), cosine(vectors, shuffled))


def ggi_score(vectors, folder, resolve):
    from sklearn.linear_model import LogisticRegression

    def load(split):
        labels = np.array([int(value) for value in open(folder / f"{split}_label.txt")])
        pairs = np.array([[resolve(gene) for gene in line.split()] for line in open(folder / f"{split}_text.txt")])
        known = pairs.min(1) >= 0
        pairs = pairs[known]
        return vectors[pairs[:, 0]] + vectors[pairs[:, 1]], labels[known]

    train, train_labels = load("train")
    test, test_labels = load("test")
    scale = train.std()
    model = LogisticRegression(C=1.0, max_iter=300).fit(train / scale, train_labels)
    value = model.decision_function(test / scale)
    return auc(value[test_labels == 1], value[test_labels == 0]), len(train), len(test)


COLUMNS = ["gopair", "goterm", "reactome", "hallmark", "panglao", "collectri", "string", "ggi"]


def scores(knowledge, vectors, genes, columns=COLUMNS):
    """Yields (column, score, how many sets or pairs it stands on)."""
    resolve = Resolver(knowledge / "tables", genes)
    truth = knowledge / "truth"
    go = go_sets(knowledge, resolve) if {"gopair", "goterm"} & set(columns) else []
    set_columns = {
        "goterm": lambda: go,
        "reactome": lambda: gmt_sets(knowledge / "sets/ReactomePathways_2024-09-18.gmt", resolve),
        "hallmark": lambda: gmt_sets(knowledge / "sets/h.all.v7.5.1.symbols.gmt", resolve),
        "panglao": lambda: grouped_sets(truth / "PanglaoDB_markers_27_Mar_2020.tsv", resolve, "cell type", "official gene symbol",
                                        "\t", lambda row: "Hs" in row["species"]),
        "collectri": lambda: grouped_sets(truth / "collectri.csv", resolve, "source", "target"),
    }
    for column in columns:
        if column in set_columns:
            value, count = set_score(vectors, set_columns[column]())
            yield column, value, f"{count} sets"
        elif column == "gopair":
            yield column, go_pairs(vectors, go), "20000 pairs"
        elif column == "string":
            yield column, string_score(vectors, truth / "human_STRING-network.csv", resolve), "edges"
        elif column == "ggi":
            value, train, test = ggi_score(vectors, truth / "ggi", resolve)
            yield column, value, f"{train} train, {test} test pairs"
        else:
            raise SystemExit(f"unknown column {column}; known: {', '.join(COLUMNS)}")


def read_table(path):
    """ids, vectors and source of a safetensors gene table, float32 or int8 with one scale a row."""
    content = path.read_bytes()
    (size,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + size])

    def tensor(name):
        begin, end = header[name]["data_offsets"]
        kind = {"F32": np.float32, "I8": np.int8}[header[name]["dtype"]]
        return np.frombuffer(content[8 + size + begin : 8 + size + end], kind).reshape(header[name]["shape"]).astype(np.float64)

    vectors = tensor("embeddings")
    if "embeddings_scale" in header:
        vectors = vectors * tensor("embeddings_scale")[:, None]
    return json.loads(header["__metadata__"]["ids"]), vectors, header["__metadata__"].get("source", "")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("truth", type=pathlib.Path)
    parser.add_argument("table", type=pathlib.Path)
    parser.add_argument("--columns", help="default: all that are fair to the table")
    parser.add_argument("--random", action="store_true", help="score random vectors of the same shape instead")
    arguments = parser.parse_args()
    genes, vectors, source = read_table(arguments.table)
    leaks = {"gopair", "goterm", "string", "ggi"} if "text-lsa-ppmi-go" in source and not arguments.random else set()
    columns = arguments.columns.split(",") if arguments.columns else [c for c in COLUMNS if c not in leaks]
    if arguments.random:
        vectors, source = np.random.default_rng(0).normal(size=vectors.shape), "random"
    print(f"{source}: {len(genes)} genes x {vectors.shape[1]}")
    for column, value, size in scores(arguments.truth, vectors, genes, columns):
        print(f"{column:10s} {value:.4f}  {size}", flush=True)


if __name__ == "__main__":
    main()
