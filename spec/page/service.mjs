// SPDX-License-Identifier: MIT
// The service with a failover from a provider that this program plays, and a browser before it.

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

// Where `npm install` put the tools.
export const toolsFolder = process.env.VISION_PAGE_TOOLS ?? path.join(ROOT, "build/page");
export const tools = createRequire(path.join(toolsFolder, "/"));
export const axe = tools("axe-core").source;

// Reads as a hostile drawing would be: what it says must come out as text.
export const HOSTILE =
  "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>";

const READING = JSON.stringify({
  summary: HOSTILE,
  details: [HOSTILE],
  confidence: 70,
  drawing: {
    kind: "mechanical",
    units: "mm",
    title_block: { title: HOSTILE },
    callouts: [{ type: "length", text: HOSTILE, nominal: 40, page: 1 }],
    notes: [HOSTILE],
    missing: [],
  },
});

function answerAsStream(response) {
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  const say = (delta, finish = null) =>
    response.write(
      `data: ${JSON.stringify({
        id: "c",
        object: "chat.completion.chunk",
        created: 1,
        model: "played",
        choices: [{ index: 0, delta, finish_reason: finish }],
      })}\n\n`,
    );
  say({ role: "assistant", content: "" });
  for (let at = 0; at < READING.length; at += 40) say({ content: READING.slice(at, at + 40) });
  say({}, "stop");
  response.end("data: [DONE]\n\n");
}

function answerWhole(response) {
  response.writeHead(200, { "Content-Type": "application/json" }).end(
    JSON.stringify({
      id: "c",
      object: "chat.completion",
      created: 1,
      model: "played",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: READING },
          finish_reason: "stop",
        },
      ],
      usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
    }),
  );
}

const fail = (response) =>
  response
    .writeHead(503, { "Content-Type": "application/json" })
    .end(
      '{"error":{"message":"busy","type":"service_unavailable_error","code":"server_is_overloaded"}}',
    );

// A provider that fails, reads, or waits until it is left, as `mode` says; `asked` is its last request.
export async function playProvider() {
  const played = { mode: "fails", left: 0, asked: null };
  played.server = http.createServer((request, response) => {
    const body = [];
    request.on("data", (bytes) => body.push(bytes));
    response.on("close", () => {
      if (!response.writableEnded) played.left += 1;
    });
    request.on("end", () => {
      played.asked = JSON.parse(Buffer.concat(body).toString());
      if (played.mode === "fails") fail(response);
      else if (played.mode === "reads")
        (played.asked.stream ? answerAsStream : answerWhole)(response);
    });
  });
  await new Promise((resolve) => played.server.listen(0, "127.0.0.1", resolve));
  return played;
}

// A key of a new file.
export function newKey(file) {
  return execFileSync(path.join(ROOT, "vision"), ["keys", "new", "page", "--keys", file], {
    cwd: ROOT,
    encoding: "utf8",
  }).trim();
}

// `vision serve` over that provider and `local`, with records and a budget.
export async function serve(port, ...more) {
  const folder = mkdtempSync(path.join(tmpdir(), "vision-page-"));
  const config = path.join(folder, "vision.lua");
  writeFileSync(
    config,
    `return {
    providers = {
      { provider = "openai_compatible", model = "played", base_url = "http://127.0.0.1:${port}/v1" }, "local" },
    retry = false, cache = false, failover = { cooldown_seconds = 0.01 },
    records = { store = "${folder}/records.db" },
    budget = { daily_limit_usd = 10, hard_limit = false },
  }`,
  );
  const child = spawn(
    path.join(ROOT, "vision"),
    ["serve", "--config", config, "--port", "0", ...more],
    { cwd: ROOT, stdio: ["ignore", "ignore", "pipe"] },
  );
  const ended = new Promise((resolve) => child.once("exit", resolve)).then(() =>
    rmSync(folder, { recursive: true }),
  );
  process.once("exit", () => child.kill("SIGKILL")); // of a run that is broken off
  const url = await new Promise((resolve, reject) => {
    let said = "";
    child.stderr.on("data", (bytes) => {
      said += bytes;
      const found = /serves at (http:\/\/\S+)/.exec(said);
      if (found) resolve(`${found[1]}/`);
    });
    child.on("exit", () => reject(new Error(`the service ended: ${said}`)));
  });
  const stop = () => {
    child.kill("SIGTERM");
    return ended;
  };
  return { url, stop };
}

export const launch = () =>
  tools("playwright-core").chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: process.getuid() === 0 ? ["--no-sandbox"] : [],
  });

// A page whose console must stay empty: what it says is gathered in `page.complaints`.
export async function open(browser, url, options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1200, height: 900 },
    permissions: ["clipboard-read", "clipboard-write"],
    ...options,
  });
  const page = await context.newPage();
  page.complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) page.complaints.push(message.text());
  });
  page.on("pageerror", (error) => page.complaints.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith("blob:"))
      page.complaints.push(`asked ${request.url()}`);
  });
  page.setDefaultTimeout(20000);
  await page.goto(url);
  return page;
}
