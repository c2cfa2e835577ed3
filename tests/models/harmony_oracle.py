"""Principal components of real cells from three donors, and what harmonypy makes of them.

usage: harmony_oracle.py CELLS.h5ad FILE.safetensors; exits with 77 when harmonypy is not installed.
"""
import pathlib
import sys
import warnings

try:
    import harmonypy
except ImportError:
    sys.exit(77)
import anndata
import numpy as np
import scanpy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from safetensors_file import write_safetensors  # noqa: E402

warnings.filterwarnings("ignore")

cells = anndata.read_h5ad(sys.argv[1])
scanpy.pp.pca(cells, n_comps=30)
points = cells.obsm["X_pca"].astype(np.float64)
donor, label = (cells.obs[column].astype("category").cat.codes.to_numpy(np.int64) for column in ("donor", "cell_type"))
out = {"points": points.astype(np.float32), "batch": donor, "label": label}
options = {"theta": 2, "lamb": 1, "sigma": 0.1, "max_iter_harmony": 10, "max_iter_kmeans": 4, "epsilon_cluster": 1e-3,
           "epsilon_harmony": 1e-2}
for seed in range(3):
    found = harmonypy.run_harmony(points, cells.obs[["donor"]].astype(str), ["donor"], verbose=False, random_state=seed,
                                  ncores=1, **options)
    out[f"corrected.{seed}"] = np.ascontiguousarray(found.Z_corr, dtype=np.float32)
write_safetensors(pathlib.Path(sys.argv[2]), out)
