"""The package and the stubs of its extension satisfy mypy, and the stubs are of what is there."""
import inspect
import os
import pathlib
import re
import subprocess
import sys
import unittest

from lexicell._extension import core

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Types(unittest.TestCase):
    def test_mypy(self):
        done = subprocess.run([sys.executable, "-m", "mypy", "--config-file", ROOT / "pyproject.toml", "--cache-dir", "/dev/null"], cwd=ROOT, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_user_is_told_of_mistakes(self):
        code = "import lexicell as lx\nadata = lx.datasets.simulated(cells=3)\nlx.pp.pca(adata, n_comps='many')\nreveal_type(lx.tl.score)\n"
        done = subprocess.run([sys.executable, "-m", "mypy", "--config-file", "", "--ignore-missing-imports", "--cache-dir", "/dev/null", "-c", code],
                              env={**os.environ, "MYPYPATH": str(ROOT / "python")}, capture_output=True, text=True)
        self.assertIn('incompatible type "str"; expected "int"', done.stdout)

    def test_stubs_name_what_the_extension_holds(self):
        text = (ROOT / "python/lexicell/_core.pyi").read_text()
        stubbed = set(re.findall(r"^def (\w+)", text, re.M)) | {"FittedClassifier"}
        self.assertEqual(stubbed, {name for name, _ in inspect.getmembers(core()) if not name.startswith("_")})
        for name, arguments in re.findall(r"^def (\w+)\(\s*([^)]*)\)", text, re.M):
            names = re.findall(r"(\w+):", re.sub(r"\[[^\]]*\]", "", arguments))
            shown = getattr(core(), name).__doc__.split("\n")[0]
            self.assertEqual(names, re.findall(r"(\w+):", re.sub(r"\[[^\]]*\]", "", shown[shown.index("(") : shown.index(")")])), name)


if __name__ == "__main__":
    unittest.main()
