// SPDX-License-Identifier: MIT
// The list of call-outs, and which of them is meant now, in the list and on the sheet.

import { make, replace } from "./dom.js";
import { grade, percent, words } from "./format.js";

// One call-out is selected (it stays), one may be hovered (it goes).
export class Selection {
  listeners = [];
  hoverers = [];

  listen(listener) {
    this.listeners.push(listener);
  }
  onHover(hoverer) {
    this.hoverers.push(hoverer);
  }
  onEnter(enterer) {
    this.enterer = enterer;
  }

  set(number, from) {
    if (this.number === number) return;
    this.number = number;
    for (const listener of this.listeners) listener(number, from);
  }

  hover(number) {
    for (const hoverer of this.hoverers) hoverer(number);
  }
  enter(number) {
    this.enterer?.(number);
  }
}

export function confidence(value) {
  const { name, text } = grade(value);
  return make(
    "span",
    { class: `sure-word ${name}` },
    make("i", { "aria-hidden": "true" }),
    make("b", null, percent(value)),
    make("span", null, text),
  );
}

const KINDS = { frame: "geometric tolerance" };

export const kindOf = (callout) => KINDS[callout.type] ?? words(callout.type);

const withUnit = (callout, value) => `${value}${callout.unit ? ` ${callout.unit}` : ""}`;

function factsOf(callout) {
  const facts = [];
  const add = (name, value) =>
    value !== undefined && value !== null && facts.push([name, String(value)]);
  add("Quantity", callout.quantity);
  if (typeof callout.nominal === "number") add("Nominal", withUnit(callout, callout.nominal));
  if (callout.upper !== undefined && callout.upper !== null)
    add("Upper", withUnit(callout, callout.upper));
  if (callout.lower !== undefined && callout.lower !== null)
    add("Lower", withUnit(callout, callout.lower));
  add("Fit", callout.fit);
  add("Depth", callout.depth);
  add("Page", callout.page);
  add("Read by", callout.sources?.map(words).join(", "));
  add("Why so sure", callout.reasons?.join("; "));
  add("Warning", callout.warnings?.join("; "));
  return facts;
}

export const facts = (pairs) =>
  make(
    "dl",
    { class: "facts" },
    pairs.map(([name, value]) =>
      make("div", null, make("dt", null, name), make("dd", null, value)),
    ),
  );

let lists = 0; // several may stand in one page

export class CalloutList {
  constructor(callouts, selection) {
    this.name = `callouts-${(lists += 1)}`;
    this.selection = selection;
    this.rows = callouts.map((callout, index) => this.row(callout, index + 1));
    this.callouts = callouts;
    this.list = make("ol", { class: "callouts" }, this.rows);
    this.order = make("input", { type: "checkbox", onchange: () => this.sort() });
    this.element = make(
      "section",
      { class: "list", "aria-labelledby": `${this.name}-title` },
      make(
        "div",
        { class: "head" },
        make("h2", { id: `${this.name}-title` }, `Call-outs (${callouts.length})`),
        callouts.length > 1 && make("label", { class: "check" }, this.order, " Doubtful first"),
      ),
      this.list,
    );
    selection.listen((number, from) => this.select(number, from));
    selection.onHover((number) => this.mark(number, "hovered"));
    selection.onEnter((number) => this.rows[number - 1]?.querySelector("button").focus());
  }

  row(callout, number) {
    const more = make(
      "div",
      { class: "more", id: `${this.name}-${number}`, hidden: true },
      facts(factsOf(callout)),
    );
    const button = make(
      "button",
      {
        type: "button",
        "aria-expanded": "false",
        "aria-controls": more.id,
        onclick: () => this.toggle(number),
        onfocus: () => this.selection.set(number, "list"),
      },
      make("span", { class: `number ${grade(callout.confidence).name}` }, String(number)),
      make(
        "span",
        { class: "what" },
        make("span", { class: "text" }, callout.text),
        make("span", { class: "type" }, kindOf(callout)),
      ),
      confidence(callout.confidence),
    );
    return make(
      "li",
      {
        data: { number },
        onpointerenter: () => this.selection.hover(number),
        onpointerleave: () => this.selection.hover(null),
      },
      button,
      more,
    );
  }

  toggle(number) {
    const row = this.rows[number - 1],
      button = row.querySelector("button"),
      more = row.querySelector(".more");
    more.hidden = !more.hidden;
    button.setAttribute("aria-expanded", String(!more.hidden));
    this.selection.set(number, "list");
  }

  mark(number, name) {
    for (const row of this.rows) row.classList.toggle(name, Number(row.dataset.number) === number);
  }

  select(number, from) {
    this.mark(number, "selected");
    const row = this.rows[number - 1];
    if (!row || from === "list") return;
    if (
      row.offsetTop < this.list.scrollTop ||
      row.offsetTop + row.offsetHeight > this.list.scrollTop + this.list.clientHeight
    ) {
      this.list.scrollTop = row.offsetTop - this.list.clientHeight / 2;
    }
  }

  sort() {
    const sure = (row) => this.callouts[row.dataset.number - 1].confidence ?? -1;
    replace(
      this.list,
      this.order.checked ? [...this.rows].sort((a, b) => sure(a) - sure(b)) : this.rows,
    );
  }
}
