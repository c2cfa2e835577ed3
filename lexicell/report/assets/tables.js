"use strict";
// Tables: the rest of a long one, sorting, and saving as csv.
(() => {
  const { make } = lexicell;

  const showAll = (table) => {
    const rest = lexicell.data(table.id);
    if (!rest) return;
    const numbers = [...table.tHead.rows[0].cells].map((cell) => cell.classList.contains("number"));
    const cell = (text, c) => (c === 0 && !numbers[c]
      ? make("th", { scope: "row", textContent: text })
      : make("td", { className: numbers[c] ? "number" : "", textContent: text }));
    table.tBodies[0].append(...JSON.parse(rest.textContent).map((row) => make("tr", {}, ...row.map(cell))));
    rest.remove();
    document.querySelector(`[data-more="${table.id}"]`).closest(".more").remove();
  };

  const sort = (header) => {
    const table = header.closest("table");
    showAll(table);
    const ascending = header.ariaSort !== "ascending", sign = ascending ? 1 : -1;
    [...header.parentElement.cells].forEach((cell) => cell.removeAttribute("aria-sort"));
    header.ariaSort = ascending ? "ascending" : "descending";
    const text = (row) => row.cells[header.cellIndex].textContent;
    const collator = new Intl.Collator("en", { numeric: true });
    const byText = (a, b) => sign * collator.compare(text(a), text(b));
    const value = (row) => parseFloat(text(row).replaceAll(",", ""));  // written for readers: "12,345", "4.5 %"
    const byValue = (a, b) => {
      const [u, v] = [value(a), value(b)];
      if (Number.isNaN(u) || Number.isNaN(v)) return Number.isNaN(u) - Number.isNaN(v);  // missing last
      return sign * (u - v);
    };
    table.tBodies[0].append(...[...table.tBodies[0].rows].sort(header.classList.contains("number") ? byValue : byText));
  };

  const rowsOf = (table) => {
    const rows = [...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent));
    const rest = lexicell.data(table.id);
    return rest ? rows.concat(JSON.parse(rest.textContent)) : rows;
  };

  document.querySelectorAll(".table-scroll > table").forEach((table) => {
    for (const header of table.tHead.rows[0].cells) {
      const button = make("button", { type: "button" }, ...header.childNodes);
      button.addEventListener("click", () => sort(header));
      header.append(button);
    }
  });

  document.addEventListener("click", ({ target }) => {
    const { more, csv, text, file } = target.closest("button")?.dataset ?? {};
    if (more) showAll(document.getElementById(more));
    if (csv) lexicell.save(`${file}.csv`, "text/csv;charset=utf-8", [lexicell.csv(rowsOf(document.getElementById(csv)))]);
    if (text) lexicell.save(`${file}.json`, "application/json", [document.getElementById(text).textContent]);
  });
})();
