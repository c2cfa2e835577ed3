"""The example report in a headless Chromium. Usage: browser_test.py EXAMPLE_PAGE_PROGRAM"""
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


@unittest.skipUnless(find_chromium(), "skipped: no Chromium")
class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.page = cls.write("page.html", 1500)
        cls.browser = Browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.__exit__()
        cls.temporary.cleanup()

    @classmethod
    def write(cls, name, cells, *more):
        path = cls.folder / name
        subprocess.run([PROGRAM, str(cells), path, *more], check=True)
        return path

    def test_every_screen(self):
        for width, height, dark in [(1280, 900, False), (1280, 900, True), (390, 844, False)]:
            with self.subTest(width=width, dark=dark):
                wrong, figures, _ = check(self.browser, self.page, width, height, dark)
                self.assertEqual(wrong, [])
                self.assertEqual(len(figures), 8)
                self.assertEqual(sum(f["pixels"] is not None for f in figures), 2, "two maps are drawn by WebGL")

    def test_hostile_names_stay_text(self):
        page = self.write("hostile.html", 300, "hostile")
        wrong, _, _ = check(self.browser, page)
        self.assertEqual(wrong, [])
        self.assertEqual(self.browser.evaluate("document.title"), "<script>alert(1)</script>")
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('main img, main script:not([type])').length"), 0)
        self.assertIn("<img src=x", self.browser.evaluate("document.querySelector('.group-list').textContent"))

    def test_colouring_by_a_gene(self):
        check(self.browser, self.page)
        self.browser.evaluate("""(() => {
          const input = document.querySelector('#cells .search input');
          input.value = 'ms4a1';
          input.dispatchEvent(new Event('input'));
          input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }));
        })()""")
        self.browser.wait_for("document.querySelector('#cells .map-status').textContent.includes('coloured by MS4A1')")
        rows = self.browser.evaluate("[...document.querySelectorAll('#cells .by-group tbody tr')].map((r) => [...r.cells].map((c) => c.textContent.trim()))")
        means = {name: float(mean) for name, mean, _ in rows}
        self.assertEqual(max(means, key=means.get), "B naive")
        self.assertEqual(self.browser.errors, [])

    def test_isolating_a_group(self):
        check(self.browser, self.page)
        count = "document.querySelectorAll('#cells .group-list button[aria-pressed=\"true\"]').length"
        self.browser.evaluate("document.querySelector('#cells .group-list button').click()")
        self.assertEqual(self.browser.evaluate(count), 1)
        self.browser.evaluate("document.querySelector('#cells .group-list button').click()")
        self.assertEqual(self.browser.evaluate(count), 0)
        self.assertEqual(self.browser.errors, [])

    def test_saving(self):
        check(self.browser, self.page)
        for section, name in [("training", "negative-elbo"), ("cells", "cells-umap-of-the-latent-space")]:
            for button in ("png", "svg"):
                self.browser.evaluate(f"document.querySelector('#{section} [data-save={button}]').click()")
            png = self.browser.downloaded(f"{name}.png")
            self.assertEqual(png[:8], b"\x89PNG\r\n\x1a\n")
            self.assertGreaterEqual(struct.unpack(">I", png[16:20])[0], 1280)
            svg = self.browser.downloaded(f"{name}.svg").decode()
            self.assertTrue(svg.startswith("<svg") and svg.rstrip().endswith("</svg>"))
        self.browser.evaluate("document.querySelector('#markers [data-block=table] [data-csv]').click()")
        rows = self.browser.downloaded("marker-genes.csv").decode().splitlines()
        self.assertEqual(rows[0], "cell type,gene,log2 fold change,share in,q")
        self.assertEqual(len(rows), 1 + 12 * 12, "rows that are not in the page yet are saved too")
        self.assertEqual(self.browser.errors, [])

    def test_switching_the_appearance_redraws(self):
        check(self.browser, self.page)
        colour = "document.querySelector('#training .xtick text').style.fill"
        light = self.browser.evaluate(colour)
        self.browser.evaluate("document.getElementById('theme').click()")
        self.browser.wait_for(f"{colour} !== '{light}'")
        self.assertEqual(self.browser.errors, [])

    def test_without_webgl(self):
        with Browser(webgl=False) as browser:
            wrong, figures, _ = check(browser, self.page)
            self.assertEqual(wrong, [])
            self.assertTrue(all(f["pixels"] is None for f in figures))

    def test_sorting_a_table(self):
        check(self.browser, self.page)
        values = self.browser.evaluate("""(() => {
          const table = document.querySelector('#markers [data-block=table] table');
          table.querySelectorAll('thead button')[4].click();
          return [...table.tBodies[0].rows].map((row) => Number(row.cells[4].textContent));
        })()""")
        self.assertEqual(values, sorted(values))
        self.assertEqual(len(values), 144)


if __name__ == "__main__":
    unittest.main()
