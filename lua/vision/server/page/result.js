// SPDX-License-Identifier: MIT
// An answer of the service: sheet and list side by side, what stands on the sheet besides, who was
// asked, and the answer itself.

import { CalloutList, Selection, confidence, facts } from "./callouts.js";
import { figure, make, replace, table } from "./dom.js";
import { dollars, duration, moment, words } from "./format.js";
import { Sheet } from "./sheet.js";

const section = (title, ...content) => make("section", null, make("h2", null, title), content);

function figuresOf(answer) {
  const description = answer.description,
    callouts = description?.drawing?.callouts;
  return make(
    "dl",
    { class: "figures" },
    callouts && figure("Call-outs", String(callouts.length)),
    description && figure("Confidence", confidence(description.confidence)),
    figure(
      "Read by",
      answer.model ? `${answer.provider} · ${answer.model}` : (answer.provider ?? "–"),
    ),
    figure(
      "Took",
      answer.cached
        ? `${duration(answer.processing_time_ms)}, from the cache`
        : duration(answer.processing_time_ms),
    ),
    figure("Cost", dollars(answer.cost_usd)),
    answer.created_at && figure("When", moment(answer.created_at)),
  );
}

// A reader that says no sheets read the pages that it was asked for.
function pagesOf(drawing, asked) {
  const sheets = drawing?.sheets ?? [];
  if (sheets.length) return sheets.map(({ page, width, height }) => ({ page, width, height }));
  return asked?.length ? asked.map((page) => ({ page })) : [{ page: 1 }];
}

function sideBySide(drawing, pageOf, asked) {
  const callouts = drawing?.callouts ?? [],
    selection = new Selection();
  const list = callouts.length ? new CalloutList(callouts, selection) : null;
  const sheet = pageOf ? new Sheet(pagesOf(drawing, asked), callouts, pageOf, selection) : null;
  if (sheet && callouts.some((callout) => callout.box)) sheet.element.append(legend());
  if (sheet) selection.onHover((number) => sheet.mark(number, "hovered"));
  const places = callouts.some((callout) => callout.box);
  return [
    make("div", { class: sheet && list ? "pair" : "alone" }, sheet?.element, list?.element),
    sheet &&
      callouts.length > 0 &&
      !places &&
      make(
        "p",
        { class: "muted small" },
        "This reader does not say where a call-out stands; the provider ‘local’ does.",
      ),
  ];
}

function legend() {
  const entry = (name, text) =>
    make("li", null, make("i", { class: `swatch ${name}`, "aria-hidden": "true" }), text);
  return make(
    "ul",
    { class: "legend", "aria-label": "How sure" },
    entry("sure", "sure: 85 % and more"),
    entry("likely", "likely: 60 to 84 %"),
    entry("doubtful", "doubtful: below 60 %"),
  );
}

// As on the sheet, what matters first; what a provider names otherwise comes last.
const TITLE_FIELDS = [
  "title subtitle drawing_number revision material scale units general_tolerance",
  "general_surface_finish surface_treatment weight projection date owner department sheet sheet_size",
]
  .join(" ")
  .split(" ");

const placeOf = ([name]) => (TITLE_FIELDS.indexOf(name) + 1 || TITLE_FIELDS.length + 1) - 1;

function titleBlock(drawing) {
  const pairs = Object.entries(drawing?.title_block ?? {})
    .filter(([, value]) => value !== null && typeof value !== "object")
    .sort((a, b) => placeOf(a) - placeOf(b));
  return (
    pairs.length > 0 &&
    section("Title block", facts(pairs.map(([name, value]) => [words(name), String(value)])))
  );
}

const listed = (title, texts) =>
  texts?.length > 0 &&
  section(
    title,
    make(
      "ul",
      { class: "plain" },
      texts.map((text) => make("li", null, String(text))),
    ),
  );

function materials(drawing) {
  const rows = drawing?.bill_of_material ?? [];
  if (!rows.length) return null;
  const names = [...new Set(rows.flatMap(Object.keys))].filter(
    (name) => !["box", "page", "confidence", "sources", "reasons"].includes(name),
  );
  return section(
    "Parts list",
    table(
      "Parts list",
      names.map((name) => ({ text: words(name), cell: (row) => row[name]?.toString() })),
      rows,
    ),
  );
}

const ACTIONS = {
  failover: "the next was asked",
  retry: "tried again",
  skip: "left out",
  hedge: "another was asked beside it",
  stub: "the fixed answer",
  compare: "compared",
};

export function trail(answer) {
  const steps = answer.trail ?? [];
  if (!steps.length) return null;
  const step = (one) =>
    make(
      "li",
      { class: one.reason ? "bad" : "good" },
      make(
        "div",
        null,
        make("b", null, one.endpoint),
        make("span", null, one.reason ? words(one.reason) : "answered"),
        make(
          "span",
          { class: "muted" },
          [
            duration(1000 * one.seconds),
            one.attempt > 1 && `attempt ${one.attempt}`,
            one.cost_usd > 0 && dollars(one.cost_usd),
            one.action && (ACTIONS[one.action] ?? words(one.action)),
          ]
            .filter(Boolean)
            .join(" · "),
        ),
      ),
      one.message && make("p", { class: "muted small" }, one.message),
    );
  return section("Who was asked", make("ol", { class: "trail" }, steps.map(step)));
}

function raw(answer) {
  const text = JSON.stringify(answer, null, 2),
    said = make("span", { role: "status", class: "muted" });
  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      said.textContent = "copied";
    } catch {
      getSelection().selectAllChildren(code);
      said.textContent = "selected: copy it with Ctrl+C";
    }
  }
  const code = make("pre", { tabindex: "0", "aria-label": "The answer as JSON" });
  const details = make(
    "details",
    {
      class: "raw",
      ontoggle: () => {
        code.textContent = text;
      },
    },
    make("summary", null, "The answer as JSON"),
    code,
  );
  return make(
    "section",
    { class: "json", "aria-label": "JSON" },
    details,
    make(
      "p",
      { class: "buttons" },
      make("button", { type: "button", onclick: copy }, "Copy JSON"),
      said,
    ),
  );
}

const reading = (answer, pageOf, asked) => {
  const drawing = answer.description?.drawing;
  return [
    sideBySide(drawing, pageOf, asked),
    make(
      "div",
      { class: "columns" },
      make(
        "div",
        null,
        titleBlock(drawing),
        listed(
          "General tolerances",
          drawing?.general_tolerances?.map((one) => one.text),
        ),
        listed("Missing", drawing?.missing),
      ),
      make(
        "div",
        null,
        listed("Notes", drawing?.notes),
        trail(answer),
        listed("Warnings", answer.warnings),
      ),
    ),
    materials(drawing),
    answer.ocr?.text &&
      section(
        "Text of the sheet",
        make(
          "pre",
          { class: "text", tabindex: "0", "aria-label": "Text of the sheet" },
          answer.ocr.text,
        ),
      ),
  ];
};

function problem(answer) {
  return make(
    "div",
    { class: "fault", role: "alert" },
    make("strong", null, "It could not be read."),
    make("p", null, answer.error ?? ""),
    make(
      "p",
      { class: "small" },
      [
        answer.reason && words(answer.reason),
        answer.retry_after && `may be tried again in ${Math.ceil(answer.retry_after)} s`,
        answer.request_id,
      ]
        .filter(Boolean)
        .join(" · "),
    ),
  );
}

export function showFailure(place, answer) {
  replace(place, problem(answer), trail(answer), answer.request_id && raw(answer));
}

// A failure of which a record tells: what it was of, and when.
function showFailed(place, answer, fileName) {
  const heading = make("h2", { class: "title", tabindex: "-1" }, fileName);
  replace(place, heading, problem(answer), figuresOf(answer), trail(answer), raw(answer));
}

// `pageOf` promises the pictures of the pages; without it there is no sheet. `pages` were asked for.
export function showResult(place, answer, { pageOf, pages, fileName }) {
  if (!answer.success && answer.record_id) return showFailed(place, answer, fileName);
  if (!answer.success) return showFailure(place, answer);
  const title = answer.description?.drawing?.title_block?.title ?? fileName ?? "Reading";
  const instead =
    answer.fallback_from &&
    make(
      "p",
      { class: "note" },
      make("b", null, answer.provider),
      ` answered in place of ${answer.fallback_from}.`,
    );
  const heading = make("h2", { class: "title", tabindex: "-1" }, title);
  replace(
    place,
    heading,
    answer.description && make("p", { class: "summary" }, answer.description.summary),
    instead,
    figuresOf(answer),
    ...reading(answer, pageOf, pages).flat(),
    raw(answer),
  );
  return heading;
}
