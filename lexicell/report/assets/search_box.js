"use strict";
// A box that proposes names while one types (the ARIA combobox pattern): lexicell.searchBox(label, names, pick) -> element.
(() => {
  const shown = 12;
  let boxes = 0;

  const matches = (names, text) => {
    const wanted = text.toLowerCase();
    const starts = [], holds = [];
    for (const name of names) {
      const at = name.toLowerCase().indexOf(wanted);
      if (at === 0) starts.push(name);
      else if (at > 0 && holds.length < shown) holds.push(name);
    }
    starts.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
    return [...starts, ...holds].slice(0, shown);
  };

  lexicell.searchBox = (label, names, pick) => {
    const id = `search-${++boxes}`;
    const root = lexicell.make("div", { className: "search" });
    root.innerHTML = `<label for="${id}"></label>
      <input id="${id}" type="text" role="combobox" aria-expanded="false" aria-autocomplete="list" aria-controls="${id}-list" autocomplete="off" autocapitalize="off" spellcheck="false">
      <ul id="${id}-list" role="listbox" hidden></ul>`;
    const [title, input, list] = root.children;
    title.textContent = label;
    input.placeholder = `${lexicell.count(names.length)} names`;
    list.setAttribute("aria-label", label);
    let active = -1;

    const close = () => {
      list.hidden = true;
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    };
    const choose = (name) => {
      input.value = name;
      close();
      pick(name);
    };
    const mark = (index) => {
      active = (index + list.children.length) % list.children.length;
      [...list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === active)));
      input.setAttribute("aria-activedescendant", list.children[active].id);
      list.children[active].scrollIntoView({ block: "nearest" });
    };
    const open = () => {
      const found = input.value ? matches(names, input.value) : [];
      list.replaceChildren(...found.map((name, i) => {
        const option = lexicell.make("li", { id: `${id}-${i}`, role: "option", ariaSelected: "false", textContent: name });
        option.addEventListener("pointerdown", (event) => { event.preventDefault(); choose(name); });
        return option;
      }));
      list.hidden = found.length === 0;
      active = -1;
      input.setAttribute("aria-expanded", String(found.length > 0));
      input.removeAttribute("aria-activedescendant");
    };

    input.addEventListener("input", open);
    input.addEventListener("focus", () => input.select());
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
      const options = list.hidden ? 0 : list.children.length;
      if (event.key === "ArrowDown" && options) mark(active + 1);
      else if (event.key === "ArrowUp" && options) mark(active <= 0 ? options - 1 : active - 1);
      else if (event.key === "Enter" && options) choose(list.children[Math.max(active, 0)].textContent);
      else if (event.key === "Escape") close();
      else return;
      event.preventDefault();
    });
    return root;
  };
})();
