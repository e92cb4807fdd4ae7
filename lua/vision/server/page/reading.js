// SPDX-License-Identifier: MIT
// A drawing is dropped or chosen, read, and shown.

import { Failure, analyze, get, pagePicture } from "./api.js";
import { find, make, replace } from "./dom.js";
import { mayAsk } from "./key.js";
import { Progress } from "./progress.js";
import { showFailure, showResult } from "./result.js";

const SHOWN = /^image\/(png|jpeg|webp|gif)$/;
const KEPT = 20;

// record_id -> address of the drawing's picture, of those that were read in this tab.
export const pictures = new Map();

let file = null,
  stopper = null;

function keepPicture(recordId, address) {
  pictures.set(recordId, address);
  if (pictures.size > KEPT) pictures.delete(pictures.keys().next().value);
}

// Addresses of a drawing's pages. Where the browser shows the file as it was measured it is used
// itself; PDF, TIFF and pictures that are turned are drawn by the service.
function pagesOf(drawing) {
  const known = new Map();
  return (page, isOwn) => {
    const own = isOwn && page === 1 && SHOWN.test(drawing.type);
    const name = `${own} ${page}`;
    if (!known.has(name)) {
      const made = own ? Promise.resolve(drawing) : pagePicture(drawing, page);
      known.set(
        name,
        made.then((bytes) => URL.createObjectURL(bytes)),
      );
    }
    return known.get(name);
  };
}

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
  find("stop").hidden = !is;
  find("again").hidden = is || !file;
  find("result").setAttribute("aria-busy", String(is));
}

async function follow(progress, settings, signal) {
  let last = null;
  for await (const event of analyze(file, settings, signal)) {
    progress.take(event);
    if (event.name === "complete" || event.name === "error") last = event.data;
  }
  if (!last) throw new Failure(0, { error: "the answer was cut off", reason: "cut_stream" });
  return last;
}

async function read() {
  const settings = settingsOf();
  find("again").hidden = false; // to be pressed when it is put right
  if (!settings) return;
  mayAsk();
  stopper?.abort();
  const own = (stopper = new AbortController());
  const result = find("result"),
    progress = new Progress(find("progress"), file);
  replace(result);
  busy(true);
  const pageOf = pagesOf(file);
  pageOf(settings.pages[0] ?? 1, true).then(
    (address) =>
      own === stopper &&
      !result.hasChildNodes() &&
      replace(
        result,
        make(
          "div",
          { class: "frame preview" },
          make("img", { src: address, alt: `${file.name}, as it was sent` }),
        ),
      ),
    () => null,
  ); // drawn beside the reading, not after it
  try {
    const answer = await follow(progress, settings, own.signal);
    showResult(result, answer, { pageOf, fileName: file.name });
    if (answer.success && answer.record_id)
      pageOf(1, true).then(
        (address) => keepPicture(answer.record_id, address),
        () => null,
      );
  } catch (failure) {
    if (own !== stopper) return;
    if (failure.name === "AbortError") progress.add({ text: "stopped", kind: "bad" });
    else showFailure(result, failure.answer ?? { error: failure.message, reason: failure.reason });
  } finally {
    progress.end();
    if (own === stopper) busy(false);
  }
}

function take(files) {
  if (!files?.length) return;
  file = files[0];
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
    if (file) read();
  });
  find("pages").addEventListener("input", (event) => event.target.setCustomValidity(""));
  find("stop").addEventListener("click", () => stopper?.abort());
  listProviders().catch(() => null); // then there is no choice
}
