// SPDX-License-Identifier: MIT
// What the service is asked. Paths are relative: the page may lie under any prefix of a proxy.

const ROOT = "api/v1/vision/";
const KEY = "vision.key";

let keyAsker = async () => null;

// Who is asked for a key when the service wants one: (why) => whether there is one now.
export function onKeyWanted(ask) {
  keyAsker = ask;
}

export const keepKey = (key) => sessionStorage.setItem(KEY, key);
export const hasKey = () => sessionStorage.getItem(KEY) !== null;

export class Failure extends Error {
  constructor(status, answer) {
    super(answer?.error ?? `the service answered with status ${status}`);
    this.status = status;
    this.reason = answer?.reason ?? null;
    this.answer = answer;
  }
}

function headersOf(more) {
  const headers = new Headers(more);
  const key = sessionStorage.getItem(KEY);
  if (key) headers.set("Authorization", `Bearer ${key}`);
  return headers;
}

async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(ROOT + path, { ...options, headers: headersOf(options.headers) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure(0, { error: "the service cannot be reached", reason: "unreachable" });
  }
  if (response.status === 401) {
    const answer = await response.json().catch(() => null);
    if (await keyAsker(answer?.error)) return ask(path, options);
    throw new Failure(401, answer);
  }
  return response;
}

async function good(path, options) {
  const response = await ask(path, options);
  if (!response.ok) throw new Failure(response.status, await response.json().catch(() => null));
  return response;
}

export const get = async (path) => (await good(path)).json();

// Health answers 503 with the same body when nobody can read.
export const health = async () => (await ask("health")).json();

const missing = new Set();

// The same, and null where this service has nothing of the kind; then it is not asked again.
export async function maybe(path) {
  if (missing.has(path)) return null;
  try {
    return await get(path);
  } catch (failure) {
    if (failure.status !== 404) throw failure;
    missing.add(path);
    return null;
  }
}

export const blob = async (path, options) => (await good(path, options)).blob();

// What a browser calls something else is judged by its content.
const typeOf = (file) =>
  /^image\/|^application\/pdf$/.test(file.type) ? file.type : "application/octet-stream";

const posted = (file, signal) => ({
  method: "POST",
  body: file,
  signal,
  headers: { "Content-Type": typeOf(file) },
});

export const pagePicture = (file, page, signal) => blob(`page?page=${page}`, posted(file, signal));

// Cuts a stream into its events: { name, data }.
export async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const event = { name: "message", data: "" };
      for (const line of block.split("\n")) {
        if (line.startsWith("event: ")) event.name = line.slice(7);
        else if (line.startsWith("data: ")) event.data += line.slice(6);
      }
      if (event.data) yield { name: event.name, data: JSON.parse(event.data) };
    }
  }
}

// Reads a drawing and yields what happens meanwhile.
export async function* analyze(file, settings, signal) {
  const query = new URLSearchParams({ include_ocr: settings.ocr, file_name: file.name });
  if (settings.provider) query.set("provider", settings.provider);
  if (settings.pages.length) query.set("pages", JSON.stringify(settings.pages));
  const response = await good(`analyze/stream?${query}`, posted(file, signal));
  yield* events(response.body);
}
