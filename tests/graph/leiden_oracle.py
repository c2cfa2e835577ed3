"""Neighbour graphs of real cells, and the modularity that igraph and leidenalg reach on them.

usage: leiden_oracle.py FOLDER FILE.h5ad...
Writes FOLDER/<stem>.safetensors with the symmetric graph (indptr, indices, weights) and one row of `reached` a
resolution: resolution, mean of five runs of igraph, mean of five runs of leidenalg. A single run of either differs from the
next by more than the two programs differ from each other.
"""
import pathlib
import random
import sys

import h5py
import igraph
import leidenalg
import numpy as np
import scipy.sparse as sp
from sklearn.decomposition import PCA
from sklearn.neighbors import kneighbors_graph

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from safetensors_file import write_safetensors  # noqa: E402

RUNS = 5


def neighbour_graph(path):
    with h5py.File(path) as file:
        x = file["X"]
        counts = sp.csr_matrix((x["data"][:], x["indices"][:], x["indptr"][:]), shape=x.attrs["shape"]).astype(np.float64)
    logs = sp.diags(1e4 / np.asarray(counts.sum(1)).ravel()) @ counts
    logs.data = np.log1p(logs.data)
    mean = np.asarray(logs.mean(0)).ravel()
    variance = np.asarray(logs.multiply(logs).mean(0)).ravel() - mean**2
    dense = logs[:, np.argsort(-variance)[:1000]].toarray()
    points = PCA(20, svd_solver="covariance_eigh").fit_transform(dense)
    distances = kneighbors_graph(points, 15, mode="distance")
    width = np.repeat(distances.max(axis=1).toarray().ravel(), 15)
    distances.data = np.exp(-((distances.data / width) ** 2))
    graph = distances.maximum(distances.T).tocsr().astype(np.float32)
    graph.sort_indices()
    return graph


folder = pathlib.Path(sys.argv[1])
for name in map(pathlib.Path, sys.argv[2:]):
    graph = neighbour_graph(name)
    upper = sp.triu(graph).tocoo()
    peer = igraph.Graph(n=graph.shape[0], edges=np.c_[upper.row, upper.col].tolist())
    weights = upper.data.astype(float).tolist()
    rows = []
    for resolution in (0.5, 1.0, 2.0):
        random.seed(1)  # igraph draws from it
        by_igraph = np.mean([
            peer.modularity(
                peer.community_leiden("modularity", weights=weights, resolution=resolution, n_iterations=-1).membership,
                weights=weights, resolution=resolution)
            for _ in range(RUNS)])
        by_leidenalg = np.mean([
            peer.modularity(
                leidenalg.find_partition(peer, leidenalg.RBConfigurationVertexPartition, weights=weights,
                                         resolution_parameter=resolution, n_iterations=2, seed=seed).membership,
                weights=weights, resolution=resolution)
            for seed in range(RUNS)])
        rows.append((resolution, by_igraph, by_leidenalg))
    write_safetensors(folder / f"{name.stem}.safetensors", {
        "indptr": graph.indptr.astype(np.int64), "indices": graph.indices.astype(np.int32), "weights": graph.data,
        "reached": np.array(rows)})
