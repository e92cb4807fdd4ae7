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
  element.append(
    ...children.flat().filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}

export const make = (tag, properties, ...children) =>
  fill(document.createElement(tag), properties, children);

export const draw = (tag, properties, ...children) =>
  fill(document.createElementNS(SVG, tag), properties, children);

export const replace = (element, ...children) =>
  element.replaceChildren(
    ...children.flat().filter((child) => child !== null && child !== undefined && child !== false),
  );

// The same for what is looked at again and again: what is as it was stays, and with it focus,
// selection and scroll of who reads.
export function renew(element, ...children) {
  const fresh = element.cloneNode(false);
  replace(fresh, ...children);
  if (!fresh.isEqualNode(element)) element.replaceChildren(...fresh.childNodes);
}

function cellOf(column, content, isHead) {
  const isKnown = content !== null && content !== undefined;
  return make(
    isHead ? "th" : "td",
    {
      scope: isHead && "row",
      role: isHead ? "rowheader" : "cell",
      data: { name: column.text },
      class: [column.right && "right", !isKnown && "unknown"].filter(Boolean).join(" ") || null,
    },
    isKnown ? content : "–",
  );
}

// `columns`: { text, right?, cell(row) }. On a narrow screen a row becomes a list of its cells; the
// roles say what it is all the same.
export function table(caption, columns, rows) {
  return make(
    "div",
    { class: "table", tabindex: "0", role: "region", "aria-label": `Table: ${caption}` },
    make(
      "table",
      { role: "table" },
      make(
        "thead",
        { role: "rowgroup" },
        make(
          "tr",
          { role: "row" },
          columns.map((column) =>
            make(
              "th",
              { scope: "col", role: "columnheader", class: column.right && "right" },
              column.text,
            ),
          ),
        ),
      ),
      make(
        "tbody",
        { role: "rowgroup" },
        rows.map((row) =>
          make(
            "tr",
            { role: "row" },
            columns.map((column, index) => cellOf(column, column.cell(row), index === 0)),
          ),
        ),
      ),
    ),
  );
}

export const empty = (text) => make("p", { class: "empty" }, text);

// A figure of a `dl`, with what is to be said of it.
export const figure = (name, value, note) =>
  make(
    "div",
    null,
    make("dt", null, name),
    make("dd", null, value),
    note && make("dd", { class: "note" }, note),
  );
