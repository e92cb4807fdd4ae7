// SPDX-License-Identifier: MIT
// A drawing is dropped or chosen, read, and shown.

import { Failure, analyze, get } from "./api.js";
import { find, make, replace } from "./dom.js";
import { Drawing, keep, show } from "./drawing.js";
import { mayAsk } from "./key.js";
import { Progress } from "./progress.js";
import { showFailure, showResult } from "./result.js";

let drawing = null,
  stopper = null;

const MOST_PAGES = 50;

// "1-3, 5" as a list; empty: the service's own choice. Null where it is neither.
function listOf(text) {
  const pages = [];
  for (const part of text.split(/[,\s]+/).filter(Boolean)) {
    const [, first, last = first] = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part) ?? [];
    if (!first || Number(first) < 1 || Number(last) < Number(first) || last - first >= MOST_PAGES)
      return null;
    for (let page = Number(first); page <= Number(last); page += 1) pages.push(page);
  }
  return pages.length <= MOST_PAGES ? pages : null;
}

// Null, and said at the field, where the pages are none.
function settingsOf() {
  const field = find("pages"),
    pages = listOf(field.value);
  field.setCustomValidity(pages ? "" : `Pages as in 1-3, 5; at most ${MOST_PAGES}.`);
  if (!field.reportValidity()) return null;
  return { provider: find("provider").value, ocr: find("ocr").checked, pages };
}

function busy(is) {
  const [gone, there] = is ? ["again", "stop"] : ["stop", "again"];
  const hasFocus = document.activeElement === find(gone);
  find("stop").hidden = !is;
  find("again").hidden = is || !drawing;
  if (hasFocus) find(there).focus();
  find("result").setAttribute("aria-busy", String(is));
}

async function follow(progress, settings, signal) {
  let last = null;
  for await (const event of analyze(drawing.file, settings, signal)) {
    progress.take(event);
    if (event.name === "complete" || event.name === "error") last = event.data;
  }
  if (!last) throw new Failure(0, { error: "the answer was cut off", reason: "cut_stream" });
  return last;
}

// Seen at once, and drawn beside the reading, not after it.
async function preview(page, isWanted) {
  const { name } = drawing.file;
  const address = await drawing.picture(page, true);
  if (!isWanted()) return;
  const image = make("img", { src: address, alt: `${name}, as it was sent` });
  replace(find("result"), make("div", { class: "frame preview" }, image));
}

async function run(settings, progress, own) {
  const shown = drawing,
    result = find("result"),
    page = settings.pages[0] ?? 1;
  preview(page, () => own === stopper && !result.hasChildNodes()).catch(() => null);
  const answer = await follow(progress, settings, own.signal);
  showResult(result, answer, {
    pageOf: (number, isOwn) => shown.picture(number, isOwn),
    pages: settings.pages,
    fileName: shown.file.name,
  });
  if (answer.record_id) keep(answer.record_id, shown, page).catch(() => null);
}

function fail(progress, failure) {
  const isStopped = failure.name === "AbortError";
  progress.add({ text: isStopped ? "stopped" : "it could not be read", kind: "bad" });
  if (!isStopped)
    showFailure(
      find("result"),
      failure.answer ?? { error: failure.message, reason: failure.reason },
    );
}

async function read() {
  const settings = settingsOf();
  find("again").hidden = false; // to be pressed when it is put right
  if (!settings) return;
  mayAsk();
  stopper?.abort();
  const own = (stopper = new AbortController());
  const progress = new Progress(find("progress"), drawing.file);
  replace(find("result"));
  show(drawing);
  busy(true);
  try {
    await run(settings, progress, own);
  } catch (failure) {
    if (own === stopper) fail(progress, failure);
  } finally {
    progress.end();
    if (own === stopper) busy(false);
  }
}

function take(files) {
  if (!files?.length) return;
  drawing = new Drawing(files[0]);
  find("drop").classList.add("has-file");
  replace(
    find("drop").querySelector("label"),
    make("strong", null, "Choose another drawing"),
    make("span", null, "or drop one here"),
  );
  read();
}

function acceptDrops(zone) {
  const page = document.documentElement;
  page.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  page.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) zone.classList.remove("over");
  });
  page.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    location.hash = "#read";
    take(event.dataTransfer.files);
  });
}

async function listProviders() {
  const { current_provider: current, providers } = await get("providers");
  const usable = Object.entries(providers).filter(
    ([, one]) => one.available && (!one.requires_key || one.key_set),
  );
  const select = find("provider");
  select.options[0].textContent = `the service’s own (${current})`;
  select.append(...usable.map(([name]) => make("option", { value: name }, name)));
}

export function start() {
  acceptDrops(find("drop"));
  find("file").addEventListener("change", (event) => {
    take(event.target.files);
    event.target.value = "";
  });
  find("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    if (drawing) read();
  });
  find("pages").addEventListener("input", (event) => event.target.setCustomValidity(""));
  find("stop").addEventListener("click", () => stopper?.abort());
  listProviders().catch(() => null); // then there is no choice
}
