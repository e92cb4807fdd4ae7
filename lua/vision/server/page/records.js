// SPDX-License-Identifier: MIT
// What was read before. Pictures are not kept by the service: thumbnails are of what was read in
// this tab, and are off unless they are asked for.

import { get, maybe } from "./api.js";
import { confidence } from "./callouts.js";
import { empty, find, make, replace, table } from "./dom.js";
import { dollars, duration, moment, words } from "./format.js";
import { drawingOf, pictureOf } from "./drawing.js";
import { showResult } from "./result.js";

const LIMIT = 25;

let rows = [],
  cursor = null,
  asked = 0;

const nameOf = (record) =>
  record.result?.drawing?.title_block?.title ?? record.file ?? `${record.image_hash.slice(0, 12)}…`;

// A record as the service would have answered it.
const answerOf = (record) => ({
  ...record,
  success: record.status === "completed",
  description: record.result,
  error: record.error?.message,
  reason: record.error?.reason,
});

async function open(record) {
  const whole = await get(`records/${record.record_id}`);
  const place = find("record"),
    drawing = drawingOf(record.record_id);
  showResult(place, answerOf(whole), {
    pageOf: drawing && ((number, isOwn) => drawing.picture(number, isOwn)),
    fileName: nameOf(record),
  });
  const heading = place.querySelector("h2, .fault");
  heading.setAttribute("tabindex", "-1");
  heading.focus();
}

function nameCell(record) {
  const address = find("thumbnails").checked && pictureOf(record.record_id);
  return make(
    "button",
    {
      type: "button",
      class: "link",
      title: nameOf(record),
      onclick: () => open(record).catch(fail),
    },
    address && make("img", { src: address, alt: "", class: "thumbnail", loading: "lazy" }),
    make("span", null, nameOf(record)),
  );
}

function statusCell(record) {
  const isGood = record.status === "completed";
  return make(
    "span",
    { class: `state-word ${isGood ? "good" : "bad"}` },
    make("i", { class: `dot ${isGood ? "good" : "bad"}`, "aria-hidden": "true" }),
    isGood ? "completed" : words(record.error?.reason ?? "failed"),
  );
}

function showRows() {
  find("more").hidden = !cursor;
  find("records-count").textContent = rows.length ? `${rows.length} shown, the newest first` : "";
  if (!rows.length) return replace(find("records"), empty("No records were found."));
  replace(
    find("records"),
    table(
      "Records",
      [
        { text: "Drawing", cell: nameCell },
        { text: "Read", cell: (record) => moment(record.created_at) },
        { text: "Provider", cell: (record) => record.provider },
        { text: "Status", cell: statusCell },
        {
          text: "Confidence",
          cell: (record) => (record.result ? confidence(record.result.confidence) : null),
        },
        { text: "Took", right: true, cell: (record) => duration(record.processing_time_ms) },
        { text: "Cost", right: true, cell: (record) => dollars(record.cost_usd) },
      ],
      rows,
    ),
  );
}

function fail(failure) {
  const fault = find("records-fault");
  fault.textContent = failure.message;
  fault.hidden = false;
}

async function load(isMore) {
  const query = new URLSearchParams({ limit: LIMIT }),
    mine = ++asked;
  if (find("words").value.trim()) query.set("text", find("words").value.trim());
  if (find("status").value) query.set("status", find("status").value);
  if (isMore && cursor) query.set("cursor", cursor);
  try {
    if (!(await maybe("records?limit=1")))
      throw new Error("This service keeps no records: start it with --store FILE.");
    const answer = await get(`records?${query}`);
    if (mine !== asked) return; // a later question is under way
    rows = isMore ? [...rows, ...answer.records] : answer.records;
    cursor = answer.next_cursor;
    find("records-fault").hidden = true;
    showRows();
  } catch (failure) {
    if (mine === asked) fail(failure);
  }
}

export function start() {
  find("find").addEventListener("submit", (event) => {
    event.preventDefault();
    load(false);
  });
  find("status").addEventListener("change", () => load(false));
  find("thumbnails").addEventListener("change", showRows);
  find("more").addEventListener("click", () => load(true));
}

export const update = () => load(false);
