// SPDX-License-Identifier: MIT
// OpenAI's own client library, unchanged, at the door of the service.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { HOSTILE, ROOT, newKey, playProvider, serve, tools, toolsFolder } from "./service.mjs";

const { OpenAI } = tools("openai");

const DRAWING = path.join(ROOT, "examples/drawings/flange.png");
const drawing = readFileSync(DRAWING).toString("base64");
const messages = [
  { role: "system", content: "Be brief." },
  {
    role: "user",
    content: [
      { type: "text", text: "How many holes?" },
      { type: "image_url", image_url: { url: `data:image/png;base64,${drawing}`, detail: "high" } },
    ],
  },
];

// What the played provider's reading is as text.
const TEXT = `${HOSTILE}\n\n- ${HOSTILE}\n\nTitle block:\n- title: ${HOSTILE}\n\nCall-outs:\n- ${HOSTILE}\n\nNotes:\n- ${HOSTILE}`;

let played, service, client, folder;

before(async () => {
  played = await playProvider();
  folder = mkdtempSync(path.join(tmpdir(), "vision-openai-"));
  const keys = path.join(folder, "keys.json");
  const apiKey = newKey(keys);
  service = await serve(played.server.address().port, "--keys", keys, "--require-keys");
  client = new OpenAI({ apiKey, baseURL: `${service.url}v1` });
});

after(async () => {
  await service?.stop();
  played?.server.closeAllConnections();
  played?.server.close();
  rmSync(folder, { recursive: true });
});

const ask = (more = {}) =>
  client.chat.completions.create({ model: "vision", messages, ...more });

describe("OpenAI's client", () => {
  it("gets a reading", async () => {
    played.mode = "reads";
    const answer = await ask({ max_tokens: 300, temperature: 0 });
    assert.equal(answer.choices[0].message.content, TEXT);
    assert.equal(answer.choices[0].finish_reason, "stop");
    assert.equal(answer.vision.provider, "openai_compatible");
    assert.deepEqual(
      [answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens],
      [100, 20, 120],
    );
    assert.match(JSON.stringify(played.asked.messages), /Be brief\.\\n\\nHow many holes\?/);
  });

  it("gets it as JSON", async () => {
    const answer = await ask({ response_format: { type: "json_object" } });
    const reading = JSON.parse(answer.choices[0].message.content);
    assert.equal(reading.summary, HOSTILE);
    assert.equal(reading.drawing.callouts[0].nominal, 40);
  });

  it("follows it as a stream", async () => {
    const pieces = [];
    let usage;
    const stream = await ask({ stream: true, stream_options: { include_usage: true } });
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta.content) pieces.push(chunk.choices[0].delta.content);
      usage = chunk.usage ?? usage;
    }
    assert.equal(pieces.join(""), TEXT);
    assert.ok(pieces.length > 3, `only ${pieces.length} pieces`);
    const whole = await client.beta.chat.completions
      .stream({ model: "vision", messages })
      .finalContent();
    assert.equal(whole, TEXT);
  });

  it("does what the documentation shows", async () => {
    const example = readFileSync(path.join(ROOT, "docs/openai.md"), "utf8")
      .match(/```js\n(.*?)```/s)[1]
      .replace("http://localhost:8000/", service.url)
      .replace('"flange.png"', JSON.stringify(DRAWING));
    const file = path.join(toolsFolder, "example.mjs"); // where it finds the library
    writeFileSync(file, example);
    const { stdout } = await promisify(execFile)(process.execPath, [file], {
      env: { ...process.env, VISION_KEY: client.apiKey },
    });
    assert.equal(stdout, TEXT);
  });

  it("has the failover of the service", async () => {
    played.mode = "fails";
    const answer = await ask();
    assert.equal(answer.vision.provider, "local");
    assert.match(answer.choices[0].message.content, /Flange with hub/);
    assert.equal(answer.usage.total_tokens, 0);
  });

  it("ends the provider's call where it aborts", async () => {
    played.mode = "waits";
    const asked = new Promise((resolve) => played.server.once("request", resolve));
    const abort = new AbortController();
    const answer = client.chat.completions.create(
      { model: "openai_compatible/played", messages, stream: true },
      { signal: abort.signal },
    );
    answer.catch(() => {});
    const request = await asked;
    const left = new Promise((resolve) => request.socket.once("close", resolve));
    abort.abort();
    await left;
    await assert.rejects(answer, OpenAI.APIUserAbortError);
  });

  it("lists the models", async () => {
    const names = [];
    for await (const model of client.models.list()) names.push(model.id);
    assert.ok(names.includes("vision") && names.includes("openai_compatible/played"));
    const one = await client.models.retrieve("openai_compatible/played");
    assert.equal(one.owned_by, "openai_compatible");
  });

  it("knows each failure by its class, and asks again only where that is of use", async () => {
    const wrong = new OpenAI({ apiKey: "wrong", baseURL: `${service.url}v1` });
    await assert.rejects(wrong.models.list(), (fault) => {
      assert.ok(fault instanceof OpenAI.AuthenticationError);
      return fault.code === "invalid_api_key";
    });
    await assert.rejects(ask({ model: "gpt-9" }), (fault) => {
      assert.ok(fault instanceof OpenAI.NotFoundError);
      return fault.code === "model_not_found" && fault.param === "model";
    });
    await assert.rejects(ask({ messages: [] }), OpenAI.BadRequestError);
    await assert.rejects(ask({ messages: [], stream: true }), OpenAI.BadRequestError);
    await assert.rejects(ask({ n: 2 }), (fault) => fault.param === "n");
    played.mode = "fails";
    let requests = 0;
    const counted = new OpenAI({
      apiKey: client.apiKey,
      baseURL: client.baseURL,
      fetch: (...given) => {
        requests += 1;
        return fetch(...given);
      },
    });
    // No key of Anthropic is here: that another time helps is not likely.
    await assert.rejects(
      counted.chat.completions.create({ model: "anthropic", messages }),
      (fault) => fault.status === 503 && fault.code === "missing_key",
    );
    assert.equal(requests, 1);
  });
});
