"use strict";
// The panel beside a map: its groups, each of which can be isolated, or the scale of a number with its mean in each group.
(() => {
  const { make, count, short } = lexicell;

  const groups = (state, isolated) => {
    const { name, labels, codes } = state.colouring;
    const sizes = new Uint32Array(labels.length + 1);  // the last: points of no group
    for (const code of codes) ++sizes[Math.min(code, labels.length)];
    const list = make("ul", { className: "group-list" });
    const show = () => {
      list.querySelectorAll("button").forEach((button, k) => { button.ariaPressed = String(state.only.has(k)); });
      list.classList.toggle("isolated", state.only.size > 0);
    };
    const entry = (k, colour) => {
      const swatch = make("span", { className: "swatch" });
      swatch.style.background = colour;
      return [swatch, make("span", { className: "name", textContent: lexicell.groupLabel(state.colouring, k) }), make("span", { className: "size", textContent: count(sizes[k]) })];
    };
    labels.forEach((label, k) => {
      const button = make("button", { type: "button", title: "Show only this group; with Ctrl or Shift, add it" }, ...entry(k, lexicell.groupColour(k)));
      button.addEventListener("click", ({ shiftKey, ctrlKey, metaKey }) => {
        if (shiftKey || ctrlKey || metaKey) state.only.delete(k) || state.only.add(k);
        else state.only = new Set(state.only.size === 1 && state.only.has(k) ? [] : [k]);
        show();
        isolated();
      });
      list.append(make("li", {}, button));
    });
    if (sizes[labels.length]) list.append(make("li", { className: "no-group" }, ...entry(labels.length, lexicell.theme.css("--muted-point"))));
    show();
    return [make("h4", { textContent: name }), list];
  };

  const scale = (colouring) => {
    const { low, high, top } = lexicell.range(colouring);
    const bar = make("div", { className: "scale" });
    bar.style.background = `linear-gradient(90deg, ${lexicell.theme.sequential().map(([at, colour]) => `${colour} ${100 * at}%`).join(",")})`;
    const ends = make("div", { className: "scale-ends" }, make("span", { textContent: short(low) }), make("span", { textContent: `${high < top ? "≥ " : ""}${short(high)}` }));
    return [make("h4", { textContent: colouring.name }), bar, ends];
  };

  const byGroup = (map, { name: heading, labels, codes }, { name, values, kind }) => {
    const groups = labels.map((label) => ({ label, sum: 0, known: 0, above: 0 }));
    for (let i = 0; i < map.points; ++i) {
      if (codes[i] >= labels.length || Number.isNaN(values[i])) continue;
      const group = groups[codes[i]];
      group.sum += values[i];
      group.known += 1;
      group.above += values[i] !== 0;
    }
    const feature = kind === "feature";
    for (const group of groups) group.mean = group.known ? group.sum / group.known : NaN;
    const largest = Math.max(...groups.map(({ mean }) => Math.abs(mean) || 0)) || 1;
    const decimals = Math.min(Math.max(2 - Math.floor(Math.log10(largest)), 0), 8);  // three figures of the largest, one grid for all
    const number = (v) => (Number.isNaN(v) ? "" : v.toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals }));
    const row = ({ label, mean, known, above }) => {
      const bar = make("i");
      bar.style.width = `${(100 * Math.abs(mean || 0)) / largest}%`;
      const cells = [make("td", {}, make("span", { className: "meter" }, bar), number(mean))];
      if (feature) cells.push(make("td", { textContent: known ? `${Math.round((100 * above) / known)} %` : "" }));
      return make("tr", {}, make("th", { scope: "row", textContent: label }), ...cells);
    };
    const headings = [heading, "mean", ...(feature ? ["> 0"] : [])];
    const title = `Mean of ${name} in each ${heading}${feature ? ` and share of ${map.noun}s above 0` : ""}`;
    return make("table", { className: "by-group", ariaLabel: title },
      make("thead", {}, make("tr", {}, ...headings.map((text) => make("th", { scope: "col", textContent: text })))),
      make("tbody", {}, ...groups.map(row)));
  };

  lexicell.mapLegend = (map, state, isolated) => {
    if (state.colouring.kind === "groups") return groups(state, isolated);
    return state.grouping ? [...scale(state.colouring), byGroup(map, state.grouping, state.colouring)] : scale(state.colouring);
  };
})();
