"use strict";
// What all scripts of the page share: making elements, writing numbers, saving files.
window.lexicell = {
  // An element with properties and children; strings become text, never markup.
  make(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  },

  count: (n) => n.toLocaleString("en"),
  short: (v) => (Number.isNaN(v) ? "missing" : v.toLocaleString("en", { maximumSignificantDigits: 3 })),

  // The data that belong to an element; they lie at the end of the page, so that it can be read before they have come.
  data: (id) => document.getElementById(`${id}-data`),

  // Text for a label of plotly, which reads tags and entities.
  plotText: (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"),

  save(file, type, parts) {
    const link = lexicell.make("a", { href: URL.createObjectURL(new Blob(parts, { type })), download: file });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  },

  csv(rows) {
    const quote = (cell) => (/[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
    return rows.map((row) => row.map((cell) => quote(String(cell))).join(",")).join("\r\n") + "\r\n";
  },
};
