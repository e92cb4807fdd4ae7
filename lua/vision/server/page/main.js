// SPDX-License-Identifier: MIT
// Which view is seen, and the state of the service above all of them.

import { countAlerts } from "./alerts.js";
import { health } from "./api.js";
import { find, make, replace } from "./dom.js";
import * as key from "./key.js";
import * as reading from "./reading.js";
import * as records from "./records.js";
import * as service from "./service.js";

const VIEWS = { read: { start: reading.start }, service, records };
const started = new Set();
const EVERY = 10000; // milliseconds between looks at the service

let current = null;

function show(name) {
  if (current === name) return;
  const isFirst = current === null;
  current = name;
  for (const view of document.querySelectorAll("[data-view]"))
    view.hidden = view.dataset.view !== name;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = name === "read" ? "vision" : `${find(`${name}-title`).textContent} · vision`;
  if (!started.has(name)) {
    started.add(name);
    VIEWS[name].start?.();
  }
  key.mayAsk();
  VIEWS[name].update?.();
  if (!isFirst) find("main").focus({ preventScroll: true });
}

const wanted = () => (VIEWS[location.hash.slice(1)] ? location.hash.slice(1) : "read");

async function showState() {
  let name = "bad",
    text = "cannot be reached",
    who = "";
  try {
    const state = await health();
    name = state.status === "healthy" ? "good" : "bad";
    text = state.status;
    who = state.provider ?? "";
  } catch {
    /* it says so itself */
  }
  const place = find("state"),
    said = `${text} ${who}`;
  if (place.dataset.said === said) return; // said once to those who listen
  place.dataset.said = said;
  replace(
    place,
    make("i", { class: `dot ${name}`, "aria-hidden": "true" }),
    make("b", null, text),
    who && make("span", null, who),
  );
}

function look() {
  if (document.hidden) return;
  showState();
  countAlerts();
  if (current === "service") service.update();
}

// Not by its hash, which says the view.
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  find("main").focus();
});

key.start();
addEventListener("hashchange", () => show(wanted()));
show(wanted());
look();
setInterval(look, EVERY);
document.addEventListener("visibilitychange", look);
