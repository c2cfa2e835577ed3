"use strict";
// The interactive map: choosing a colouring, the legend, hover, selection.
(() => {
  const count = (n) => n.toLocaleString("en");
  const short = (v) => (Number.isNaN(v) ? "missing" : Number(v.toPrecision(3)).toLocaleString("en", { maximumSignificantDigits: 3 }));
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  const draw = (figure) => {
    const map = lexicell.readPointMap(figure);
    const plot = figure.querySelector(".plot"), legend = figure.querySelector(".map-legend");
    const status = figure.querySelector(".map-status"), controls = figure.querySelector(".map-controls");
    const nouns = `${map.noun}s`;
    const state = {
      colouring: map.initial, grouping: map.grouping, only: new Set(), found: null, selected: [],
      size: map.points < 2000 ? 7 : map.points < 10000 ? 4.5 : map.points < 30000 ? 3 : 2.2, opacity: 0.85,
      labels: true, dragmode: lexicell.figures.touch ? false : "pan",
    };
    let shown = [];

    const bounds = (values) => {
      let low = Infinity, high = -Infinity;
      for (const v of values) { if (v < low) low = v; if (v > high) high = v; }
      const margin = (high - low) * 0.04 || 1;
      return [low - margin, high + margin];
    };
    const ranges = { x: bounds(map.x), y: bounds(map.y) };

    const annotations = () => {
      const css = lexicell.theme.css;
      const label = (x, y, text, more) => ({ x, y, text: lexicell.plotText(text), showarrow: false, font: { size: 12, color: css("--ink") }, bgcolor: css("--halo"), borderpad: 2, ...more });
      const result = [];
      if (state.labels && state.colouring.kind === "groups" && state.colouring.labels.length <= 40) {
        lexicell.groupCentres(map, state.colouring).forEach((centre, k) => {
          if (centre && (!state.only.size || state.only.has(k))) result.push(label(centre.x, centre.y, state.colouring.labels[k]));
        });
      }
      if (state.found !== null) {
        result.push(label(map.x[state.found], map.y[state.found], map.names[state.found], { showarrow: true, arrowcolor: css("--ink"), ay: -34, ax: 0 }));
      }
      return result;
    };

    const axis = (range, k, more) => ({ range, title: { text: map.axes ? `${lexicell.plotText(map.axes)} ${k}` : "", standoff: 4 }, showticklabels: false, ticks: "", showgrid: false, zeroline: false, ...more });
    const layout = () => ({
      template: lexicell.theme.template(), showlegend: false, hovermode: "closest", dragmode: state.dragmode, uirevision: "one",
      margin: { l: 28, r: 4, t: 4, b: 28 }, annotations: annotations(), selectionrevision: state.colouring.name,
      xaxis: axis(ranges.x, 1), yaxis: axis(ranges.y, 2, { scaleanchor: "x" }),
    });

    const redraw = () => {
      const look = { size: state.size, opacity: state.opacity, only: state.only, muted: lexicell.theme.css("--muted-point") };
      const { traces, drawn } = lexicell.pointTraces(map, state.colouring, look);
      shown = traces;
      const thinned = drawn < map.points ? `; ${count(drawn)} drawn` : "";
      status.textContent = `${count(map.points)} ${nouns}, coloured by ${state.colouring.name}${thinned}`;
      return Plotly.react(plot, traces, layout(), lexicell.figures.config);
    };

    const groupLegend = () => {
      const { labels, codes } = state.colouring;
      const sizes = new Array(labels.length).fill(0);
      for (const code of codes) if (code !== 65535) ++sizes[code];
      const list = make("ul", { className: "group-list" });
      labels.forEach((label, k) => {
        const button = make("button", { type: "button", ariaPressed: "false", title: "Show only this group; with Ctrl or Shift, add it" },
          make("span", { className: "swatch" }), make("span", { className: "name", textContent: label }), make("span", { className: "size", textContent: count(sizes[k]) }));
        button.firstChild.style.background = lexicell.groupColour(k);
        button.addEventListener("click", (event) => {
          const alone = state.only.size === 1 && state.only.has(k);
          if (event.shiftKey || event.ctrlKey || event.metaKey) state.only.delete(k) || state.only.add(k);
          else state.only = new Set(alone ? [] : [k]);
          [...list.querySelectorAll("button")].forEach((b, i) => { b.ariaPressed = String(state.only.has(i)); });
          list.classList.toggle("isolated", state.only.size > 0);
          redraw();
        });
        list.append(make("li", {}, button));
      });
      return [make("h4", { textContent: state.colouring.name }), list];
    };

    // For a number: its scale, and what it is in each group of the last categorical colouring.
    const numberLegend = () => {
      const { name, kind, values } = state.colouring;
      const { low, high, top } = lexicell.range(values, kind);
      const scale = lexicell.theme.sequential[lexicell.theme.name()].map(([at, colour]) => `${colour} ${100 * at}%`).join(",");
      const bar = make("div", { className: "scale" });
      bar.style.background = `linear-gradient(90deg, ${scale})`;
      const parts = [make("h4", { textContent: name }), bar,
        make("div", { className: "scale-ends" }, make("span", { textContent: short(low) }), make("span", { textContent: `${high < top ? "≥ " : ""}${short(high)}` }))];
      const grouping = state.grouping;
      if (!grouping) return parts;
      const groups = grouping.labels.map((label) => ({ label, sum: 0, known: 0, above: 0 }));
      values.forEach((v, i) => {
        const group = groups[grouping.codes[i]];
        if (!group || Number.isNaN(v)) return;
        group.sum += v;
        group.known += 1;
        group.above += v !== 0;
      });
      const means = groups.map(({ sum, known }) => (known ? sum / known : NaN));
      const largest = Math.max(...means.map((m) => (Number.isNaN(m) ? 0 : Math.abs(m)))) || 1;
      const feature = kind === "feature";
      const row = (group, k) => {
        const meter = make("span", { className: "meter" }, make("i"));
        meter.firstChild.style.width = `${Number.isNaN(means[k]) ? 0 : (100 * Math.abs(means[k])) / largest}%`;
        return make("tr", {}, make("th", { scope: "row", textContent: group.label }), make("td", {}, meter, make("span", { textContent: short(means[k]) })),
          ...(feature ? [make("td", { textContent: group.known ? `${Math.round((100 * group.above) / group.known)} %` : "" })] : []));
      };
      const headings = [grouping.name, "mean", ...(feature ? [`${nouns} > 0`] : [])];
      parts.push(make("table", { className: "by-group" },
        make("thead", {}, make("tr", {}, ...headings.map((text) => make("th", { scope: "col", textContent: text })))),
        make("tbody", {}, ...groups.map(row))));
      return parts;
    };

    const drawLegend = () => legend.replaceChildren(...(state.colouring.kind === "groups" ? groupLegend() : numberLegend()));
    const select = make("select", { id: `${figure.id}-colour` });
    const choose = (colouring) => {
      state.colouring = colouring;
      if (colouring.kind === "groups") state.grouping = colouring;
      state.only.clear();
      drawLegend();
      return redraw();
    };

    const options = (label, kind) => {
      const group = make("optgroup", { label });
      map.colourings.forEach(({ name, kind: own }, k) => { if (own === kind) group.append(make("option", { value: String(k), textContent: name })); });
      if (group.children.length) select.append(group);
    };
    options("Groups", "groups");
    options("Numbers", "numbers");
    const picked = make("optgroup", { label: `${map.featureNoun[0].toUpperCase()}${map.featureNoun.slice(1)}s` });
    select.value = String(map.colourings.indexOf(state.colouring));
    select.addEventListener("change", () => choose(select.value.startsWith("=") ? map.feature(select.value.slice(1)) : map.colourings[Number(select.value)]));
    controls.append(make("div", { className: "field" }, make("label", { htmlFor: select.id, textContent: "Colour by" }), select));
    if (map.featureNames.length) {
      controls.append(lexicell.searchBox(`Find a ${map.featureNoun}`, map.featureNames, (name) => {
        const value = `=${name}`;
        if (![...picked.children].some((option) => option.value === value)) picked.prepend(make("option", { value, textContent: name }));
        select.append(picked);
        select.value = value;
        choose(map.feature(name));
      }));
    } else if (map.names.length) {
      controls.append(lexicell.searchBox(`Find a ${map.noun}`, map.names, (name) => { state.found = map.names.indexOf(name); redraw(); }));
    }

    const slider = (label, low, high, step, key) => {
      const input = make("input", { type: "range", min: low, max: high, step, value: state[key] });
      input.addEventListener("change", () => { state[key] = Number(input.value); redraw(); });
      return make("label", { className: "slider" }, make("span", { textContent: label }), input);
    };
    const labels = make("input", { type: "checkbox", checked: true });
    labels.addEventListener("change", () => { state.labels = labels.checked; redraw(); });
    const tools = make("div", { className: "segmented", role: "group", ariaLabel: "What dragging does" });
    for (const [mode, text] of [["pan", "Move"], ["zoom", "Zoom"], ["lasso", "Select"]]) {
      const button = make("button", { type: "button", textContent: text, ariaPressed: String(state.dragmode === mode) });
      button.addEventListener("click", () => {
        state.dragmode = state.dragmode === mode && lexicell.figures.touch ? false : mode;
        [...tools.children].forEach((b) => { b.ariaPressed = String(b === button && state.dragmode === mode); });
        Plotly.relayout(plot, { dragmode: state.dragmode });
      });
      tools.append(button);
    }
    const zoom = (factor) => () => {
      const update = {};
      for (const name of ["xaxis", "yaxis"]) {
        const [a, b] = plot.layout[name].range, centre = (a + b) / 2;
        update[`${name}.range`] = factor ? [centre + (a - centre) * factor, centre + (b - centre) * factor] : ranges[name[0]];
      }
      Plotly.relayout(plot, update);
    };
    const zooms = make("div", { className: "segmented", role: "group", ariaLabel: "Zoom" });
    for (const [text, label, factor] of [["−", "Zoom out", 1.5], ["+", "Zoom in", 1 / 1.5], ["Reset", "Reset the view", 0]]) {
      const button = make("button", { type: "button", textContent: text, ariaLabel: label });
      button.addEventListener("click", zoom(factor));
      zooms.append(button);
    }
    controls.append(tools, zooms, slider("Size", 1, 12, 0.2, "size"), slider("Opacity", 0.1, 1, 0.05, "opacity"), make("label", { className: "check" }, labels, "Labels"));

    const tip = make("div", { className: "map-tip", hidden: true });
    figure.querySelector(".map-stage").append(tip);
    const describe = (i) => {
      const lines = map.colourings.slice(0, 8).map((c) => [c.name, c.kind === "groups" ? c.labels[c.codes[i]] ?? "missing" : short(c.values[i])]);
      if (state.colouring.kind === "feature") lines.unshift([state.colouring.name, short(state.colouring.values[i])]);
      return make("dl", {}, ...lines.map(([k, v]) => make("div", {}, make("dt", { textContent: k }), make("dd", { textContent: v }))));
    };
    const listen = () => {
      plot.on("plotly_hover", ({ points: [point], event }) => {
        const i = shown[point.curveNumber].indices[point.pointNumber];
        tip.replaceChildren(...(map.names.length ? [make("strong", { textContent: map.names[i] })] : []), describe(i));
        tip.hidden = false;
        const stage = tip.parentElement.getBoundingClientRect();
        const x = event.clientX - stage.left, y = event.clientY - stage.top;
        tip.style.left = `${Math.max(0, Math.min(x + 14, stage.width - tip.offsetWidth))}px`;
        tip.style.top = `${y + 14 + tip.offsetHeight > stage.height ? Math.max(0, y - tip.offsetHeight - 10) : y + 14}px`;
      });
      plot.on("plotly_unhover", () => { tip.hidden = true; });
      plot.on("plotly_selected", (event) => {
        state.selected = event ? event.points.map((p) => shown[p.curveNumber].indices[p.pointNumber]) : [];
        if (!state.selected.length) return;
        const button = make("button", { type: "button", textContent: "Save as CSV" });
        button.addEventListener("click", saveSelection);
        status.replaceChildren(`${count(state.selected.length)} ${nouns} selected${composition()} `, button);
      });
      plot.on("plotly_deselect", () => { state.selected = []; redraw(); });
    };
    const composition = () => {
      if (!state.grouping) return "";
      const sizes = new Map();
      for (const i of state.selected) { const label = state.grouping.labels[state.grouping.codes[i]] ?? "missing"; sizes.set(label, (sizes.get(label) || 0) + 1); }
      const parts = [...sizes].sort((a, b) => b[1] - a[1]).slice(0, 3).map(([label, n]) => `${label} ${Math.round((100 * n) / state.selected.length)} %`);
      return `: ${parts.join(", ")}${sizes.size > 3 ? ", …" : ""}`;
    };
    const saveSelection = () => {
      const columns = map.colourings.concat(state.colouring.kind === "feature" ? [state.colouring] : []);
      const rows = [...state.selected].sort((a, b) => a - b).map((i) => [map.names[i] ?? i, ...columns.map((c) => (c.kind === "groups" ? c.labels[c.codes[i]] ?? "" : c.values[i]))]);
      lexicell.save(`${figure.dataset.file}-selection.csv`, "text/csv;charset=utf-8", [lexicell.csv([[map.noun, ...columns.map((c) => c.name)], ...rows])]);
    };

    const forPaper = () => ({ data: shown, layout: { ...layout(), annotations: annotations().map((a) => ({ ...a, bgcolor: "rgba(255,255,255,0.75)", font: { ...a.font, color: "#111" } })), showlegend: state.colouring.kind === "groups", legend: { orientation: "v", x: 1.02, y: 1, yanchor: "top", itemsizing: "constant" } } });
    lexicell.figures.drawn.set(figure, { redraw: () => { drawLegend(); return redraw(); }, plot: forPaper });
    return choose(state.colouring).then(listen);
  };

  lexicell.figures.register("map", draw);
  lexicell.figures.start();
})();
