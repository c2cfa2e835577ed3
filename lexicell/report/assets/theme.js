"use strict";
// Colours and fonts of the figures, in both appearances; style.css holds those of the page.
window.lexicell = {};
(() => {
  // Okabe and Ito's first six, then chosen for the largest smallest distance in OKLab as seen with normal, deutan and
  // protan vision, among colours with a contrast of at least 2 on both backgrounds.
  const groupColours = [
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#7a5252", "#8f7aff", "#ccada3", "#b81f0a",
    "#b83385", "#f55c70", "#4766e0", "#7a8fd6", "#85c266", "#ad5c47", "#d68529", "#3352c2", "#cc99c2", "#00707a",
    "#3d6614", "#8570d6", "#8599ff", "#a38552", "#a347a3", "#b86699", "#7a7ab8", "#d68f99", "#ff85e0", "#ff995c"];
  // Viridis, turned so that more always means more contrast with the page.
  const viridis = ["#440154", "#482475", "#414487", "#355f8d", "#2a788e", "#21918c", "#22a884", "#44bf70", "#7ad151", "#bddf26", "#fde725"];
  const spread = (colours) => colours.map((colour, i) => [i / (colours.length - 1), colour]);
  const sequential = { light: spread(viridis.slice(0, 10).reverse()), dark: spread(viridis.slice(1)) };
  const diverging = {
    light: spread(["#0b5394", "#6fa8dc", "#f2f2f2", "#e8915b", "#a33b00"]),
    dark: spread(["#7db8f0", "#2f6aa3", "#2a2d34", "#a8541f", "#ffa36b"]),
  };

  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const listeners = [];
  const name = () => document.documentElement.dataset.theme || (system.matches ? "dark" : "light");
  const css = (variable, theme) => (theme === name() || !theme
    ? getComputedStyle(document.documentElement)
    : getComputedStyle(lightProbe())).getPropertyValue(variable).trim();

  // An element that is always light, to read the light colours while the page is dark: saved pictures are light.
  let probe;
  const lightProbe = () => {
    if (!probe) {
      probe = document.createElement("div");
      probe.dataset.theme = "light";
      probe.hidden = true;
      document.body.append(probe);
    }
    return probe;
  };

  const template = (theme = name()) => {
    const ink = css("--ink", theme), soft = css("--ink-soft", theme), grid = css("--grid", theme), line = css("--line", theme);
    const axis = { gridcolor: grid, linecolor: line, zerolinecolor: grid, tickcolor: line, tickfont: { color: soft }, title: { font: { color: soft } }, automargin: true };
    const colourbar = { outlinewidth: 0, thickness: 12, len: 0.8, tickfont: { color: soft }, ticks: "" };
    return {
      layout: {
        font: { family: css("--sans", theme), size: 13, color: ink },
        paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
        colorway: groupColours,
        colorscale: { sequential: sequential[theme], sequentialminus: sequential[theme], diverging: diverging[theme] },
        coloraxis: { colorbar: colourbar },
        xaxis: axis, yaxis: axis,
        margin: { l: 56, r: 16, t: 16, b: 48 },
        hoverlabel: { bgcolor: css("--raised", theme), bordercolor: line, font: { color: ink, family: css("--sans", theme), size: 13 } },
        legend: { font: { color: ink }, bgcolor: "rgba(0,0,0,0)", orientation: "h", y: 1.02, yanchor: "bottom", x: 0 },
        annotationdefaults: { font: { color: soft }, arrowcolor: soft },
        shapedefaults: { line: { color: soft, width: 1 } },
      },
      data: {
        violin: [{ line: { color: soft } }],
        bar: [{ marker: { line: { width: 0 } } }],
      },
    };
  };

  const apply = () => {
    const dark = name() === "dark";
    const button = document.getElementById("theme");
    button.setAttribute("aria-pressed", String(dark));
    listeners.forEach((listener) => listener());
  };
  document.getElementById("theme").addEventListener("click", () => {
    document.documentElement.dataset.theme = name() === "dark" ? "light" : "dark";
    apply();
  });
  system.addEventListener("change", apply);

  lexicell.theme = { name, css, template, groupColours, sequential, onChange: (listener) => listeners.push(listener) };
  apply();

  // Which section is being read: its entry in the navigation is marked.
  const entries = new Map([...document.querySelectorAll(".page-nav a")].map((a) => [a.hash.slice(1), a]));
  const seen = new IntersectionObserver((changes) => {
    for (const change of changes) {
      if (!change.isIntersecting) continue;
      entries.forEach((a) => a.removeAttribute("aria-current"));
      const current = entries.get(change.target.id);
      current.setAttribute("aria-current", "true");
      const list = current.closest("ul");
      list.scrollTo({ left: current.offsetLeft - list.clientWidth / 2 + current.offsetWidth / 2 });
    }
  }, { rootMargin: "-20% 0px -70% 0px" });
  document.querySelectorAll("main > section").forEach((section) => seen.observe(section));
})();
