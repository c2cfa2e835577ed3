"""The peer of bench_harmony_speed: harmonypy on the same points, driven over stdin and stdout.

usage: harmony_speed.py FOLDER COMPONENTS THREADS, where FOLDER holds the bytes of points (N x K, float32) and of batch
(N, int32). One command a line: "run SEED ROUNDS CLUSTER_TOLERANCE HARMONY_TOLERANCE"; it writes the bytes of corrected
(N x K, float32) and answers with one line of JSON.
"""
import json
import pathlib
import resource
import sys
import time

import harmonypy
import numpy as np
import pandas as pd


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    folder, components, threads = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    points = np.fromfile(folder / "points", np.float32).reshape(-1, components).astype(np.float64)
    cells = pd.DataFrame({"batch": np.fromfile(folder / "batch", np.int32).astype(str)})
    print(json.dumps({"harmonypy": harmonypy.__version__}), flush=True)
    for line in sys.stdin:
        _, seed, rounds, cluster, harmony = line.split()
        wall, cpu = time.perf_counter(), cpu_seconds()
        found = harmonypy.run_harmony(points, cells, ["batch"], lamb=1, verbose=False, random_state=int(seed),
                                      ncores=threads, max_iter_kmeans=int(rounds), epsilon_cluster=float(cluster),
                                      epsilon_harmony=float(harmony))
        answer = {"seconds": time.perf_counter() - wall, "cpu_seconds": cpu_seconds() - cpu,
                  "rounds": [int(r) for r in found.kmeans_rounds]}
        np.ascontiguousarray(found.Z_corr, dtype=np.float32).tofile(folder / "corrected")
        print(json.dumps(answer), flush=True)


main()
