"""The example report in a headless Chromium, in one browser for all tests. Usage: browser_test.py EXAMPLE_PAGE_PROGRAM"""
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from browser import check  # noqa: E402
from devtools import Browser, find_chromium  # noqa: E402

PROGRAM = sys.argv.pop(1)


def write(folder, name, cells, *more):
    path = pathlib.Path(folder) / name
    subprocess.run([PROGRAM, str(cells), path, *more], check=True)
    return path


def setUpModule():
    if not find_chromium():
        raise unittest.SkipTest("no Chromium")
    global browser
    browser = Browser()
    unittest.addModuleCleanup(browser.close)


class Screens(unittest.TestCase):
    """Each test opens a page anew."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def test_dark_phone(self):
        wrong, figures, _ = check(browser, write(self.folder, "page.html", 1500), 390, 844, dark=True)
        self.assertEqual(wrong, [])
        self.assertEqual(len(figures), 9)

    def test_hostile_names_stay_text(self):
        wrong, _, _ = check(browser, write(self.folder, "hostile.html", 300, "hostile"))
        self.assertEqual(wrong, [])
        self.assertEqual(browser.evaluate("document.title"), "<script>alert(1)</script>")
        self.assertEqual(browser.evaluate("document.querySelectorAll('main img, main script').length"), 0)
        self.assertIn("<img src=x", browser.evaluate("document.querySelector('.group-list').textContent"))

    def test_without_webgl(self):
        with Browser(webgl=False) as without:
            wrong, figures, _ = check(without, write(self.folder, "page.html", 5000))
        self.assertEqual(wrong, [])
        self.assertTrue(all(f["pixels"] is None for f in figures))


class Controls(unittest.TestCase):
    """All tests use one open page."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.wrong, cls.figures, _ = check(browser, write(folder.name, "page.html", 1500))

    def tearDown(self):
        self.assertEqual(browser.errors, [])

    def test_every_figure_is_drawn(self):
        self.assertEqual(self.wrong, [])
        self.assertEqual(len(self.figures), 9)
        self.assertEqual(sum(f["pixels"] is not None for f in self.figures), 2, "two maps are drawn by WebGL")

    def test_colouring_by_a_gene(self):
        browser.evaluate("""(() => {
          const input = document.querySelector('#cells .search input');
          input.value = 'ms4a1';
          input.dispatchEvent(new Event('input'));
          input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }));
        })()""")
        browser.wait_for("document.querySelector('#cells .map-status').textContent.includes('coloured by MS4A1')")
        rows = browser.evaluate("[...document.querySelectorAll('#cells .by-group tbody tr')].map((r) => [...r.cells].map((c) => c.textContent.trim()))")
        means = {name: float(mean) for name, mean, _ in rows}
        self.assertEqual(max(means, key=means.get), "B naive")

    def test_isolating_a_group(self):
        browser.evaluate("""(() => {
          const select = document.querySelector('#cells select');
          select.value = '0';
          select.dispatchEvent(new Event('change'));
        })()""")
        count = "document.querySelectorAll('#cells .group-list button[aria-pressed=\"true\"]').length"
        browser.evaluate("document.querySelector('#cells .group-list button').click()")
        self.assertEqual(browser.evaluate(count), 1)
        browser.evaluate("document.querySelector('#cells .group-list button').click()")
        self.assertEqual(browser.evaluate(count), 0)

    def test_saving(self):
        for section, name in [("training", "negative-elbo"), ("cells", "cells-umap-of-the-latent-space")]:
            for button in ("png", "svg"):
                browser.evaluate(f"document.querySelector('#{section} [data-save={button}]').click()")
            png = browser.downloaded(f"{name}.png")
            self.assertEqual(png[:8], b"\x89PNG\r\n\x1a\n")
            self.assertGreaterEqual(struct.unpack(">I", png[16:20])[0], 1280)
            svg = browser.downloaded(f"{name}.svg").decode()
            self.assertTrue(svg.startswith("<svg") and svg.rstrip().endswith("</svg>"))
        browser.evaluate("document.querySelector('#markers [data-block=table] [data-csv]').click()")
        rows = browser.downloaded("marker-genes.csv").decode().splitlines()
        self.assertEqual(rows[0], "cell type,gene,log2 fold change,share in,q")
        self.assertEqual(len(rows), 1 + 12 * 12, "rows that are not in the page yet are saved too")

    def test_switching_the_appearance_redraws(self):
        colour = "document.querySelector('#training .xtick text').style.fill"
        light = browser.evaluate(colour)
        browser.evaluate("document.getElementById('page-theme').click()")
        browser.wait_for(f"{colour} !== '{light}'")

    def test_sorting_a_table(self):
        values = browser.evaluate("""(() => {
          const table = document.querySelector('#markers [data-block=table] table');
          table.querySelectorAll('thead button')[4].click();
          return [...table.tBodies[0].rows].map((row) => Number(row.cells[4].textContent));
        })()""")
        self.assertEqual(values, sorted(values))
        self.assertEqual(len(values), 144)


if __name__ == "__main__":
    unittest.main(failfast=True)  # a browser that does not answer once will not answer the next test
