"use strict";
// Colours and fonts of the figures, in both appearances; style.css holds those of the page.
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
  const sequential = { light: spread(viridis.slice(0, 9).reverse()), dark: spread(viridis.slice(2)) };
  // The same for areas, which begin near the page: an empty cell of a matrix is pale.
  const areas = {
    light: spread(["#f1f4ec", "#c3e2b8", "#7fcaa2", "#3fa39b", "#2e7490", "#3c4483", "#440154"]),
    dark: spread(["#22272e", "#34456e", "#2f6a8c", "#21918c", "#35b779", "#9fd83a", "#fde725"]),
  };
  const diverging = {
    light: spread(["#0b5394", "#6fa8dc", "#f2f2f2", "#e8915b", "#a33b00"]),
    dark: spread(["#7db8f0", "#2f6aa3", "#2a2d34", "#a8541f", "#ffa36b"]),
  };

  // The colour at a share in [0, 1] of a scale.
  const colourAt = (scale, share) => {
    const place = Math.min(Math.max(share, 0), 1) * (scale.length - 1), k = Math.min(Math.floor(place), scale.length - 2);
    const channel = (colour, i) => parseInt(colour.slice(i, i + 2), 16);
    const mix = (i) => Math.round(channel(scale[k][1], i) + (place - k) * (channel(scale[k + 1][1], i) - channel(scale[k][1], i)));
    return `rgb(${mix(1)},${mix(3)},${mix(5)})`;
  };

  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const listeners = [];
  const name = () => document.documentElement.dataset.theme || (system.matches ? "dark" : "light");
  const css = (variable, theme = name()) => getComputedStyle(theme === name() ? document.documentElement : lightProbe()).getPropertyValue(variable).trim();

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
    const axis = { gridcolor: grid, linecolor: line, zerolinecolor: grid, tickcolor: line, tickfont: { color: soft, size: 12 }, title: { font: { color: soft, size: 13 }, standoff: 12 }, automargin: true };
    const colourbar = { outlinewidth: 0, thickness: 12, tickfont: { color: soft, size: 12 }, title: { font: { color: soft, size: 12 }, side: "right" }, ticks: "" };
    return {
      layout: {
        font: { family: css("--sans", theme), size: 13, color: ink },
        paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
        colorway: groupColours,
        colorscale: { sequential: areas[theme], sequentialminus: areas[theme], diverging: diverging[theme] },
        coloraxis: { colorbar: colourbar },
        xaxis: axis, yaxis: axis,
        margin: { l: 56, r: 16, t: 16, b: 48 },
        hoverlabel: { bgcolor: css("--raised", theme), bordercolor: line, font: { color: ink, family: css("--sans", theme), size: 13 } },
        legend: { font: { color: ink }, bgcolor: "rgba(0,0,0,0)", orientation: "h", y: 1.02, yanchor: "bottom", x: 0 },
        annotationdefaults: { font: { color: soft }, arrowcolor: soft },
        shapedefaults: { line: { color: soft, width: 1 } },
      },
      data: { bar: [{ marker: { line: { width: 0 } } }] },
    };
  };

  const button = document.getElementById("page-theme");
  const apply = () => {
    button.setAttribute("aria-pressed", String(name() === "dark"));
    listeners.forEach((listener) => listener());
  };
  const set = (theme) => {
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    apply();
  };
  button.addEventListener("click", () => set(name() === "dark" ? "light" : "dark"));
  system.addEventListener("change", apply);

  lexicell.theme = { name, set, css, template, groupColours, sequential: (theme = name()) => sequential[theme], colourAt, onChange: (listener) => listeners.push(listener) };
  apply();

  // The section that is being read: the last that begins above a third of the screen.
  const entries = [...document.querySelectorAll(".page-nav a")].map((a) => [a, document.getElementById(a.hash.slice(1))]);
  let current = null;
  const follow = () => {
    const [entry] = entries.findLast(([, section]) => section.getBoundingClientRect().top < window.innerHeight / 3) || entries[0] || [null];
    if (entry === current) return;
    current?.removeAttribute("aria-current");
    current = entry;
    current.setAttribute("aria-current", "true");
    const list = current.closest("ul");
    list.scrollTo({ left: current.offsetLeft - (list.clientWidth - current.offsetWidth) / 2 });
  };
  window.addEventListener("scroll", () => requestAnimationFrame(follow), { passive: true });
  follow();
})();
