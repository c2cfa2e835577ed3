"use strict";
// The controls of a map: what colours it, what dragging does, zoom, and the look of the points.
(() => {
  const { make } = lexicell;

  const colourSelect = (figure, map, state, choose) => {
    const select = make("select", { id: `${figure.id}-colour` });
    const options = (label, kind) => {
      const own = map.colourings.map((c, k) => (c.kind === kind ? make("option", { value: String(k), textContent: c.name }) : null)).filter(Boolean);
      if (own.length) select.append(make("optgroup", { label }, ...own));
    };
    options("Groups", "groups");
    options("Numbers", "numbers");
    const features = make("optgroup", { label: `${map.featureNoun[0].toUpperCase()}${map.featureNoun.slice(1)}s` });
    select.value = String(map.colourings.indexOf(state.colouring));
    select.addEventListener("change", () => choose(select.value.startsWith("=") ? map.feature(select.value.slice(1)) : map.colourings[Number(select.value)]));
    const pickFeature = (name) => {
      const value = `=${name}`;
      if (![...features.children].some((option) => option.value === value)) features.prepend(make("option", { value, textContent: name }));
      select.append(features);
      select.value = value;
      choose(map.feature(name));
    };
    return { field: make("div", { className: "field" }, make("label", { htmlFor: select.id, textContent: "Colour by" }), select), pickFeature };
  };

  const segmented = (label, entries, act) => {
    const group = make("div", { className: "segmented", role: "group", ariaLabel: label });
    for (const { text, name = text, value } of entries) {
      const button = make("button", { type: "button", textContent: text, ariaLabel: name });
      button.dataset.value = value;
      button.addEventListener("click", () => act(value));
      group.append(button);
    }
    return group;
  };

  const dragTools = (plot, state) => {
    const group = segmented("What dragging does", [{ text: "Move", value: "pan" }, { text: "Zoom", value: "zoom" }, { text: "Select", value: "lasso" }], (mode) => {
      // On a touch screen the second tap gives the finger back to scrolling the page.
      state.dragmode = state.dragmode === mode && lexicell.figures.touch ? false : mode;
      show();
      Plotly.relayout(plot, { dragmode: state.dragmode });
    });
    const show = () => [...group.children].forEach((button) => { button.ariaPressed = String(button.dataset.value === state.dragmode); });
    show();
    return group;
  };

  const zoomTools = (plot, home) => segmented("Zoom",
    [{ text: "−", name: "Zoom out", value: 1.5 }, { text: "+", name: "Zoom in", value: 1 / 1.5 }, { text: "Reset", name: "Reset the view", value: 0 }], (factor) => {
      const update = {};
      for (const axis of ["xaxis", "yaxis"]) {
        const [a, b] = plot.layout[axis].range, centre = (a + b) / 2;
        update[`${axis}.range`] = factor ? [centre + (a - centre) * factor, centre + (b - centre) * factor] : home[axis];
      }
      Plotly.relayout(plot, update);
    });

  const slider = (text, [min, max, step], state, key, changed) => {
    const input = make("input", { type: "range", min, max, step, value: state[key] });
    input.addEventListener("change", () => { state[key] = Number(input.value); changed(); });
    return make("label", { className: "slider" }, text, input);
  };

  // Fills the bars above and below the map. `home`: the ranges of the whole map.
  lexicell.mapControls = (figure, map, state, home, { choose, redraw }) => {
    const plot = figure.querySelector(".plot");
    const { field, pickFeature } = colourSelect(figure, map, state, choose);
    const top = figure.querySelector(".map-controls");
    top.append(field);
    if (map.featureNames.length) top.append(lexicell.searchBox(`Find a ${map.featureNoun}`, map.featureNames, pickFeature));
    else if (map.names.length) top.append(lexicell.searchBox(`Find a ${map.noun}`, map.names, (name) => { state.found = map.names.indexOf(name); redraw(); }));
    top.append(make("div", { className: "map-tools" }, dragTools(plot, state), zoomTools(plot, home)));

    const labels = make("input", { type: "checkbox", checked: state.labels });
    labels.addEventListener("change", () => { state.labels = labels.checked; redraw(); });
    figure.querySelector(".map-look").append(
      slider("Size", [1, 12, 0.2], state, "size", redraw), slider("Opacity", [0.1, 1, 0.05], state, "opacity", redraw), make("label", { className: "check" }, labels, "Labels"));
  };
})();
