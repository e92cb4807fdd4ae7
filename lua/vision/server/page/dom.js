// SPDX-License-Identifier: MIT
// Elements. Whatever comes from a drawing or a service goes into the page as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

export const find = (id) => document.getElementById(id);

// A property `on…` is a listener, `data` an object; nothing is set where a value is null or false.
function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "data") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const make = (tag, properties, ...children) =>
  fill(document.createElement(tag), properties, children);

export const draw = (tag, properties, ...children) =>
  fill(document.createElementNS(SVG, tag), properties, children);

export const replace = (element, ...children) =>
  element.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));

// A table that scrolls by itself on a narrow screen. `columns`: { text, right?, cell(row) }.
export function table(caption, columns, rows) {
  return make("div", { class: "table", tabindex: "0", role: "region", "aria-label": `Table: ${caption}` },
    make("table", null,
      make("thead", null, make("tr", null, columns.map((column) =>
        make("th", { scope: "col", class: column.right && "right" }, column.text)))),
      make("tbody", null, rows.map((row) => make("tr", null, columns.map((column, index) =>
        make(index === 0 ? "th" : "td", { scope: index === 0 && "row",
          class: column.right && "right" }, column.cell(row) ?? "–")))))));
}

export const empty = (text) => make("p", { class: "empty" }, text);
