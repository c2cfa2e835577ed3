"""The rooms of the house: no room includes one that stands below it, LibTorch stays below the line, HDF5 in io."""
import pathlib
import re
import sys

ROOMS = ["base", "data", "io", "genes", "text", "prep", "graph", "metrics", "report", "nn", "models", "train", "tasks"]
TORCH_FREE = ROOMS[: ROOMS.index("nn")]

root = pathlib.Path(__file__).resolve().parent.parent / "lexicell"
wrong = []
for path in sorted(root.rglob("*")):
    if path.suffix not in {".h", ".cpp", ".cu", ".cuh"}:
        continue
    room = path.relative_to(root).parts[0]
    for number, line in enumerate(path.read_text().split("\n"), 1):
        include = re.match(r'\s*#\s*include\s*[<"]([^>"]+)', line)
        if not include:
            continue
        name = include.group(1)
        parts = name.split("/")
        if parts[0] == "lexicell" and ROOMS.index(parts[1]) > ROOMS.index(room):
            wrong.append(f"{path}:{number}: {room} includes {parts[1]}, which stands below it")
        if room in TORCH_FREE and parts[0] in {"torch", "ATen", "c10"}:
            wrong.append(f"{path}:{number}: LibTorch above the line")
        if room != "io" and re.match(r"(hdf5|H5)", name):
            wrong.append(f"{path}:{number}: HDF5 outside io")
print("\n".join(wrong) or "the rooms are in order")
sys.exit(bool(wrong))
