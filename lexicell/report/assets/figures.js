"use strict";
// Figures: drawn when they come near the screen, redrawn when the appearance changes, saved as PNG or SVG.
(() => {
  const touch = window.matchMedia("(pointer: coarse)").matches;
  const config = { displayModeBar: false, responsive: true, displaylogo: false, showTips: false };
  const drawn = new Map();  // figure element -> () => redraw

  // A picture for a page of paper: always light, on white, at twice the size on screen.
  const picture = async (element, plot, format) => {
    const layout = { ...plot.layout, template: lexicell.theme.template("light"), paper_bgcolor: "#ffffff", plot_bgcolor: "#ffffff" };
    const box = element.querySelector(".plot");
    const size = { width: Math.max(box.clientWidth, 640), height: box.clientHeight };
    const url = await Plotly.toImage({ data: plot.data, layout: { ...layout, ...size, autosize: false }, config: { staticPlot: true } }, { format, ...size, scale: 2 });
    const text = url.slice(url.indexOf(",") + 1);
    const bytes = format === "svg" ? decodeURIComponent(text) : Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    lexicell.save(`${element.dataset.file}.${format}`, format === "svg" ? "image/svg+xml" : "image/png", [bytes]);
  };

  const draw = (element) => {
    const spec = JSON.parse(element.querySelector('script[data-role="plot"]').textContent);
    const box = element.querySelector(".plot");
    const plot = () => ({ data: spec.data, layout: { ...spec.layout, template: lexicell.theme.template(), dragmode: touch ? false : "zoom" } });
    const redraw = () => Plotly.react(box, plot().data, plot().layout, config);
    drawn.set(element, { redraw, plot: () => spec });
    return redraw();
  };

  const drawers = { figure: draw };
  const drawOnce = async (element) => {
    if (element.dataset.state) return;
    element.dataset.state = "drawing";
    try {
      await drawers[element.dataset.block](element);
      element.dataset.state = "drawn";
    } catch (error) {
      element.dataset.state = "failed";
      element.querySelector(".plot").textContent = "This figure could not be drawn; its table is below.";
      console.error(error);
    }
  };

  lexicell.figures = {
    touch, config, drawn,
    register: (block, drawer) => { drawers[block] = drawer; },
    start: () => {
      const all = [...document.querySelectorAll('[data-block="figure"], [data-block="map"]')];
      const near = new IntersectionObserver((changes) => {
        for (const { isIntersecting, target } of changes) {
          if (!isIntersecting) continue;
          near.unobserve(target);
          drawOnce(target);
        }
      }, { rootMargin: "400px 0px" });
      all.forEach((element) => near.observe(element));
      window.addEventListener("beforeprint", () => all.forEach(drawOnce));
    },
  };

  lexicell.theme.onChange(() => drawn.forEach(({ redraw }) => redraw()));

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-save]");
    if (!button) return;
    const element = button.closest("figure");
    await drawOnce(element);
    button.disabled = true;
    try {
      await picture(element, drawn.get(element).plot(), button.dataset.save);
    } finally {
      button.disabled = false;
    }
  });
})();
