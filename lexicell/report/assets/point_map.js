"use strict";
// The interactive map: its state, and how a change of it becomes a picture.
(() => {
  const { count, plotText } = lexicell;
  const mostLabels = 40;

  const bounds = (values) => {
    let low = Infinity, high = -Infinity;
    for (const v of values) {
      if (v < low) low = v;
      if (v > high) high = v;
    }
    if (low > high) return [0, 1];  // no point at all
    const margin = (high - low) * 0.04 || 1;
    return [low - margin, high + margin];
  };

  // Points shrink as they become many.
  const sizeFor = (points) => (points < 2000 ? 7 : points < 10000 ? 4.5 : points < 30000 ? 3 : 2.2);

  const pen = document.createElement("canvas").getContext("2d");
  const lineHeight = 15;

  // Moves labels (pixels from the centre of the view) up or down by lines until none covers another, the first first.
  const untangle = (labels) => {
    const placed = [];
    for (const label of labels) {
      const free = (shift) => placed.every((p) => Math.abs(p.x - label.x) > (p.width + label.width) / 2 || Math.abs(p.y + p.shift - label.y - shift) >= lineHeight);
      label.shift = [0, 1, -1, 2, -2, 3, -3].map((lines) => lines * lineHeight).find(free) ?? 0;
      placed.push(label);
    }
  };

  // `scale`: pixels a unit of the map.
  const annotations = (map, state, scale, theme) => {
    const ink = lexicell.theme.css("--ink", theme), halo = lexicell.theme.css("--raised", theme);
    const shadow = [[-1, 0], [1, 0], [0, -1], [0, 1]].map(([x, y]) => `${x}px ${y}px 2px ${halo}`).join(", ");
    const label = ({ x, y }, text, more) => ({ x, y, text: plotText(text), showarrow: false, font: { size: 12, weight: 600, color: ink, shadow }, ...more });
    const result = [];
    if (state.labels && state.colouring.kind === "groups" && state.colouring.labels.length <= mostLabels) {
      pen.font = `600 12px ${lexicell.theme.css("--sans")}`;
      const labels = [];
      lexicell.groupCentres(map, state.colouring).forEach((centre, k) => {
        const text = state.colouring.labels[k];
        if (centre && (!state.only.size || state.only.has(k))) labels.push({ centre, text, x: centre.x * scale, y: centre.y * scale, width: pen.measureText(text).width + 4 });
      });
      untangle(labels);
      result.push(...labels.map(({ centre, text, shift }) => label(centre, text, { yshift: shift })));
    }
    if (state.found !== null) {
      result.push(label({ x: map.x[state.found], y: map.y[state.found] }, map.names[state.found], { showarrow: true, arrowcolor: ink, arrowwidth: 1.5, ax: 0, ay: -34 }));
    }
    return result;
  };

  const draw = async (figure) => {
    const map = lexicell.readPointMap(figure);
    const plot = figure.querySelector(".plot"), status = figure.querySelector(".map-status");
    const state = {
      colouring: map.initial, grouping: map.grouping, only: new Set(), found: null, dragmode: lexicell.figures.touch ? false : "pan",
      size: sizeFor(map.points), opacity: 0.85, labels: plot.clientWidth >= 480,
    };
    const home = { xaxis: bounds(map.x), yaxis: bounds(map.y) };
    let traces = [];

    const axis = (name, k) => ({ range: home[name], title: { text: map.axes ? `${plotText(map.axes)} ${k}` : "", standoff: 4 }, showticklabels: false, ticks: "", showgrid: false, zeroline: false });
    const build = (theme, paper) => lexicell.pointTraces(map, state.colouring,
      { ...state, muted: lexicell.theme.css("--muted-point", theme), scale: lexicell.theme.sequential(theme) }, paper);
    const scale = () => {
      const length = (axis) => { const [from, to] = plot.layout?.[axis]?.range ?? home[axis]; return to - from; };
      return Math.min(plot.clientWidth / length("xaxis"), plot.clientHeight / length("yaxis"));
    };
    const layout = (theme) => ({
      showlegend: false, hovermode: "closest", dragmode: state.dragmode, uirevision: "kept", selectionrevision: state.colouring.name,
      margin: { l: 24, r: 4, t: 4, b: 24 }, annotations: annotations(map, state, scale(), theme), xaxis: axis("xaxis", 1), yaxis: { ...axis("yaxis", 2), scaleanchor: "x" },
    });

    const redraw = () => {
      const built = build(undefined, lexicell.figures.printing());
      traces = built.traces;
      status.textContent = `${count(map.points)} ${map.noun}s, coloured by ${state.colouring.name}${built.drawn < map.points ? `; ${count(built.drawn)} drawn` : ""}`;
      return Plotly.react(plot, traces, { ...layout(), ...lexicell.figures.fit(plot), template: lexicell.theme.template() }, lexicell.figures.config);
    };
    const drawLegend = () => figure.querySelector(".map-legend").replaceChildren(...lexicell.mapLegend(map, state, redraw));
    const choose = (colouring) => {
      state.colouring = colouring;
      if (colouring.kind === "groups") state.grouping = colouring;
      state.only.clear();
      drawLegend();
      return redraw();
    };

    // On paper there is no panel beside the map: plotly's own legend or colour bar takes its place.
    const forPaper = (format) => {
      const groups = state.colouring.kind === "groups";
      const { low, high } = groups ? {} : lexicell.range(state.colouring);
      const bar = { type: "scatter", mode: "markers", x: [null], y: [null], marker: { color: [low], cmin: low, cmax: high, colorscale: lexicell.theme.sequential("light"), colorbar: { title: { text: plotText(state.colouring.name) } } } };
      const data = build("light", format === "svg").traces;
      const view = (name) => ({ ...layout()[name], range: plot.layout[name].range });
      return {
        data: groups ? data : [...data, bar],
        layout: { ...layout("light"), xaxis: view("xaxis"), yaxis: view("yaxis"), showlegend: groups, legend: { orientation: "v", x: 1.02, y: 1, yanchor: "top", itemsizing: "constant" } },
      };
    };

    lexicell.mapControls(figure, map, state, home, { choose, redraw });
    lexicell.figures.drawn.set(figure, { plot: forPaper, redraw: () => { drawLegend(); return redraw(); } });
    await choose(state.colouring);
    lexicell.mapPointer(figure, map, state, ({ curveNumber, pointNumber }) => traces[curveNumber].indices[pointNumber], redraw);
  };

  lexicell.figures.register("map", draw);
  lexicell.figures.start();
})();
