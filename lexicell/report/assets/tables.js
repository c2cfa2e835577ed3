"use strict";
// Tables: the rest of a long one, sorting, and saving as csv.
(() => {
  const save = (file, type, parts) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(parts, { type }));
    link.download = file;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };

  const quote = (cell) => (/[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  const csv = (rows) => rows.map((row) => row.map((cell) => quote(String(cell))).join(",")).join("\r\n") + "\r\n";

  const rest = (table) => table.closest(".table-scroll").parentElement.querySelector('script[data-role="rows"]');

  const showAll = (table) => {
    const data = rest(table);
    if (!data) return;
    const numbers = [...table.tHead.rows[0].cells].map((cell) => cell.classList.contains("number"));
    const body = document.createDocumentFragment();
    for (const row of JSON.parse(data.textContent)) {
      const tr = document.createElement("tr");
      row.forEach((text, c) => {
        const cell = document.createElement(c === 0 && !numbers[c] ? "th" : "td");
        if (cell.tagName === "TH") cell.scope = "row";
        if (numbers[c]) cell.className = "number";
        cell.textContent = text;
        tr.append(cell);
      });
      body.append(tr);
    }
    table.tBodies[0].append(body);
    data.remove();
    document.querySelector(`[data-more="${table.id}"]`).closest(".more").remove();
  };

  // Numbers are written for readers: "12,345", "4.5 %".
  const valueOf = (text) => parseFloat(text.replaceAll(",", ""));
  const sort = (header) => {
    const table = header.closest("table");
    showAll(table);
    const column = header.cellIndex;
    const ascending = header.ariaSort !== "ascending";
    [...header.parentElement.cells].forEach((cell) => cell.removeAttribute("aria-sort"));
    header.ariaSort = ascending ? "ascending" : "descending";
    const number = header.classList.contains("number");
    const text = (row) => row.cells[column].textContent;
    const collator = new Intl.Collator("en", { numeric: true });
    const order = (a, b) => {
      if (!number) return (ascending ? 1 : -1) * collator.compare(text(a), text(b));
      const [u, v] = [valueOf(text(a)), valueOf(text(b))];
      if (Number.isNaN(u) || Number.isNaN(v)) return Number.isNaN(u) - Number.isNaN(v);  // missing last
      return (ascending ? 1 : -1) * (u - v);
    };
    table.tBodies[0].append(...[...table.tBodies[0].rows].sort(order));
  };

  document.querySelectorAll(".table-scroll > table").forEach((table) => {
    for (const header of table.tHead.rows[0].cells) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...header.childNodes);
      button.addEventListener("click", () => sort(header));
      header.append(button);
    }
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.more) showAll(document.getElementById(button.dataset.more));
    if (button.dataset.csv) {
      const table = document.getElementById(button.dataset.csv);
      const rows = [...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent));
      const data = rest(table);
      if (data) rows.push(...JSON.parse(data.textContent));
      save(`${button.dataset.file}.csv`, "text/csv;charset=utf-8", [csv(rows)]);
    }
    if (button.dataset.text) save(`${button.dataset.file}.json`, "application/json", [document.getElementById(button.dataset.text).textContent]);
  });

  lexicell.save = save;
  lexicell.csv = csv;
})();
