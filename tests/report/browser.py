"""Opens a report in a headless Chromium as a reader would and checks that it works: every figure is drawn, no error, no
request to a network, no sideways scrolling. Usage: browser.py REPORT.html [--screenshot OUT.png] [--width 390] [--dark]"""
import argparse
import pathlib
import sys
import time

from devtools import Browser, find_chromium

# A figure counts as drawn when plotly has put marks into it and, for WebGL, when pixels of its canvas are set.
FIGURES = """[...document.querySelectorAll('[data-block="figure"], [data-block="map"]')].map((figure) => {
  const box = figure.querySelector('.plot');
  const canvas = box.querySelector('.gl-canvas-context');
  let pixels = null;
  if (canvas && canvas.width) {
    const copy = document.createElement('canvas');
    copy.width = canvas.width; copy.height = canvas.height;
    const context = copy.getContext('2d');
    context.drawImage(canvas, 0, 0);
    const data = context.getImageData(0, 0, copy.width, copy.height).data;
    pixels = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i]) ++pixels;
  }
  return {
    id: figure.id, state: figure.dataset.state, pixels, label: box.getAttribute('aria-label'),
    marks: box.querySelectorAll('.plot path, .points path, .bars path, .trace path').length,
    table: Boolean(figure.querySelector('details table tbody tr')),
  };
})"""


def draw_all(browser):
    """Goes down the page to every figure in turn, which is drawn as it comes near, and back to the top."""
    for k in range(browser.evaluate("document.querySelectorAll('.plot').length")):
        figure = f"document.querySelectorAll('.plot')[{k}]"
        browser.evaluate(f"{figure}.scrollIntoView({{block: 'center', behavior: 'instant'}})")
        browser.wait_for(f"['drawn', 'failed'].includes({figure}.closest('figure').dataset.state)")
    browser.evaluate("window.scrollTo({top: 0, behavior: 'instant'})")


def is_empty(figure):
    return figure["state"] == "drawn" and (figure["pixels"] == 0 or (figure["pixels"] is None and not figure["marks"]))


def check(browser, report, width=1280, height=900, dark=False):
    """What is wrong with the report on this screen, in words; and the figures as found."""
    browser.set_screen(width, height, dark, touch=width < 600)
    start = time.monotonic()
    browser.open(pathlib.Path(report).resolve().as_uri())
    seconds = time.monotonic() - start
    draw_all(browser)
    for _ in range(100):  # what is drawn by the GPU may come a frame later
        figures = browser.evaluate(FIGURES)
        if not any(map(is_empty, figures)):
            break
    wrong = [f"console: {error}" for error in browser.errors]
    wrong += [f"request: {url[:100]}" for url in browser.requests if not url.startswith(("file:", "data:", "blob:"))]
    for figure in figures:
        if figure["state"] != "drawn":
            wrong.append(f"{figure['id']} is {figure['state']}")
        elif is_empty(figure):
            wrong.append(f"{figure['id']} is empty: {figure}")
        if not figure["label"]:
            wrong.append(f"{figure['id']} has no text for a screen reader")
        if not figure["table"]:
            wrong.append(f"{figure['id']} has no table")
    page_width = browser.evaluate("document.documentElement.scrollWidth")
    if page_width > width:
        wide = browser.evaluate(f"[...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > {width} && !e.closest('.plot-scroll, .table-scroll, pre')).slice(0, 5).map((e) => e.tagName + '.' + e.className)")
        wrong.append(f"the page is {page_width} px wide on a screen of {width}: {wide}")
    unnamed = browser.evaluate("[...document.querySelectorAll('button, input, select, a')].filter((e) => !e.closest('.plot') && !(e.ariaLabel || e.textContent.trim() || e.labels?.length)).length")
    if unnamed:
        wrong.append(f"{unnamed} controls have no name")
    background = browser.evaluate("getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).map(Number)")
    if (sum(background) < 3 * 128) != dark:
        wrong.append(f"background {background} is not {'dark' if dark else 'light'}")
    return wrong, figures, seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report")
    parser.add_argument("--screenshot")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--dark", action="store_true")
    arguments = parser.parse_args()
    if not find_chromium():
        print("skipped: no Chromium")
        return 77
    with Browser() as browser:
        wrong, figures, seconds = check(browser, arguments.report, arguments.width, 844 if arguments.width < 600 else 900, arguments.dark)
        if arguments.screenshot:
            pathlib.Path(arguments.screenshot).write_bytes(browser.screenshot())
    print(f"loaded in {seconds:.2f} s, {len(figures)} figures")
    print("\n".join(wrong) or "no fault found")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
