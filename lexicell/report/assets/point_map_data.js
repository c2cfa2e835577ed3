"use strict";
// What a map holds, unpacked from the page (the other side of point_map_json.cpp).
(() => {
  const bytes = (base64) => {
    const text = atob(base64);
    const result = new Uint8Array(text.length);
    for (let i = 0; i < text.length; ++i) result[i] = text.charCodeAt(i);
    return result;
  };

  const coordinate = ({ low, step, levels }) => {
    const packed = new Uint16Array(bytes(levels).buffer);
    return Float32Array.from(packed, (level) => (level === 65535 ? NaN : low + level * step));
  };

  const feature = ([low, step, count, packed], points) => {
    const data = bytes(packed);
    const values = new Float32Array(points);
    const levels = data.length - count;
    for (let at = 0, point = -1, k = 0; k < count; ++k) {
      let gap = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = data[at++];
        gap += (byte & 127) << shift;
        if (byte < 128) break;
      }
      point += gap;
      values[point] = low + (data[levels + k] - 1) * step;
    }
    return values;
  };

  lexicell.readPointMap = (element) => {
    const data = JSON.parse(lexicell.data(element.id).textContent);
    const colourings = [
      ...data.groups.map(({ name, labels, codes }) => ({ kind: "groups", name, labels, codes: new Uint16Array(bytes(codes).buffer) })),
      ...data.numbers.map(({ name, values }) => ({ kind: "numbers", name, values: new Float32Array(bytes(values).buffer) })),
    ];
    const featureAt = new Map(data.featureNames.map((name, i) => [name, i]));
    return {
      points: data.points, noun: data.noun, featureNoun: data.featureNoun, axes: data.axes, names: data.names,
      x: coordinate(data.x), y: coordinate(data.y),
      colourings, featureNames: data.featureNames,
      initial: colourings.find(({ name }) => name === data.colourBy) || colourings[0],
      grouping: colourings.find(({ kind, name }) => kind === "groups" && name === data.colourBy) || colourings.find(({ kind }) => kind === "groups"),
      feature: (name) => ({ kind: "feature", name, values: feature(data.features[featureAt.get(name)], data.points) }),
    };
  };
})();
