"""The command as a user meets it: exit codes, streams, interrupted and killed runs. Usage: command_test.py LEXICELL

Long forms: LEXICELL_KILLS=50 LEXICELL_TRAINING_KILLS=20 command_test.py LEXICELL Killed
"""
import json
import os
import pathlib
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import anndata
import numpy as np
import scipy.sparse as sparse

LEXICELL = pathlib.Path(sys.argv.pop(1)).resolve()
SHARED = pathlib.Path(os.environ.get("LEXICELL_SHARED", pathlib.Path(__file__).resolve().parents[2] / ".." / "shared"))
VERBS = ["run", "info", "convert", "knowledge build", "prep", "train", "embed", "cluster", "markers", "modules", "pseudotime", "annotate", "integrate", "compare", "score", "report"]
# A training so short that a whole run takes seconds.
QUICK = ["--min-steps", "60", "--max-steps", "60", "--n-genes", "200", "--threads", "1"]


def lexicell(*arguments, **options):
    return subprocess.run([LEXICELL, *map(str, arguments)], capture_output=True, text=True, timeout=600, **options)


def simulated_counts(path, cells=300, genes=400, seed=0):
    """Three cell types with their own marker genes: gamma-Poisson counts."""
    random_state = np.random.default_rng(seed)
    types = random_state.integers(0, 3, cells)
    rate = random_state.gamma(0.5, 1.0, genes) * np.ones((3, 1))
    for k in range(3):
        rate[k, 40 * k : 40 * k + 40] *= 6
    counts = random_state.poisson(rate[types] * random_state.gamma(5, 0.2, (cells, 1)))
    data = anndata.AnnData(sparse.csr_matrix(counts, dtype=np.float32))
    data.obs_names = [f"cell{i}" for i in range(cells)]
    data.var_names = [f"GENE{i}" for i in range(genes)]
    data.obs["type"] = [f"type{k}" for k in types]
    data.write_h5ad(path)
    return data


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lexicell_command_"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.counts = self.folder / "counts.h5ad"
        simulated_counts(self.counts)

    def assert_exit(self, done, code):
        self.assertEqual(done.returncode, code, done.stderr)


class Help(Folder):
    def test_every_verb_shows_an_example(self):
        for verb in VERBS:
            done = lexicell(*verb.split(), "--help")
            self.assert_exit(done, 0)
            self.assertRegex(done.stdout, r"Examples?:\n  lexicell " + verb)

    def test_no_verb_is_a_usage_error(self):
        self.assert_exit(lexicell(), 2)
        self.assert_exit(lexicell("fly"), 2)
        self.assert_exit(lexicell("run", self.counts), 2)

    def test_version(self):
        self.assertRegex(lexicell("--version").stdout, r"^lexicell \d+\.\d+\.\d+")


class Precedence(Folder):
    def effective(self, *arguments, **environment):
        done = lexicell("--print-config", *arguments, env={**os.environ, **environment})
        self.assert_exit(done, 0)
        return re.search(r"(?m)^run\.seed=(\S+)|^seed=(\S+)", done.stdout)[0].split("=")[1]

    def test_flag_set_environment_file_default(self):
        config = self.folder / "c.toml"
        config.write_text("[run]\nseed=1\n")
        base = ["run", self.counts, "-o", self.folder / "out"]
        self.assertEqual(self.effective(*base), "0")
        self.assertEqual(self.effective("--config", config, *base), "1")
        self.assertEqual(self.effective("--config", config, *base, LEXICELL_SEED="2"), "2")
        self.assertEqual(self.effective("--config", config, *base, "--set", "run.seed=3", LEXICELL_SEED="2"), "3")
        self.assertEqual(self.effective("--config", config, *base, "--set", "seed=3", "--seed", "4", LEXICELL_SEED="2"), "4")

    def test_unknown_keys_are_refused(self):
        self.assert_exit(lexicell("run", self.counts, "-o", self.folder / "out", "--set", "run.sead=3"), 2)


class BadInput(Folder):
    def test_exit_codes(self):
        out = self.folder / "out"
        self.assert_exit(lexicell("run", self.folder / "none.h5ad", "-o", out), 3)
        junk = self.folder / "junk.h5ad"
        junk.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(range(256)) * 20)
        self.assert_exit(lexicell("run", junk, "-o", out), 3)
        half = self.folder / "half.h5ad"
        half.write_bytes(self.counts.read_bytes()[: self.counts.stat().st_size // 2])
        self.assert_exit(lexicell("run", half, "-o", out), 3)
        negative = anndata.read_h5ad(self.counts)
        negative.X.data[0] = -1
        negative.write_h5ad(self.folder / "negative.h5ad")
        self.assert_exit(lexicell("run", self.folder / "negative.h5ad", "-o", out), 4)
        self.assertFalse(out.exists())
        self.assertEqual(list(self.folder.glob(".*")), [])
        out.mkdir()
        self.assert_exit(lexicell("run", self.counts, "-o", out), 2)
        self.assert_exit(lexicell("embed", self.counts, "--model", self.folder, "-o", self.folder / "e.h5ad"), 5)
        self.assert_exit(lexicell("run", self.counts, "-o", self.folder / "no" / "such" / "\0".strip("\0") / "out", "--genome", "x", "--layer", "absent"), 4)

    def test_a_memory_limit_ends_with_its_own_code(self):
        done = lexicell("run", self.counts, "-o", self.folder / "out", "--max-memory", "40MB")
        self.assert_exit(done, 6)
        self.assertIn("--max-memory", done.stderr)
        self.assertFalse((self.folder / "out").exists())

    def test_all_genes_can_be_asked_for(self):
        self.assert_exit(lexicell("run", self.counts, "-o", self.folder / "out", "--dry-run", "--n-genes", "all"), 0)

    def test_timings_name_time_and_memory(self):
        done = lexicell("convert", self.counts, "-o", self.folder / "copy.h5ad", "--compat", "0.12", "--timings")
        self.assert_exit(done, 0)
        self.assertRegex(done.stderr, r"processor [0-9.]+ s in the program.*peak memory [0-9]+ MB")

    def test_the_json_error_names_everything(self):
        done = lexicell("run", self.folder / "none.h5ad", "-o", self.folder / "out", "--json")
        document = json.loads(done.stderr)
        self.assertEqual(document["error"]["code"], 3)
        self.assertEqual(set(document["error"]), {"code", "type", "message", "file", "key", "offset", "found", "expected", "hint"})
        self.assertEqual(done.stdout, "")

    def test_a_read_only_folder_is_a_write_error(self):
        self.assert_exit(lexicell("convert", self.counts, "-o", "/proc/none.h5ad"), 8)


class Run(Folder):
    def test_the_folder_is_whole(self):
        out = self.folder / "out"
        done = lexicell("run", self.counts, "-o", out, "--obs-label", "type", "--json", *QUICK)
        self.assert_exit(done, 0)
        result = json.loads(done.stdout)
        self.assertEqual(result["output"], str(out))
        data = anndata.read_h5ad(out / "lexicell.h5ad")
        self.assertEqual(data.obsm["X_scilama"].shape[0], 300)
        self.assertTrue(np.isfinite(data.obsm["X_scilama"]).all())
        self.assertIn("scilama_cluster", data.obs)
        self.assertIn("rank_genes_groups", data.uns)
        self.assertEqual(len(data.uns["lexicell_runs"]), 1)
        for name in ["report.html", "manifest.json", "tables/markers.csv", "model/config.json", "model/model.safetensors"]:
            self.assertTrue((out / name).exists(), name)
        manifest = json.loads((out / "manifest.json").read_text())
        self.assertEqual(manifest["input"]["sha256"], subprocess.run(["sha256sum", self.counts], capture_output=True, text=True).stdout.split()[0])
        self.assertFalse((self.folder / ".out.partial").exists())

        embedded = self.folder / "embedded.h5ad"
        self.assert_exit(lexicell("embed", self.counts, "--model", out / "model", "-o", embedded, "--threads", "1"), 0)
        again = anndata.read_h5ad(embedded).obsm["X_scilama"]
        np.testing.assert_array_equal(again, data.obsm["X_scilama"])

    def test_a_dry_run_writes_nothing(self):
        done = lexicell("run", self.counts, "-o", self.folder / "out", "--dry-run")
        self.assert_exit(done, 0)
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["counts.h5ad"])

    def test_the_same_seed_gives_the_same_bytes(self):
        models = []
        for name in "ab":
            self.assert_exit(lexicell("run", self.counts, "-o", self.folder / name, *QUICK), 0)
            models.append((self.folder / name / "model" / "model.safetensors").read_bytes())
        self.assertEqual(*models)


class Models(Folder):
    """A model with a gene side: cells of another panel, markers by the model, modules."""

    def setUp(self):
        super().setUp()
        random_state = np.random.default_rng(1)
        vectors = random_state.normal(size=(400, 8))
        for k in range(3):
            vectors[40 * k : 40 * k + 40, k] += 4
        self.vectors = self.folder / "vectors.csv"
        rows = [",".join([f"GENE{i}", *(f"{value:.4f}" for value in vectors[i])]) for i in range(400)]
        self.vectors.write_text("\n".join(["gene," + ",".join(f"d{d}" for d in range(8)), *rows]) + "\n")
        self.model = self.folder / "model"
        self.measured = self.folder / "measured.h5ad"
        data = anndata.read_h5ad(self.counts)
        data[:, ::2].copy().write_h5ad(self.measured)
        data[:, 1::2].copy().write_h5ad(self.folder / "other.h5ad")
        self.assert_exit(lexicell("train", self.measured, "-o", self.model, "--gene-vectors", self.vectors, "--encoder", "panel-free",
                                  "--min-steps", "300", "--max-steps", "300", "--threads", "1"), 0)

    def test_a_file_without_a_shared_gene_is_placed_by_text(self):
        placed = self.folder / "placed.h5ad"
        done = lexicell("embed", self.folder / "other.h5ad", "--model", self.model, "-o", placed, "--gene-vectors", self.vectors, "--json")
        self.assert_exit(done, 0)
        result = json.loads(done.stdout)
        self.assertTrue(result["by_text"])
        self.assertGreater(result["genes_read"], 150)  # those without any count are left out
        self.assertEqual(result["genes_shared"], 0)
        own = self.folder / "own.h5ad"
        self.assert_exit(lexicell("embed", self.measured, "--model", self.model, "-o", own, "--gene-vectors", self.vectors), 0)
        reference, query = anndata.read_h5ad(own), anndata.read_h5ad(placed)
        types = reference.obs["type"].to_numpy()
        means = np.stack([reference.obsm["X_scilama"][types == f"type{k}"].mean(0) for k in range(3)])
        near = ((query.obsm["X_scilama"][:, None] - means) ** 2).sum(2).argmin(1)
        self.assertGreater(np.mean([f"type{k}" for k in near] == types), 0.6)

    def test_without_vectors_a_file_of_other_genes_is_refused(self):
        done = lexicell("embed", self.folder / "other.h5ad", "--model", self.model, "-o", self.folder / "placed.h5ad")
        self.assert_exit(done, 4)
        self.assertIn("too few of the model's genes", done.stderr)

    def test_other_vectors_are_refused(self):
        other = self.folder / "other_vectors.csv"
        other.write_text(self.vectors.read_text())
        done = lexicell("embed", self.measured, "--model", self.model, "-o", self.folder / "placed.h5ad", "--gene-vectors", other)
        self.assert_exit(done, 4)
        self.assertIn("not the vectors that the model was trained with", done.stderr)

    def test_markers_of_genes_that_were_not_measured(self):
        table = self.folder / "unseen.csv"
        self.assert_exit(lexicell("markers", self.measured, "-o", table, "--groups", "type", "--model", self.model, "--unseen",
                                  "--gene-vectors", self.vectors), 0)
        rows = [line.split(",") for line in table.read_text().splitlines()[1:]]
        self.assertEqual(len({row[1] for row in rows if int(row[1][4:]) % 2}), 200)
        self.assertEqual(len(rows) % 3, 0)
        for k in range(3):
            best = [int(row[1][4:]) for row in rows if row[0] == f"type{k}"][:20]
            self.assertGreater(sum(40 * k <= gene < 40 * k + 40 for gene in best), 10)

    def test_run_chooses_the_encoder_and_prints_controls_beside_the_modules(self):
        sets = self.folder / "sets.gmt"
        sets.write_text("".join(f"block{k}\tof type {k}\t" + "\t".join(f"GENE{i}" for i in range(40 * k, 40 * k + 40)) + "\n" for k in range(3)))
        out = self.folder / "out"
        self.assert_exit(lexicell("run", self.counts, "-o", out, "--gene-vectors", self.vectors, "--gmt", sets, *QUICK), 0)
        probe = json.loads((out / "manifest.json").read_text())["encoder_probe"]
        self.assertAlmostEqual(probe["cost"], probe["columns"] - probe["panel_free"])
        chosen = json.loads((out / "model" / "config.json").read_text())["scilama"]["encoder"]
        self.assertEqual(chosen, "panel-free" if probe["cost"] <= 0.01 else "columns")
        rows = [line.split(",")[0] for line in (out / "tables" / "module_controls.csv").read_text().splitlines()[1:]]
        self.assertEqual([row.strip('"') for row in rows], ["text alone", "sciLaMA", "sciLaMA", "expression alone"])

    def test_repeated_ids_of_a_table_are_refused_unless_settled(self):
        lines = self.vectors.read_text().splitlines()
        twice = self.folder / "twice.csv"
        twice.write_text("\n".join([*lines, lines[1]]) + "\n")
        quick = ["train", self.measured, "--gene-vectors", twice, "--encoder", "columns", *QUICK]
        done = lexicell(*quick, "-o", self.folder / "refused")
        self.assert_exit(done, 4)
        self.assertIn("--dedup", done.stderr)
        self.assert_exit(lexicell(*quick, "-o", self.folder / "first", "--dedup", "first"), 0)

    def test_modules(self):
        table = self.folder / "modules.csv"
        self.assert_exit(lexicell("modules", self.model, "-o", table), 0)
        self.assertGreater(len(table.read_text().splitlines()), 150)


class LogValues(Folder):
    """Gaussian forms model log values: counts and their own log values are the same input."""

    def embedded(self, source, name, flags):
        model, cells = self.folder / f"{name}_model", self.folder / f"{name}.h5ad"
        self.assert_exit(lexicell("train", source, "-o", model, "--mode", "beta_vae", *QUICK, *flags), 0)
        self.assert_exit(lexicell("embed", source, "--model", model, "-o", cells), 0)
        return anndata.read_h5ad(cells).obsm["X_scilama"]

    def test_counts_and_their_logarithms_train_the_same_model(self):
        data = anndata.read_h5ad(self.counts)
        totals = np.asarray(data.X.sum(1)).ravel()
        data.X = sparse.csr_matrix(np.log1p(sparse.diags(1e4 / totals) @ data.X.astype(np.float64)), dtype=np.float32)
        logged = self.folder / "logged.h5ad"
        data.write_h5ad(logged)
        for flags in (["--likelihood", "gaussian"], ["--likelihood", "gaussian", "--model-set", "input=scaled"]):
            by_counts, by_logs = self.embedded(self.counts, "a" + str(len(flags)), flags), self.embedded(logged, "b" + str(len(flags)), flags)
            self.assertGreater(by_counts.std(), 0.01)
            np.testing.assert_allclose(by_counts, by_logs, atol=0.02 * by_counts.std())

    def test_the_panel_free_encoder_is_refused_there(self):
        vectors = self.folder / "vectors.csv"
        vectors.write_text("gene,a,b\n" + "".join(f"GENE{i},{i % 7},{i % 5}\n" for i in range(400)))
        done = lexicell("train", self.counts, "-o", self.folder / "model", "--gene-vectors", vectors, "--likelihood", "gaussian", "--encoder", "panel-free", *QUICK)
        self.assert_exit(done, 2)
        self.assertIn("panel-free", done.stderr)


class Annotate(Folder):
    """A reference of three types and a query of the same kind of cells with fewer genes."""

    def setUp(self):
        super().setUp()
        self.query = self.folder / "query.h5ad"
        data = simulated_counts(self.folder / "whole.h5ad", cells=200, seed=0)
        data[:, 20:].copy().write_h5ad(self.query)
        self.out = self.folder / "out"

    def annotate(self, *arguments):
        return lexicell("annotate", self.query, "--reference", self.counts, "--obs-label", "type", "-o", self.out, "--threads", "1", *arguments)

    def test_labels_are_right_and_the_folder_is_whole(self):
        done = self.annotate("--truth", "type", "--json")
        self.assert_exit(done, 0)
        found = json.loads(done.stdout)["manifest"]["annotation"]
        self.assertEqual([row["method"] for row in found["held_out"]], ["logistic", "celltypist", "knn", "centroid", "singler", "majority"])
        labelled = anndata.read_h5ad(self.out / "lexicell.h5ad")
        given, truth = labelled.obs["lexicell_label"].astype(str).to_numpy(), labelled.obs["type"].astype(str).to_numpy()
        sure = given != "Unassigned"
        self.assertGreater(sure.mean(), 0.5)
        self.assertGreater((given == truth)[sure].mean(), 0.9)
        np.testing.assert_allclose(labelled.obsm["lexicell_probability"].sum(1), 1, rtol=1e-5)
        np.testing.assert_allclose(labelled.obsm["lexicell_probability"].max(1), labelled.obs["lexicell_confidence"], rtol=1e-6)
        self.assertEqual(list(labelled.uns["lexicell_classes"]), ["type0", "type1", "type2"])
        for name in ("report.html", "manifest.json", "model/config.json", "tables/labels.csv", "tables/held_out.csv"):
            self.assertTrue((self.out / name).exists(), name)

    def test_a_saved_classifier_gives_the_same_labels(self):
        self.assert_exit(self.annotate("--alone"), 0)
        more = self.folder / "more"
        self.assert_exit(lexicell("annotate", self.query, "--reference", self.out / "model", "-o", more), 0)
        first, second = (anndata.read_h5ad(folder / "lexicell.h5ad") for folder in (self.out, more))
        np.testing.assert_array_equal(first.obsm["lexicell_probability"], second.obsm["lexicell_probability"])

    def test_cells_without_a_label_take_no_part(self):
        self.assert_exit(self.annotate("--alone", "--unlabelled", "type2", "--target-risk", "1"), 0)
        labelled = anndata.read_h5ad(self.out / "lexicell.h5ad")
        self.assertEqual(set(labelled.obs["lexicell_label"].astype(str)), {"type0", "type1"})

    def test_what_cannot_work_is_refused(self):
        self.assert_exit(lexicell("annotate", self.query, "--reference", self.counts, "-o", self.out), 2)
        self.assert_exit(lexicell("annotate", self.query, "--reference", self.counts, "--obs-label", "none", "-o", self.out), 4)
        other = anndata.read_h5ad(self.counts)
        other.var_names = [f"OTHER{i}" for i in range(other.n_vars)]
        other.write_h5ad(self.folder / "other.h5ad")
        done = lexicell("annotate", self.query, "--reference", self.folder / "other.h5ad", "--obs-label", "type", "-o", self.out)
        self.assert_exit(done, 4)
        self.assertIn("share too few genes", done.stderr)
        self.assertFalse(self.out.exists())


class Integrate(Folder):
    def setUp(self):
        super().setUp()
        data = anndata.read_h5ad(self.counts)
        random_state = np.random.default_rng(3)
        second = random_state.integers(0, 2, data.n_obs).astype(bool)
        # One batch measures a fifth of the genes many times as well.
        stronger = data.X.toarray()
        stronger[np.ix_(second, np.arange(200, 400, 3))] *= 20
        data.X = sparse.csr_matrix(stronger)
        data.obs["donor"] = np.where(second, "late", "early")
        data.write_h5ad(self.counts)
        data[second].copy().write_h5ad(self.folder / "late.h5ad")
        data[~second, 10:].copy().write_h5ad(self.folder / "early.h5ad")
        self.out = self.folder / "out"

    def test_batches_mix_and_later_cells_are_mapped(self):
        done = lexicell("integrate", self.counts, "--obs-batch", "donor", "--obs-label", "type", "-o", self.out, "--json")
        self.assert_exit(done, 0)
        manifest = json.loads(done.stdout)["manifest"]
        self.assertGreater(manifest["mixing"]["after"], manifest["mixing"]["before"] + 0.2)
        result = anndata.read_h5ad(self.out / "lexicell.h5ad")
        self.assertEqual(result.obsm["X_harmony"].shape, result.obsm["X_pca"].shape)
        for name in ("report.html", "manifest.json", "model/config.json", "tables/scores.csv"):
            self.assertTrue((self.out / name).exists(), name)
        mapped = self.folder / "mapped.h5ad"
        self.assert_exit(lexicell("embed", self.counts, "--model", self.out / "model", "-o", mapped), 0)
        placed = anndata.read_h5ad(mapped).obsm["X_harmony"]
        apart = np.linalg.norm(placed - result.obsm["X_harmony"], axis=1)
        self.assertLess(np.median(apart), 0.2 * np.median(np.linalg.norm(result.obsm["X_harmony"], axis=1)))

    def test_files_are_joined_on_their_common_genes(self):
        done = lexicell("integrate", self.folder / "late.h5ad", self.folder / "early.h5ad", "--method", "mnn", "-o", self.out)
        self.assert_exit(done, 0)
        joined = anndata.read_h5ad(self.out / "lexicell.h5ad")
        self.assertEqual(joined.n_obs, 300)
        self.assertLessEqual(joined.n_vars, 390)
        self.assertEqual(set(joined.obs["file"]), {"late", "early"})
        whole = anndata.read_h5ad(self.counts)[joined.obs_names, joined.var_names]
        self.assertEqual((joined.X != whole.X).nnz, 0)

    def test_what_cannot_work_is_refused(self):
        self.assert_exit(lexicell("integrate", self.counts, "-o", self.out), 2)
        self.assert_exit(lexicell("integrate", self.counts, "--obs-batch", "none", "-o", self.out), 4)
        self.assert_exit(lexicell("integrate", self.counts, "--obs-batch", "donor", "--method", "magic", "-o", self.out), 2)
        self.assertFalse(self.out.exists())


class Compare(Folder):
    def test_baselines_stand_beside_the_model_and_a_bad_method_fails_alone(self):
        out = self.folder / "out"
        done = lexicell("compare", self.counts, "--obs-label", "type", "--methods", "pca,scilama,logistic,majority", "--seeds", "3", "-o", out, "--json", *QUICK)
        self.assert_exit(done, 0)
        found = json.loads(done.stdout)["manifest"]["comparison"]
        self.assertEqual(found["failures"], 0)
        labels = {row["method"]: row["metrics"]["macro-F1"]["mean"] for row in found["contests"][1]["standings"]}
        self.assertEqual(set(labels), {"15-NN on pca", "15-NN on scilama", "logistic", "majority"})
        self.assertGreater(labels["logistic"], labels["majority"] + 0.3)
        self.assertRegex(found["verdict"], "scilama")
        again = self.folder / "again"
        self.assert_exit(lexicell("compare", self.counts, "--obs-label", "type", "--methods", "pca,scilama,logistic,majority", "--seeds", "3", "-o", again, *QUICK), 0)
        self.assertEqual((out / "tables" / "split.csv").read_bytes(), (again / "tables" / "split.csv").read_bytes())

    def test_a_method_that_fails_is_listed(self):
        out = self.folder / "out"
        done = lexicell("compare", self.counts, "--obs-label", "type", "--methods", "pca,scilama", "--seeds", "2", "-o", out, "--json", *QUICK, "--split", "no such column")
        self.assert_exit(done, 0)
        found = json.loads(done.stdout)["manifest"]["comparison"]
        self.assertEqual(found["failures"], 4)
        self.assertIn("scilama has no", found["verdict"])

    def test_what_cannot_work_is_refused(self):
        self.assert_exit(lexicell("compare", self.counts, "--obs-label", "none", "-o", self.folder / "out"), 4)
        self.assert_exit(lexicell("compare", self.counts, "--obs-label", "type", "--methods", "magic", "-o", self.folder / "out"), 2)


class Score(Folder):
    def setUp(self):
        super().setUp()
        data = anndata.read_h5ad(self.counts)
        random_state = np.random.default_rng(2)
        types = data.obs["type"].cat.codes.to_numpy()
        data.obs["donor"] = [f"donor{k}" for k in random_state.integers(0, 2, data.n_obs)]
        data.obsm["X_good"] = (np.eye(3)[types] + 0.1 * random_state.normal(size=(data.n_obs, 3))).astype(np.float32)
        data.obsm["X_noise"] = random_state.normal(size=(data.n_obs, 3)).astype(np.float32)
        data.write_h5ad(self.counts)

    def test_a_good_embedding_beats_noise_and_controls_are_beside_it(self):
        done = lexicell("score", self.counts, "--obsm-key", "X_good", "--obsm-key", "X_noise", "--obs-label", "type", "--obs-batch", "donor", "--json")
        self.assert_exit(done, 0)
        document = json.loads(done.stdout)
        self.assertEqual(document["profile"], "scib-metrics-0.6")
        bio = {row["obsm"]: row["bio"] for row in document["totals"]}
        self.assertEqual(len(bio), 10)
        self.assertGreater(bio["X_good"], bio["X_noise"] + 0.2)
        self.assertGreaterEqual(bio["embed_cell_types"], bio["X_good"])
        for row in document["metrics"]:
            self.assertEqual(set(row), {"obsm", "name", "group", "value", "scaled", "reason"})
            self.assertTrue(row["value"] is not None or row["reason"])

    def test_without_batches_batch_metrics_are_not_available(self):
        done = lexicell("score", self.counts, "--obsm-key", "X_good", "--obs-label", "type", "--no-controls", "--json", "--profile", "scib-2022")
        self.assert_exit(done, 0)
        rows = {row["name"]: row for row in json.loads(done.stdout)["metrics"]}
        self.assertIsNone(rows["kbet"]["value"])
        self.assertNotEqual(rows["kbet"]["reason"], "")

    def test_pages_and_tables(self):
        for name in ("scores.html", "scores.csv"):
            self.assert_exit(lexicell("score", self.counts, "--obsm-key", "X_good", "--obs-label", "type", "--no-controls", "-o", self.folder / name), 0)
            self.assertGreater((self.folder / name).stat().st_size, 500)
        self.assert_exit(lexicell("score", self.counts, "--obsm-key", "X_none", "--obs-label", "type"), 4)
        self.assert_exit(lexicell("score", self.counts, "--obsm-key", "X_good", "--obs-label", "type", "-o", self.folder / "scores.pdf"), 2)


class Interrupted(Folder):
    def start(self, out, *flags):
        return subprocess.Popen([LEXICELL, "run", self.counts, "-o", out, "--min-steps", "3000", "--max-steps", "3000", "--n-genes", "200",
                                 "--threads", "1", *flags], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def stop_in_training(self, process, number):
        partial = self.folder / ".out.partial"
        deadline = time.time() + 120
        while time.time() < deadline and not list(partial.glob("training/*")):
            time.sleep(0.02)
        time.sleep(1)  # checkpoints of an earlier start are there at once; the handlers are not
        process.send_signal(number)
        return process.communicate(timeout=60)[1]

    def test_a_signal_saves_and_the_resumed_run_is_the_same(self):
        whole = self.folder / "whole"
        process = self.start(whole)
        self.assertEqual(process.wait(300), 0, process.stderr.read())
        process.stderr.close()
        out = self.folder / "out"
        for number, code in [(signal.SIGINT, 130), (signal.SIGTERM, 143)]:
            process = self.start(out, "--resume", "auto")
            text = self.stop_in_training(process, number)
            self.assertEqual(process.returncode, code, text)
            self.assertIn("--resume auto", text)
            self.assertFalse(out.exists())
        process = self.start(out, "--resume", "auto")
        self.assertEqual(process.wait(300), 0)
        process.stderr.close()
        self.assertEqual((out / "model" / "model.safetensors").read_bytes(), (whole / "model" / "model.safetensors").read_bytes())


class Killed(Folder):
    """kill -9 at random moments: the target is absent or whole, and a resumed training ends in the same bytes."""

    def run_killed(self, out, after):
        process = subprocess.Popen([LEXICELL, "run", self.counts, "-o", out, "--resume", "auto", *QUICK],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            return process.wait(after) == 0
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return False

    def test_the_target_is_absent_or_whole(self):
        start = time.time()
        whole = self.folder / "whole"
        self.assert_exit(lexicell("run", self.counts, "-o", whole, *QUICK), 0)
        duration = time.time() - start
        random.seed(1)
        absent = complete = 0
        for _ in range(int(os.environ.get("LEXICELL_KILLS", "4"))):
            out = self.folder / "out"
            self.run_killed(out, random.uniform(0, duration * 1.1))
            if out.exists():
                self.assertEqual(sorted(p.relative_to(out) for p in out.rglob("*")), sorted(p.relative_to(whole) for p in whole.rglob("*")))
                self.assertEqual((out / "model" / "model.safetensors").read_bytes(), (whole / "model" / "model.safetensors").read_bytes())
                anndata.read_h5ad(out / "lexicell.h5ad")
                shutil.rmtree(out)
                complete += 1
            else:
                absent += 1
                if random.random() < 0.5:
                    shutil.rmtree(self.folder / ".out.partial", ignore_errors=True)
        print(f"kill -9 in run: {absent} times no target, {complete} times a whole one, 0 times anything else")

    def test_killed_training_resumes_bit_identically(self):
        flags = ["--min-steps", "900", "--max-steps", "900", "--n-genes", "200", "--threads", "1", "--checkpoint-seconds", "0.2"]
        command = [LEXICELL, "train", self.counts, *flags]
        start = time.time()
        self.assert_exit(lexicell(*command[1:], "-o", self.folder / "whole"), 0)
        duration = time.time() - start
        random.seed(2)
        kills = int(os.environ.get("LEXICELL_TRAINING_KILLS", "2"))
        landed = 0
        while landed < kills:
            process = subprocess.Popen([*command, "-o", self.folder / "out", "--resume", "auto"], stderr=subprocess.DEVNULL)
            try:
                process.wait(random.uniform(0.2, 0.9) * duration)
            except subprocess.TimeoutExpired:
                process.kill()
                landed += 1
            process.wait()
            if (self.folder / "out").exists():
                shutil.rmtree(self.folder / "out")
            elif landed % 2 == 0:
                self.assert_exit(lexicell(*command[1:], "-o", self.folder / "out", "--resume", "auto"), 0)
                self.assertEqual((self.folder / "out" / "model.safetensors").read_bytes(), (self.folder / "whole" / "model.safetensors").read_bytes())
                shutil.rmtree(self.folder / "out")
        self.assert_exit(lexicell(*command[1:], "-o", self.folder / "out", "--resume", "auto"), 0)
        self.assertEqual((self.folder / "out" / "model.safetensors").read_bytes(), (self.folder / "whole" / "model.safetensors").read_bytes())
        print(f"kill -9 in training: {landed} kills, every resumed model bit-identical")


if __name__ == "__main__":
    unittest.main(verbosity=2)
