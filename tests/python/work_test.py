"""Long calls: Python goes on beside them, Ctrl-C ends them, bars and warnings come out; errors carry their fields."""
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import unittest
import warnings

import numpy as np
import scipy.sparse as sp
from anndata import AnnData
from cells import Case

import lexicell as lx
from lexicell._extension import core
from lexicell._matrices import crossing
from lexicell._reporter import Reporter


def large(cells=3000, genes=1500):
    return sp.random(cells, genes, 0.3, "csr", np.float32, random_state=0)


class Beside(Case):
    def test_another_thread_counts_while_components_are_sought(self):
        x = crossing(large())
        count, stop = 0, threading.Event()

        def tick():
            nonlocal count
            while not stop.is_set():
                count += 1
                time.sleep(0.001)

        ticking = threading.Thread(target=tick)
        ticking.start()
        start = time.monotonic()
        core().pca(x, 30, 0, 1, Reporter())
        seconds, counted = time.monotonic() - start, count
        stop.set()
        ticking.join()
        self.assertGreater(seconds, 0.1)
        # A call that kept the lock would leave a tick or two; a busy machine still leaves a tenth of what is possible.
        self.assertGreater(counted, 20 * seconds)

    def test_calls_of_several_threads_agree(self):
        adata = lx.pp.normalize_log(lx.datasets.simulated())
        expected = lx.pp.pca(adata, 5, copy=True).obsm["X_pca"]
        found = [None] * 4

        def work(i):
            found[i] = lx.pp.pca(adata, 5, copy=True).obsm["X_pca"]

        threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for result in found:
            np.testing.assert_array_equal(result, expected)


INTERRUPTED = """
import sys, time
import numpy as np, scipy.sparse as sp
import lexicell as lx
from anndata import AnnData
lx.settings.threads = 1
{setup}
print("ready", flush=True)
try:
    {call}
except KeyboardInterrupt:
    print("interrupted", flush=True)
    sys.exit(0)
print("went on", flush=True)
"""


class Interrupted(Case):
    def interrupt(self, setup, call, within):
        process = subprocess.Popen([sys.executable, "-W", "ignore", "-c", INTERRUPTED.format(setup=setup, call=call)], stdout=subprocess.PIPE, text=True)
        self.assertEqual(process.stdout.readline(), "ready\n")
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        start = time.monotonic()
        self.assertEqual(process.stdout.readline(), "interrupted\n")
        seconds = time.monotonic() - start
        process.wait(60)
        process.stdout.close()
        self.assertEqual(process.returncode, 0)
        self.assertLess(seconds, within)

    def test_components(self):
        self.interrupt("adata = AnnData(sp.random(6000, 3000, 0.3, 'csr', np.float32, random_state=0))", "lx.pp.pca(adata, 1000)", 10)

    def test_a_run(self):
        self.interrupt("adata = lx.datasets.simulated(cells=1000, genes=1000)",
                       "lx.run(adata, knowledge=None, model={'min_steps': 100000, 'beta_flat': 100000})", 20)


class Spoken(Case):
    def test_progress_reaches_the_reporter_and_its_errors_stop_the_work(self):
        class Listener(Reporter):
            stages = []

            def progress(self, stage, done, total, figures):
                self.stages.append(stage)

        core().pca(crossing(large(500, 300)), 10, 0, 1, Listener())
        self.assertEqual(set(Listener.stages), {"pca"})

        class Angry(Reporter):
            def progress(self, stage, done, total, figures):
                raise ZeroDivisionError

        with self.assertRaises(ZeroDivisionError):
            core().pca(crossing(large(500, 300)), 10, 0, 1, Angry())

    def test_warnings_name_the_callers_line(self):
        adata = lx.datasets.simulated(cells=100)
        adata.obs["few"] = ["one"] + ["many"] * 50 + ["others"] * 49
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            lx.tl.rank_genes_groups(adata, "few")
        told = [w for w in caught if issubclass(w.category, lx.LexicellWarning)]
        self.assertTrue(any("group-too-small" in str(w.message) for w in told))
        self.assertEqual(told[0].filename, __file__)

    def test_bars_where_they_are_asked_for(self):
        import contextlib
        import io

        self.addCleanup(setattr, lx.settings, "progress", False)
        lx.settings.progress = True
        said = io.StringIO()
        with contextlib.redirect_stderr(said), Reporter() as reporter:
            core().pca(crossing(large(500, 300)), 10, 0, 1, reporter)
        self.assertIn("pca", said.getvalue())


class Errors(Case):
    def test_fields_are_those_of_the_commands_json(self):
        adata = lx.datasets.simulated(cells=100)
        adata.X.data[3] += 0.5
        error = self.assert_refused("not-counts", lx.run, adata, knowledge=None)
        self.assertEqual(error.code, 4)
        self.assertEqual(set(error.to_dict()), {"code", "type", "message", "file", "key", "offset", "found", "expected", "hint"})
        self.assertIn(error.message, str(error))
        self.assertTrue(error.found and error.expected and error.hint)
        again = pickle.loads(pickle.dumps(error))
        self.assertEqual((str(again), again.to_dict()), (str(error), error.to_dict()))

    def test_a_model_that_is_not_there(self):
        error = self.assert_refused("not-a-folder", lx.tl.embed, lx.datasets.simulated(cells=50), "/nowhere/model")
        self.assertEqual(error.code, 5)


class Import(Case):
    def seconds(self, statement):
        code = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
        return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ).stdout.split()[-1])

    def test_takes_under_a_second_and_brings_no_torch(self):
        self.assertLess(min(self.seconds("import lexicell") for _ in range(3)), 1)
        code = "import sys, lexicell; dir(lexicell); assert not {'torch', 'anndata', 'numpy', 'lexicell._core'} & set(sys.modules), sys.modules.keys()"
        subprocess.run([sys.executable, "-c", code], check=True)
        code = "import sys, lexicell as lx; lx.pp.pca(lx.datasets.simulated(), 3); assert 'torch' not in sys.modules and 'sklearn' not in sys.modules"
        subprocess.run([sys.executable, "-c", code], check=True)

    def test_torch_may_come_before_or_after(self):
        for code in ("import torch; import lexicell as lx; lx.pp.pca(lx.datasets.simulated(), 3)",
                     "import lexicell as lx; lx.pp.pca(lx.datasets.simulated(), 3); import torch; torch.ones(3, 3) @ torch.ones(3, 3)"):
            subprocess.run([sys.executable, "-c", code], check=True)

    def test_the_environment_is_left_as_it_was(self):
        code = "import os, lexicell; v = lexicell.__version__; assert not {'OMP_WAIT_POLICY', 'GOMP_SPINCOUNT'} & set(os.environ)"
        environment = {k: v for k, v in os.environ.items() if k not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")}
        subprocess.run([sys.executable, "-c", code], check=True, env=environment)


if __name__ == "__main__":
    unittest.main()
