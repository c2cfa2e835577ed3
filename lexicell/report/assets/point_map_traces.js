"use strict";
// A colouring of a map as plotly traces, each of one colour: plotly takes a second for 50,000 points of own colours, and a
// tenth of it for the same points in groups.
(() => {
  const webgl = Boolean(document.createElement("canvas").getContext("webgl"));
  const mostMoving = 4000, mostStill = 20000;  // points as SVG: on a screen without WebGL, and on paper
  const levels = 32;

  const groupColour = (k) => lexicell.theme.groupColours[k % lexicell.theme.groupColours.length];

  const groupLabel = ({ labels }, code) => labels[code] ?? "none";

  const trace = (map, indices, name, marker) => {
    const x = new Float32Array(indices.length), y = new Float32Array(indices.length);
    for (let at = 0; at < indices.length; ++at) {
      x[at] = map.x[indices[at]];
      y[at] = map.y[indices[at]];
    }
    return { mode: "markers", name: lexicell.plotText(name), x, y, marker: { line: { width: 0 }, ...marker }, hoverinfo: "none", indices };
  };

  // Small groups last, so that they lie on top. `only`: the groups in colour (empty = all); the others lie grey below.
  const groupTraces = (map, { labels, codes }, points, { size, opacity, only, muted }) => {
    const members = [...labels.map(() => []), []];
    for (const i of points) members[Math.min(codes[i], labels.length)].push(i);
    const order = [...members.keys()].filter((k) => members[k].length).sort((a, b) => members[b].length - members[a].length);
    const lit = (k) => k < labels.length && (!only.size || only.has(k));
    const draw = (k) => trace(map, members[k], groupLabel({ labels }, k), lit(k) ? { size, opacity, color: groupColour(k) } : { size, opacity: opacity / 2, color: muted });
    return [...order.filter((k) => !lit(k)), ...order.filter(lit)].map(draw);
  };

  // High values last. Points without a value, or without any of the feature, lie grey below.
  const numberTraces = (map, colouring, points, { size, opacity, muted, scale }) => {
    const { kind, name, values } = colouring;
    const { low, high } = lexicell.range(colouring);
    const plain = [], coloured = Array.from({ length: levels }, () => []);
    for (const i of points) {
      const v = values[i];
      if (Number.isNaN(v) || (kind === "feature" && v === 0)) plain.push(i);
      else coloured[Math.max(0, Math.min(levels - 1, Math.floor(((v - low) / (high - low || 1)) * levels)))].push(i);
    }
    return [
      trace(map, plain, kind === "feature" ? "0" : "missing", { size, opacity: opacity * 0.7, color: muted }),
      ...coloured.map((members, k) => trace(map, members, name, { size, opacity, color: lexicell.theme.colourAt(scale, k / (levels - 1)) })),
    ].filter(({ indices }) => indices.length);
  };

  // The scale ends at the 99th percentile: one outlier must not wash out the rest. `top` is the true maximum.
  lexicell.range = (colouring) => {
    if (colouring.range) return colouring.range;
    const feature = colouring.kind === "feature";
    const known = colouring.values.filter((v) => !Number.isNaN(v) && (!feature || v !== 0)).sort();
    const low = known.length ? (feature ? Math.min(0, known[0]) : known[0]) : 0;
    const top = known.length ? known[known.length - 1] : 1;
    const high = known[Math.floor(0.99 * (known.length - 1))];
    colouring.range = { low, top, high: high > low ? high : top };
    return colouring.range;
  };

  // Where the label of each group stands: the medians of its points; null for a group without a point.
  lexicell.groupCentres = (map, colouring) => {
    if (colouring.centres) return colouring.centres;
    const { labels, codes } = colouring;
    const members = labels.map(() => ({ x: [], y: [] }));
    for (let i = 0; i < map.points; ++i) {
      if (codes[i] >= labels.length || Number.isNaN(map.x[i] + map.y[i])) continue;
      members[codes[i]].x.push(map.x[i]);
      members[codes[i]].y.push(map.y[i]);
    }
    const median = (values) => Float32Array.from(values).sort()[values.length >> 1];
    colouring.centres = members.map(({ x, y }) => (x.length ? { x: median(x), y: median(y) } : null));
    return colouring.centres;
  };

  // `paper`: as SVG, which is drawn at once and can be printed at any size.
  lexicell.pointTraces = (map, colouring, look, paper = false) => {
    const step = paper ? Math.ceil(map.points / mostStill) : webgl ? 1 : Math.ceil(map.points / mostMoving);
    const points = [];
    for (let i = 0; i < map.points; i += step) if (!Number.isNaN(map.x[i] + map.y[i])) points.push(i);
    const traces = colouring.kind === "groups" ? groupTraces(map, colouring, points, look) : numberTraces(map, colouring, points, look);
    for (const trace of traces) trace.type = webgl && !paper ? "scattergl" : "scatter";
    return { traces, drawn: points.length };
  };

  Object.assign(lexicell, { groupColour, groupLabel });
})();
