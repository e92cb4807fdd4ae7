// SPDX-License-Identifier: MIT
// What happens while a drawing is read, line by line, with the seconds since it was sent.

import { make, replace } from "./dom.js";
import { words } from "./format.js";

// What an event says to people: { text, kind }.
function line(event) {
  const { data } = event;
  if (event.name === "start")
    return { text: `${data.provider}${data.model ? ` · ${data.model}` : ""} is asked` };
  if (event.name === "progress" && data.stage === "failover") {
    return {
      kind: "bad",
      text: `${data.failed} could not (${words(data.reason)}); ${data.endpoint} is asked`,
    };
  }
  if (event.name === "progress") return { text: words(data.stage ?? "under way") };
  if (event.name === "complete") return { kind: "good", text: `done, read by ${data.provider}` };
  if (event.name === "error") return { kind: "bad", text: data.error };
  return null;
}

export class Progress {
  constructor(place, file) {
    this.began = performance.now();
    this.list = make("ol", { class: "steps" });
    this.clock = make("span", { class: "clock", "aria-hidden": "true" }, "0.0 s");
    this.text = make("pre", {
      class: "partial",
      hidden: true,
      tabindex: "0",
      "aria-label": "The answer as it comes",
    });
    this.box = make(
      "div",
      { class: "progress busy" },
      make("div", { class: "running" }, make("span", { class: "file" }, file.name), this.clock),
      make("div", { class: "bar", "aria-hidden": "true" }, make("i")),
      make("div", { role: "log", "aria-label": "What happens" }, this.list),
      this.text,
    );
    replace(place, this.box);
    this.timer = setInterval(() => {
      this.clock.textContent = this.seconds();
    }, 100);
    this.add({ text: "the drawing is sent" });
  }

  seconds() {
    return `${((performance.now() - this.began) / 1000).toFixed(1)} s`;
  }

  add({ text, kind }) {
    if (this.last === text) return;
    this.last = text;
    this.list.append(
      make("li", { class: kind }, make("time", null, this.seconds()), make("span", null, text)),
    );
  }

  take(event) {
    if (event.name === "partial") {
      this.text.hidden = false;
      this.text.append(event.data.text ?? "");
      this.text.scrollTop = this.text.scrollHeight;
    } else {
      const said = line(event);
      if (said) this.add(said);
    }
  }

  end() {
    clearInterval(this.timer);
    this.clock.textContent = this.seconds();
    this.box.classList.remove("busy");
    this.text.hidden = true;
  }
}
