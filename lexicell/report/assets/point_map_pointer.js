"use strict";
// What the pointer does on a map: hovering tells what a point is, selecting tells what a region holds and saves it.
(() => {
  const { make, count, short } = lexicell;
  const mostLines = 8;

  const valueOf = (colouring, i) => (colouring.kind === "groups" ? lexicell.groupLabel(colouring, colouring.codes[i]) : short(colouring.values[i]));

  const describe = (map, { colouring }, i) => {
    const shown = map.colourings.slice(0, mostLines);
    if (!shown.includes(colouring)) shown.unshift(colouring);
    const lines = shown.map((c) => make("div", {}, make("dt", { textContent: c.name }), make("dd", { textContent: valueOf(c, i) })));
    return [...(map.names.length ? [make("strong", { textContent: map.names[i] })] : []), make("dl", {}, ...lines)];
  };

  const composition = (map, grouping, selected) => {
    const sizes = new Map();
    for (const i of selected) {
      const label = valueOf(grouping, i);
      sizes.set(label, (sizes.get(label) ?? 0) + 1);
    }
    const largest = [...sizes].sort((a, b) => b[1] - a[1]).slice(0, 3);
    return `: ${largest.map(([label, n]) => `${label} ${Math.round((100 * n) / selected.length)} %`).join(", ")}${sizes.size > 3 ? ", …" : ""}`;
  };

  const saveSelection = (map, { colouring }, selected, file) => {
    const columns = map.colourings.includes(colouring) ? map.colourings : [...map.colourings, colouring];
    const value = (c, i) => (c.kind === "groups" ? c.labels[c.codes[i]] ?? "" : Number.isNaN(c.values[i]) ? "" : c.values[i]);
    const rows = selected.sort((a, b) => a - b).map((i) => [map.names[i] ?? i, ...columns.map((c) => value(c, i))]);
    lexicell.save(`${file}-selection.csv`, "text/csv;charset=utf-8", [lexicell.csv([[map.noun, ...columns.map((c) => c.name)], ...rows])]);
  };

  // `indexOf(point of a plotly event)` is the map's index of a point.
  lexicell.mapPointer = (figure, map, state, indexOf, deselected) => {
    const plot = figure.querySelector(".plot"), stage = figure.querySelector(".map-stage"), status = figure.querySelector(".map-status");
    const tip = make("div", { className: "map-tip", hidden: true });
    stage.append(tip);
    plot.on("plotly_hover", ({ points: [point], event }) => {
      tip.replaceChildren(...describe(map, state, indexOf(point)));
      tip.hidden = false;
      const box = stage.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
      tip.style.left = `${Math.max(0, Math.min(x + 14, box.width - tip.offsetWidth))}px`;
      tip.style.top = `${y + 14 + tip.offsetHeight > box.height ? Math.max(0, y - tip.offsetHeight - 10) : y + 14}px`;
    });
    plot.on("plotly_unhover", () => { tip.hidden = true; });
    plot.on("plotly_selected", (event) => {
      const selected = event ? event.points.map(indexOf) : [];
      if (!selected.length) return;
      const button = make("button", { type: "button", textContent: "Save as CSV" });
      button.addEventListener("click", () => saveSelection(map, state, selected, figure.dataset.file));
      status.replaceChildren(`${count(selected.length)} ${map.noun}s selected${state.grouping ? composition(map, state.grouping, selected) : ""} `, button);
    });
    plot.on("plotly_deselect", deselected);
  };
})();
