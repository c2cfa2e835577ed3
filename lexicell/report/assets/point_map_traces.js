"use strict";
// A colouring of a map as plotly traces: one a group, or one of grey points and one of coloured ones.
(() => {
  const webgl = (() => {
    const canvas = document.createElement("canvas");
    return Boolean(canvas.getContext("webgl"));
  })();
  const drawableWithoutWebgl = 4000;

  const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const groupColour = (k) => lexicell.theme.groupColours[k % lexicell.theme.groupColours.length];

  const trace = (map, indices, name, marker) => {
    const x = new Float32Array(indices.length), y = new Float32Array(indices.length);
    indices.forEach((i, at) => { x[at] = map.x[i]; y[at] = map.y[i]; });
    return { type: webgl ? "scattergl" : "scatter", mode: "markers", name: escape(name), x, y, marker: { line: { width: 0 }, ...marker }, hoverinfo: "none", indices };
  };

  const membersOf = ({ labels, codes }, kept) => {
    const members = [...labels.map(() => []), []];
    for (const i of kept) members[codes[i] === 65535 ? labels.length : codes[i]].push(i);
    return members;
  };

  // `only`: the groups in full colour (empty = all); the others stay as a grey background.
  const groupTraces = (map, colouring, kept, { size, opacity, only, muted }) => {
    const members = membersOf(colouring, kept);
    const order = [...members.keys()].filter((k) => members[k].length).sort((a, b) => members[b].length - members[a].length);
    const lit = (k) => k < colouring.labels.length && (!only.size || only.has(k));
    const draw = (k) => trace(map, members[k], colouring.labels[k] ?? "missing",
      lit(k) ? { size, opacity, color: groupColour(k) } : { size, opacity: opacity / 3, color: muted });
    return [...order.filter((k) => !lit(k)), ...order.filter(lit)].map(draw);
  };

  // High values last, so that they lie on top. Without a value, or with none of the feature: grey, below.
  const numberTraces = (map, { kind, name, values }, kept, { size, opacity, muted }) => {
    const plain = [], coloured = [];
    for (const i of kept) (Number.isNaN(values[i]) || (kind === "feature" && values[i] === 0) ? plain : coloured).push(i);
    coloured.sort((a, b) => values[a] - values[b]);
    const scale = lexicell.range(values, kind);
    return [
      trace(map, plain, kind === "feature" ? "0" : "missing", { size, opacity: opacity / 2, color: muted }),
      trace(map, coloured, name, {
        size, opacity, color: Float32Array.from(coloured, (i) => values[i]), cmin: scale.low, cmax: scale.high,
        colorscale: lexicell.theme.sequential[lexicell.theme.name()],
        colorbar: { title: { text: escape(name) }, thickness: 12, len: 0.6, outlinewidth: 0 },
      }),
    ];
  };

  // The colour scale ends at the 99th percentile: one outlier must not wash out the rest.
  lexicell.range = (values, kind) => {
    const known = values.filter((v) => !Number.isNaN(v) && (kind !== "feature" || v !== 0)).sort();
    if (!known.length) return { low: 0, high: 1, top: 1 };
    const low = kind === "feature" ? Math.min(0, known[0]) : known[0];
    const top = known[known.length - 1];
    const high = known[Math.floor(0.99 * (known.length - 1))];
    return { low, high: high > low ? high : top, top };
  };

  lexicell.pointTraces = (map, colouring, look) => {
    const step = webgl ? 1 : Math.ceil(map.points / drawableWithoutWebgl);
    const kept = [];
    for (let i = 0; i < map.points; i += step) if (!Number.isNaN(map.x[i] + map.y[i])) kept.push(i);
    const traces = colouring.kind === "groups" ? groupTraces(map, colouring, kept, look) : numberTraces(map, colouring, kept, look);
    return { traces, drawn: kept.length };
  };

  lexicell.groupCentres = (map, { labels, codes }) => {
    const members = labels.map(() => []);
    for (let i = 0; i < map.points; ++i) if (codes[i] !== 65535 && !Number.isNaN(map.x[i] + map.y[i])) members[codes[i]].push(i);
    const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
    return members.map((m) => (m.length ? { x: median(m.map((i) => map.x[i])), y: median(m.map((i) => map.y[i])), size: m.length } : null));
  };

  lexicell.groupColour = groupColour;
  lexicell.plotText = escape;
})();
