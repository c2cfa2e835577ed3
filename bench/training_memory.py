"""Peak memory of training on 50,000 cells x 2,000 genes (scilama.md, check 29).

Usage: training_memory.py LEXICELL FILE.h5ad [--cells N] [--knowledge FOLDER]

The cells are drawn with replacement from those of FILE and each count is thinned to nine tenths, so that no two cells are
equal. The peak of every process of the command counts. Bound: 2 x the counts as a CSR matrix + the model + 500 MB.
"""
import argparse
import pathlib
import resource
import subprocess
import sys
import tempfile

import anndata
import numpy as np
import scipy.sparse as sp


def resampled(source, cells, genes, random):
    data = anndata.read_h5ad(source)
    counts = sp.csr_matrix(data.X if data.raw is None else data.raw.X)
    names = data.var_names if data.raw is None else data.raw.var_names
    if not np.array_equal(counts.data, np.rint(counts.data)):
        sys.exit(f"{source}: X holds no counts")
    variance = np.asarray(counts.multiply(counts).mean(0) - np.square(counts.mean(0))).ravel()
    kept = np.sort(np.argsort(-variance)[:genes])
    counts = counts[random.integers(0, counts.shape[0], cells)][:, kept].tocsr()
    counts.data = random.binomial(counts.data.astype(np.int64), 0.9).astype(np.float32)
    counts.eliminate_zeros()
    return anndata.AnnData(counts, var={"symbol": np.asarray(names)[kept]})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lexicell", type=pathlib.Path)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("--cells", type=int, default=50_000)
    parser.add_argument("--knowledge", type=pathlib.Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        file, model = pathlib.Path(scratch) / "cells.h5ad", pathlib.Path(scratch) / "model"
        data = resampled(arguments.source, arguments.cells, 2000, np.random.default_rng(29))
        data.var_names = data.var["symbol"]
        data.write_h5ad(file)
        csr = data.X.data.nbytes + data.X.indices.nbytes + data.X.indptr.nbytes
        shape, density = data.shape, data.X.nnz / np.prod(data.shape)
        del data
        words = ["--knowledge", str(arguments.knowledge)] if arguments.knowledge else []
        # A pass over all cells and a validation happen in each stage; more steps need no more memory.
        command = [arguments.lexicell, "train", file, "-o", model, "--quiet", "--threads", "2", "--min-steps", "0", "--max-steps", "600", "--n-genes", "all",
                   "--encoder", "columns", "--model-set", "gene_min_steps=0", "--model-set", "gene_max_steps=200", *words]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(done.stderr)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        weights = sum(path.stat().st_size for path in model.rglob("*") if path.is_file())
    bound = 2 * csr + weights + 500e6
    print(f"{shape[0]} cells x {shape[1]} genes, density {density:.3f}: CSR {csr / 1e6:.0f} MB, model {weights / 1e6:.0f} MB")
    print(f"{'holds' if peak <= bound else 'DOES NOT HOLD'}: check 29: peak {peak / 1e6:.0f} MB (bound {bound / 1e6:.0f} MB)")
    sys.exit(peak > bound)


if __name__ == "__main__":
    main()
