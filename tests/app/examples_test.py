"""Every example that a verb's --help shows is executed, with --json, and what it prints checked against docs/json.schema.json.
Usage: examples_test.py LEXICELL

An example finds the files it names: small simulated cells under the names of real genes. Examples that need texts are skipped
where the shared knowledge is not, those that need OrgDb files always.
"""
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

import anndata
import h5py
import jsonschema
import numpy as np
import scanpy as sc
import scipy.sparse as sparse

LEXICELL = pathlib.Path(sys.argv.pop(1)).resolve()
SCHEMA = json.loads((pathlib.Path(__file__).resolve().parents[2] / "docs" / "json.schema.json").read_text())
SHARED = pathlib.Path(os.environ.get("LEXICELL_SHARED", pathlib.Path(__file__).resolve().parents[2] / ".." / "shared")).resolve()
TABLES = SHARED / "knowledge" / "tables"
QUICK = {"LEXICELL_MIN_STEPS": "40", "LEXICELL_MAX_STEPS": "40", "LEXICELL_N_GENES": "200", "LEXICELL_THREADS": "2", "LEXICELL_SEEDS": "2"}


def lexicell(arguments, folder):
    environment = {**os.environ, **QUICK, "HOME": str(folder)}
    return subprocess.run([LEXICELL, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=900)


def examples(*verb):
    text = subprocess.run([LEXICELL, *verb, "--help"], capture_output=True, text=True, check=True).stdout
    lines = text[text.index("Examples:"):].splitlines()[1:]
    return [re.split(r"\s{3,}\(", line.strip())[0] for line in lines if line.startswith("  lexicell ")]


def verbs():
    text = subprocess.run([LEXICELL, "--help"], capture_output=True, text=True, check=True).stdout
    return re.findall(r"(?m)^  ([a-z]+) {2,}\S", text[re.search(r"(?i)subcommands:", text).start():])


def gene_names(count):
    return list(sc.datasets.pbmc68k_reduced().var_names[:count])


def cells(genes, count=240, seed=0):
    random = np.random.default_rng(seed)
    kinds = random.integers(0, 3, count)
    rate = random.gamma(0.6, 1.0, len(genes)) * np.ones((3, 1))
    for k in range(3):
        rate[k, 40 * k : 40 * k + 40] *= 6
    data = anndata.AnnData(sparse.csr_matrix(random.poisson(rate[kinds] * random.gamma(5, 0.2, (count, 1))), dtype=np.float32))
    data.obs_names, data.var_names = [f"cell{i}" for i in range(count)], genes
    data.obs["cell_type"] = [["B", "T", "NK"][k] for k in kinds]
    data.obs["donor"] = [f"donor{k}" for k in random.integers(0, 3, count)]
    return data


def write_10x(data, path):
    with h5py.File(path, "w") as file:
        group = file.create_group("matrix")
        matrix = data.X.tocsr()
        group["data"], group["indices"], group["indptr"] = matrix.data.astype(np.int32), matrix.indices.astype(np.int64), matrix.indptr.astype(np.int64)
        group["shape"] = np.array([data.n_vars, data.n_obs], dtype=np.int32)
        group["barcodes"] = np.array(list(data.obs_names), dtype="S")
        features = group.create_group("features")
        features["id"] = features["name"] = np.array(list(data.var_names), dtype="S")
        features["feature_type"] = np.array(["Gene Expression"] * data.n_vars, dtype="S")
        features["genome"] = np.array(["GRCh38"] * data.n_vars, dtype="S")


def schema_of(definition):
    return jsonschema.Draft202012Validator({**SCHEMA, "$ref": f"#/$defs/{definition}"})


class Examples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="lexicell_examples_"))
        genes = gene_names(400)
        data = cells(genes)
        for name in ("counts", "a", "ref", "panel"):
            data.write_h5ad(cls.folder / f"{name}.h5ad")
        for seed, name in enumerate(("b", "query", "another"), start=1):
            cells(genes, seed=seed).write_h5ad(cls.folder / f"{name}.h5ad")
        write_10x(data, cls.folder / "filtered_feature_bc_matrix.h5")
        logged = data.copy()
        logged.obs["n_counts"] = np.asarray(data.X.sum(1)).ravel()
        logged.X = sparse.csr_matrix(np.log1p(sparse.diags(1e4 / logged.obs["n_counts"].to_numpy()) @ data.X).astype(np.float32))
        logged.write_h5ad(cls.folder / "published.h5ad")
        (cls.folder / "hallmark.gmt").write_text("SET_A\tna\t" + "\t".join(genes[:40]) + "\nSET_B\tna\t" + "\t".join(genes[40:80]) + "\n")
        if TABLES.exists():
            (cls.folder / "tables").symlink_to(TABLES)
            cls.require(lexicell(["knowledge", "build", "--tables", "tables/", "-o", "knowledge"], cls.folder))
        words = ["--knowledge", "knowledge"] if TABLES.exists() else []
        cls.require(lexicell(["run", "counts.h5ad", "-o", "out", *words], cls.folder))
        scored = anndata.read_h5ad(cls.folder / "out" / "lexicell.h5ad")
        scored.obsm["X_pca"], scored.obsm["X_tsne"] = scored.obsm["X_scilama"], scored.obsm["X_umap"]
        for name in ("prepared", "clustered", "a"):
            scored.write_h5ad(cls.folder / f"{name}.h5ad")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder, ignore_errors=True)

    @staticmethod
    def require(done):
        if done.returncode:
            raise AssertionError(f"{done.args}\n{done.stderr}")

    def test_every_verb_shows_examples(self):
        self.assertGreater(len(verbs()), 10)
        for verb in verbs():
            self.assertTrue(examples(verb) if verb != "knowledge" else examples(verb, "build"), verb)

    def test_a_failure_is_described(self):
        done = lexicell(["run", "no such file.h5ad", "-o", "nothing", "--json"], self.folder)
        self.assertEqual(done.returncode, 3)
        schema_of("failure").validate(json.loads(done.stderr.splitlines()[-1]))

    def test_every_example_works(self):
        for verb in verbs():
            folder = self.folder / f"of_{verb}"
            shutil.copytree(self.folder, folder, symlinks=True, ignore=shutil.ignore_patterns("of_*"))
            for example in examples(verb) if verb != "knowledge" else examples(verb, "build"):
                with self.subTest(example):
                    if ("knowledge" in example and not TABLES.exists()) or "--orgdb" in example:
                        continue
                    arguments = shlex.split(example)[1:]
                    if "-o" in arguments:
                        target = folder / arguments[arguments.index("-o") + 1]
                        shutil.rmtree(target, ignore_errors=True)
                        target.unlink(missing_ok=True)
                    arguments = [str(folder) + argument[1:] if argument.startswith("~/") else argument for argument in arguments if argument != "--json"]
                    done = lexicell([*arguments, "--json"], folder)
                    self.assertEqual(done.returncode, 0, f"{example}\n{done.stderr}")
                    schema_of("knowledge build" if arguments[0] == "knowledge" else arguments[0]).validate(json.loads(done.stdout))
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    unittest.main(verbosity=2)
