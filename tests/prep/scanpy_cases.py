"""Runs scanpy on real files, writes what it returns as golden cases into a temporary folder, and lets the golden test
compare them: more data and more settings than the stored cases hold.

    scanpy_cases.py TEST_PROGRAM
"""
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import warnings

import anndata
import numpy as np
import scanpy as sc

warnings.filterwarnings("ignore")
program = sys.argv[1]
shared = pathlib.Path(os.environ.get("LEXICELL_SHARED") or pathlib.Path(__file__).resolve().parents[2] / "../shared")
if not (shared / "data").exists():
    print("skipped: no shared data")
    sys.exit(77)

DTYPES = {"float32": "F32", "float64": "F64", "int32": "I32", "int64": "I64", "uint8": "U8"}


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, array in tensors.items():
        array = np.ascontiguousarray(array)
        blob = array.tobytes()
        header[name] = {"dtype": DTYPES[str(array.dtype)], "shape": list(array.shape), "data_offsets": [len(data), len(data) + len(blob)]}
        data += blob
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def write_case(root, name, call, config, outputs, compare, inputs=None, **more):
    folder = root / "prep" / name
    folder.mkdir(parents=True)
    tensors = [{"file": "outputs.safetensors", "name": key} for key in outputs]
    case = {"config": config, "produced_by": call, "compare": compare, "tensors": tensors, **more}
    (folder / "case.json").write_text(json.dumps(case))
    write_safetensors(folder / "outputs.safetensors", outputs)
    write_safetensors(folder / "inputs.safetensors", inputs or {})


def f4(values):
    return np.asarray(values, dtype=np.float32)


def read(file, rows):
    data = sc.read_h5ad(shared / "data" / file)[:rows].copy()
    data.X = data.X.tocsr().astype(np.float32)
    return anndata.AnnData(data.X, obs=data.obs, var=data.var[[]])


def log_normalised(counts):
    data = counts.copy()
    sc.pp.normalize_total(data, target_sum=1e4)
    sc.pp.log1p(data)
    return data


def normalisation(root, file, rows):
    counts = read(file, rows)
    logged = log_normalised(counts)
    median = sc.pp.normalize_total(counts, target_sum=None, inplace=False)["X"]
    exclude = sc.pp.normalize_total(counts, target_sum=1e4, exclude_highly_expressed=True, max_fraction=0.05, inplace=False)
    totals = np.asarray(counts.X.sum(axis=1)).ravel()
    outputs = {"total_counts": f4(totals), "exclude_high.norm_factor": f4(exclude["norm_factor"])}
    for cell in (0, rows // 2, rows - 1):
        outputs[f"cell{cell}.indices"] = logged.X[cell].indices.astype(np.int32)
        outputs[f"cell{cell}.values"] = f4(logged.X[cell].data)
        outputs[f"median.cell{cell}.values"] = f4(median[cell].data)
        outputs[f"exclude_high.cell{cell}.values"] = f4(exclude["X"][cell].data)
    write_case(root, f"normalize-{file}", "sc.pp.normalize_total", {"file": f"shared/data/{file}", "cells": f"first {rows} rows", "target_sum": 1e4},
               outputs, {"*": {"rel": 1e-5}}, median_target=float(np.median(totals)))


def variable(root, file, rows, flavor, top=None, batch=None, min_cells=None):
    counts = read(file, rows)
    outputs, where = {}, "all genes"
    if min_cells:
        keep, _ = sc.pp.filter_genes(counts.copy(), min_cells=min_cells, inplace=False)
        outputs["used_genes"] = np.flatnonzero(keep).astype(np.int32)
        counts, where = counts[:, keep].copy(), f"genes found in at least {min_cells} of these cells"
    data = counts if flavor.startswith("seurat_v3") else log_normalised(counts)
    if batch:
        data.obs[batch] = data.obs[batch].astype("category")
    table = sc.pp.highly_variable_genes(data, flavor=flavor, n_top_genes=top, batch_key=batch, inplace=False)
    for name in ("means", "dispersions", "dispersions_norm", "variances", "variances_norm", "highly_variable_rank", "highly_variable_nbatches"):
        if name in table and (name != "highly_variable_nbatches" or batch):
            outputs[name] = f4(table[name])
    for name in ("highly_variable", "highly_variable_intersection"):
        if name in table:
            outputs[name] = table[name].to_numpy().astype(np.uint8)
    config = {"file": f"shared/data/{file}", "cells": f"first {rows} rows", "flavor": flavor, "input": f"first {rows} cells, {where}"}
    if top:
        config["n_top_genes"] = top
    if batch:
        config["batch_key"] = batch
    compare = {"*": {"rel": 1e-5}}
    if flavor.startswith("seurat_v3"):
        compare = {"variances_norm": {"rel": 0.02}, "highly_variable": {"overlap": 0.97}, "highly_variable_rank": "skip",
                   "highly_variable_nbatches": {"overlap": 0.97}, **compare}
    write_case(root, f"{flavor}-{top}-{batch}-{file}", "sc.pp.highly_variable_genes", config, outputs, compare,
               n_selected=int(table["highly_variable"].sum()))
    return data.var_names[table["highly_variable"].to_numpy()]


def quality(root, file, rows):
    counts = read(file, rows)
    counts.var["mt"] = counts.var_names.str.upper().str.startswith("MT-")
    top = [n for n in (50, 100, 200, 500) if n <= counts.n_vars]
    cells, genes = sc.pp.calculate_qc_metrics(counts, qc_vars=["mt"], percent_top=top, log1p=True, inplace=False)
    outputs = {f"cell.{name}": f4(cells[name]) for name in cells} | {f"gene.{name}": f4(genes[name]) for name in genes}
    outputs["filter_cells_min_genes_100"] = sc.pp.filter_cells(counts, min_genes=100, inplace=False)[0].astype(np.uint8)
    outputs["filter_genes_min_cells_10"] = sc.pp.filter_genes(counts, min_cells=10, inplace=False)[0].astype(np.uint8)
    config = {"file": f"shared/data/{file}", "cells": f"first {rows} rows", "percent_top": top}
    write_case(root, f"qc-{file}", "sc.pp.calculate_qc_metrics", config, outputs, {"*": {"rel": 1e-5}})


def components(root, file, rows, genes):
    logged = log_normalised(read(file, rows))[:, genes].copy()
    scaled = logged.copy()
    sc.pp.scale(scaled, max_value=10)
    outputs = {}
    for prefix, data in (("", scaled), ("unscaled.", logged)):
        sc.pp.pca(data, n_comps=30, svd_solver="arpack", random_state=0)
        if not prefix:
            outputs["explained_variance_ratio"] = f4(data.uns["pca"]["variance_ratio"])
            outputs["abs_loadings_first5"] = f4(np.abs(data.varm["PCs"][:, :5]))
        outputs[f"{prefix}explained_variance"] = f4(data.uns["pca"]["variance"])
        outputs[f"{prefix}abs_scores_first5"] = f4(np.abs(data.obsm["X_pca"][:50, :5]))
    config = {"file": f"shared/data/{file}", "cells": f"first {rows} rows", "n_comps": 30}
    write_case(root, f"pca-{file}", "sc.pp.pca", config, outputs,
               {"*explained_variance*": {"rel": 1e-4}, "*": {"rel": 1e-3, "scale": "component"}}, gene_names=list(genes))


with tempfile.TemporaryDirectory() as folder:
    root = pathlib.Path(folder)
    for file, rows in (("zeisel_descend.h5ad", 1464), ("kang_scgen_valid_counts.h5ad", 1000)):
        normalisation(root, file, rows)
        quality(root, file, rows)
    for flavor in ("seurat", "cell_ranger", "seurat_v3"):
        variable(root, "zeisel_descend.h5ad", 1464, flavor, top=300)
    variable(root, "kang_scgen_valid_counts.h5ad", 1975, "cell_ranger", top=800, min_cells=10)
    variable(root, "kang_scgen_valid_counts.h5ad", 1975, "seurat")
    variable(root, "embryo_E3.5_E4.5_mouse.h5ad", 902, "seurat", top=1000, batch="library", min_cells=20)
    variable(root, "kang_scgen_valid_counts.h5ad", 1975, "cell_ranger", top=700, batch="condition", min_cells=100)
    variable(root, "kang_scgen_valid_counts.h5ad", 1975, "seurat_v3", top=700, batch="condition", min_cells=50)
    variable(root, "kang_scgen_valid_counts.h5ad", 1975, "seurat_v3_paper", top=700, batch="condition", min_cells=50)
    genes = variable(root, "paul15_tradeseq.h5ad", 1500, "seurat", top=500)
    components(root, "paul15_tradeseq.h5ad", 1500, genes)
    environment = dict(os.environ, LEXICELL_GOLDEN=folder, LEXICELL_SHARED=str(shared))
    sys.exit(subprocess.run([program, "--gtest_filter=All/GoldenPrep*", "--gtest_brief=1"], env=environment).returncode)
