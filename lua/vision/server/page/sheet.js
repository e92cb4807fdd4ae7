// SPDX-License-Identifier: MIT
// A sheet with every call-out outlined and numbered as in the list beside it. Within the sheet the
// arrow keys go from one to the next; Enter goes to its line in the list.

import { boxOf, placeBalloons } from "./balloons.js";
import { kindOf } from "./callouts.js";
import { draw, make, replace } from "./dom.js";
import { grade, percent } from "./format.js";

const ZOOMS = [1, 1.5, 2, 3, 4];

// Pixels below which a whole sheet cannot be read.
const NARROW = 480;

// Balloons across the long side of a sheet.
const RADII = 84;

const cornersOf = ([x, y, width, height]) => [
  [x, y],
  [x + width, y],
  [x + width, y + height],
  [x, y + height],
];

// Some room around the lettering.
function padded(corners, pad) {
  const [left, top, right, bottom] = boxOf(corners);
  const middle = [(left + right) / 2, (top + bottom) / 2];
  return corners.map(([x, y]) => [
    x + Math.sign(x - middle[0]) * pad,
    y + Math.sign(y - middle[1]) * pad,
  ]);
}

// The part of a leader that its balloon does not cover.
function leaderOf([x, y], [toX, toY], radius) {
  const share = radius / Math.hypot(toX - x, toY - y);
  return draw("line", { x1: x + share * (toX - x), y1: y + share * (toY - y), x2: toX, y2: toY });
}

function markOf(callout, number, corners, balloon, radius) {
  const { name, text } = grade(callout.confidence);
  const label = `${number}: ${callout.text}, ${kindOf(callout)}, ${percent(callout.confidence)}, ${text}`;
  const [x, y] = balloon.at;
  return draw(
    "g",
    { class: `mark ${name}`, role: "button", tabindex: "-1", data: { number } },
    draw("title", null, label),
    draw("polygon", { points: corners.map((corner) => corner.join(",")).join(" ") }),
    balloon.leader && leaderOf(balloon.at, balloon.leader, radius),
    draw("circle", { cx: x, cy: y, r: radius }),
    draw(
      "text",
      {
        "aria-hidden": "true",
        x,
        y: y + radius * 0.38,
        "font-size": radius * (number > 99 ? 0.9 : 1.15),
      },
      String(number),
    ),
  );
}

function marksOf(numbered, sheet) {
  const radius = Math.max(sheet.width, sheet.height) / RADII;
  const outlines = numbered.map(({ callout }) =>
    padded(callout.outline ?? cornersOf(callout.box), radius / 4),
  );
  const balloons = placeBalloons(outlines, sheet, radius);
  return numbered.map(({ callout, number }, at) =>
    markOf(callout, number, outlines[at], balloons[at], radius),
  );
}

export class Sheet {
  // `pages`: { page, width?, height? }; `pageOf(page, isOwn)` promises the address of its picture.
  constructor(pages, callouts, pageOf, selection) {
    Object.assign(this, { pages, callouts, pageOf, selection, zoom: null, marks: [] });
    this.frame = make("div", { class: "frame" });
    this.tools = make("div", { class: "tools", role: "group", "aria-label": "The sheet" });
    this.element = make("div", { class: "sheet" }, this.tools, this.frame);
    this.makeTools();
    selection.listen((number, from) => this.select(number, from));
    this.show(pages[0]);
  }

  button(text, label, act) {
    return make(
      "button",
      { type: "button", class: "quiet", "aria-label": label, onclick: act },
      text,
    );
  }

  // Once: a button that is made anew loses the focus.
  makeTools() {
    const pages = this.pages.length < 2 ? [] : this.pages;
    this.choices = pages.map((page) =>
      this.button(`Sheet ${page.page}`, null, () => this.show(page)),
    );
    this.smaller = this.button("−", "Smaller", () => this.setZoom(this.zoom - 1));
    this.larger = this.button("+", "Larger", () => this.setZoom(this.zoom + 1));
    this.size = make("output", { "aria-label": "Zoom" });
    this.tools.append(
      ...this.choices,
      make("span", { class: "gap" }),
      this.smaller,
      this.size,
      this.larger,
    );
  }

  showTools() {
    this.choices.forEach((choice, at) =>
      choice.setAttribute("aria-pressed", String(this.pages[at] === this.page)),
    );
    this.size.textContent = `${100 * ZOOMS[this.zoom ?? 0]} %`;
    this.smaller.setAttribute("aria-disabled", String(!this.zoom));
    this.larger.setAttribute("aria-disabled", String(this.zoom === ZOOMS.length - 1));
  }

  setZoom(zoom) {
    if (!(zoom in ZOOMS)) return;
    this.zoom = zoom;
    const inner = this.frame.firstElementChild;
    if (inner) inner.style.width = `${100 * ZOOMS[zoom]}%`;
    this.showTools();
    if (this.selected) this.select(this.selected);
  }

  async show(page) {
    this.page = page;
    this.marks = [];
    this.showTools();
    replace(this.frame, make("p", { class: "empty" }, "The sheet is drawn …"));
    try {
      const [address, size] = await this.picture(page);
      if (this.page === page) this.fill(page, address, size);
    } catch (failure) {
      replace(
        this.frame,
        make("p", { class: "empty" }, `The sheet cannot be shown: ${failure.message}.`),
      );
    }
  }

  // The file itself, unless the browser turns it another way than it was read.
  async picture(page) {
    for (const isOwn of [true, false]) {
      const address = await this.pageOf(page.page, isOwn);
      const image = new Image();
      image.src = address;
      await image.decode();
      const size = { width: image.naturalWidth, height: image.naturalHeight };
      const shape =
        size.width / size.height / ((page.width ?? size.width) / (page.height ?? size.height));
      if (!isOwn || Math.abs(shape - 1) < 0.01) return [address, size];
    }
    return null;
  }

  fill(page, address, size) {
    const sheet = { width: page.width ?? size.width, height: page.height ?? size.height };
    const numbered = this.callouts
      .map((callout, index) => ({ callout, number: index + 1 }))
      .filter(({ callout }) => callout.box && (callout.page ?? 1) === page.page);
    this.marks = marksOf(numbered, sheet);
    const image = draw("image", {
      href: address,
      width: sheet.width,
      height: sheet.height,
      preserveAspectRatio: "none",
    });
    const picture = draw(
      "svg",
      {
        viewBox: `0 0 ${sheet.width} ${sheet.height}`,
        role: "group",
        "aria-label": `Sheet ${page.page}, ${this.marks.length} call-outs outlined`,
      },
      image,
      this.marks,
    );
    this.marks[0]?.setAttribute("tabindex", "0");
    for (const mark of this.marks) this.follow(mark);
    replace(this.frame, picture);
    this.setZoom(this.zoom ?? (this.frame.clientWidth < NARROW ? 2 : 0));
  }

  follow(mark) {
    const number = Number(mark.dataset.number);
    mark.addEventListener("pointerenter", () => this.selection.hover(number, "sheet"));
    mark.addEventListener("pointerleave", () => this.selection.hover(null, "sheet"));
    mark.addEventListener("focus", () => this.selection.set(number, "sheet"));
    mark.addEventListener("click", () => this.selection.set(number, "sheet"));
    mark.addEventListener("keydown", (event) => this.key(event, mark));
  }

  key(event, mark) {
    const at = this.marks.indexOf(mark);
    const steps = {
      ArrowRight: at + 1,
      ArrowDown: at + 1,
      ArrowLeft: at - 1,
      ArrowUp: at - 1,
      Home: 0,
      End: this.marks.length - 1,
    };
    if (event.key === "Enter" || event.key === " ")
      this.selection.enter(Number(mark.dataset.number));
    else if (event.key in steps) this.marks[steps[event.key]]?.focus();
    else return;
    event.preventDefault();
  }

  mark(number, name) {
    for (const one of this.marks) one.classList.toggle(name, Number(one.dataset.number) === number);
  }

  select(number, from) {
    const callout = this.callouts[number - 1];
    const page = this.pages.find((one) => one.page === (callout?.page ?? 1));
    this.selected = number;
    if (from === "list" && callout?.box && page && page !== this.page)
      this.show(page).then(() => this.select(number));
    this.mark(number, "selected");
    for (const one of this.marks)
      one.setAttribute("tabindex", Number(one.dataset.number) === number ? "0" : "-1");
    const current = this.marks.find((one) => Number(one.dataset.number) === number);
    if (current && this.zoom > 0) this.reveal(current);
    else if (!current) this.marks[0]?.setAttribute("tabindex", "0");
  }

  // Within the frame alone: the page stays where it is.
  reveal(mark) {
    const box = mark.getBoundingClientRect(),
      frame = this.frame.getBoundingClientRect();
    this.frame.scrollBy({
      left: box.left + box.width / 2 - frame.left - frame.width / 2,
      top: box.top + box.height / 2 - frame.top - frame.height / 2,
    });
  }
}
