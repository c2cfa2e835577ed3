"use strict";
// Figures: drawn when they come near the screen, redrawn when the appearance changes, saved as PNG or SVG.
(() => {
  const touch = window.matchMedia("(pointer: coarse)").matches;
  const config = { displayModeBar: false, responsive: true, displaylogo: false, showTips: false };
  const drawn = new Map();  // figure element -> { redraw(), plot(format) }

  // On screen plotly follows the width of its box by itself, for paper it has to be told: it would come too late.
  const printing = () => document.documentElement.classList.contains("printing");
  const fit = (box) => (printing() ? { width: box.clientWidth } : {});

  const draw = (element) => {
    const { data, layout } = JSON.parse(lexicell.data(element.id).textContent);
    const box = element.querySelector(".plot");
    const redraw = () => Plotly.react(box, data,
      { ...layout, ...fit(box), template: lexicell.theme.template(), dragmode: touch ? false : "zoom" }, config);  // a finger scrolls the page
    drawn.set(element, { redraw, plot: () => ({ data, layout }) });
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

  // A picture for paper: light, on white, at twice the size on screen.
  const save = async (element, format) => {
    await drawOnce(element);
    const box = element.querySelector(".plot");
    const size = { width: Math.max(box.clientWidth, 640), height: box.clientHeight };
    const { data, layout } = drawn.get(element).plot(format);
    const paper = { ...layout, ...size, autosize: false, template: lexicell.theme.template("light"), paper_bgcolor: "#ffffff", plot_bgcolor: "#ffffff" };
    const url = await Plotly.toImage({ data, layout: paper, config: { staticPlot: true } }, { format, ...size, scale: 2 });
    const body = url.slice(url.indexOf(",") + 1);
    if (format === "svg") lexicell.save(`${element.dataset.file}.svg`, "image/svg+xml", [decodeURIComponent(body)]);
    else lexicell.save(`${element.dataset.file}.png`, "image/png", [Uint8Array.from(atob(body), (c) => c.charCodeAt(0))]);
  };

  document.addEventListener("click", async ({ target }) => {
    const button = target.closest("button[data-save]");
    if (!button) return;
    button.disabled = true;
    try {
      await save(button.closest("figure"), button.dataset.save);
    } finally {
      button.disabled = false;
    }
  });

  lexicell.theme.onChange(() => drawn.forEach(({ redraw }) => redraw()));

  lexicell.figures = {
    touch, config, drawn, printing, fit,
    register: (block, drawer) => { drawers[block] = drawer; },
    start: () => {
      const all = document.querySelectorAll('[data-block="figure"], [data-block="map"]');
      const near = new IntersectionObserver((changes) => {
        for (const { isIntersecting, target } of changes) {
          if (!isIntersecting) continue;
          near.unobserve(target);
          drawOnce(target);
        }
      }, { rootMargin: "400px 0px" });
      all.forEach((element) => near.observe(element));

      let chosen;
      window.addEventListener("beforeprint", () => {
        chosen = document.documentElement.dataset.theme;
        document.documentElement.classList.add("printing");
        all.forEach(drawOnce);
        lexicell.theme.set("light");
      });
      window.addEventListener("afterprint", () => {
        document.documentElement.classList.remove("printing");
        lexicell.theme.set(chosen);
      });
    },
  };
})();
