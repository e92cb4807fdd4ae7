// SPDX-License-Identifier: MIT
// The page in a browser: `.ci/run page` installs what it needs and runs this.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { HOSTILE, ROOT, axe, launch, newKey, open, playProvider, serve } from "./service.mjs";

const drawing = (name) => path.join(ROOT, "examples/drawings", name);

let played, service, browser, page;

before(async () => {
  played = await playProvider();
  service = await serve(played.server.address().port);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await service?.stop();
  played?.server.closeAllConnections();
  played?.server.close();
});

// Drops a file as a hand would: the page sees the same events.
async function drop(file, type) {
  const bytes = readFileSync(file).toString("base64");
  await page.evaluate(
    ([data, name, kind]) => {
      const content = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([content], name, { type: kind }));
      for (const event of ["dragover", "drop"]) {
        document
          .querySelector("#drop")
          .dispatchEvent(
            new DragEvent(event, { dataTransfer: transfer, bubbles: true, cancelable: true }),
          );
      }
    },
    [bytes, path.basename(file), type],
  );
}

async function read(name) {
  await page.setInputFiles("#file", drawing(name));
  await page.waitForSelector("#result .title");
}

const texts = (selector) => page.locator(selector).allTextContents();
const classOf = (selector) => page.locator(selector).getAttribute("class");

describe("the page", () => {
  beforeEach(async () => {
    played.mode = "fails";
    page = await open(browser, service.url);
  });

  afterEach(async () => {
    const complaints = page.complaints;
    await page.context().close();
    assert.deepEqual(complaints, []);
  });

  it("reads a drawing that is dropped and follows the failover", async () => {
    await drop(drawing("flange.png"), "image/png");
    await page.waitForSelector("#result .title");
    const steps = (await texts(".steps li")).join("\n");
    assert.match(steps, /openai_compatible\/played could not \(overloaded\); local is asked/);
    assert.match(steps, /done, read by local$/);
    assert.match(
      (await texts("#result .note"))[0],
      /local answered in place of openai_compatible\/played/,
    );
    assert.match(
      (await texts(".trail li")).join("\n"),
      /openai_compatible\/played.*overloaded[^]*local.*answered/,
    );
    assert.equal(await page.locator("#result .title").textContent(), "Flange with hub PN 16");
    const block = page.locator("section > h3:text(\"Title block\") + *, section > h2:text(\"Title block\") + *");
    assert.match((await block.innerText()).toLowerCase(), /title[^]*drawing number[^]*scale[^]*date/);
  });

  it("outlines each call-out of the list on the sheet, and says how sure it is", async () => {
    await read("flange.pdf"); // its picture comes from the service
    await page.waitForSelector(".sheet svg");
    const rows = await texts(".callouts .text");
    assert.ok(rows.length > 10);
    assert.equal(await page.locator(".sheet .mark").count(), rows.length);
    assert.match(
      await page.locator(".mark title").nth(4).textContent(),
      /^5: .*Ø40 H7.*, diameter, 97 %, sure$/,
    );
    assert.deepEqual([...new Set(await texts(".callouts .sure-word"))], ["97 %sure"]);
    const [mark, image] = await page.evaluate(() =>
      [".mark polygon", ".sheet image"]
        .map((one) => document.querySelector(one).getBoundingClientRect())
        .map(({ x, y, width, height }) => ({ x, y, width, height })),
    );
    assert.ok(
      Math.abs((mark.x - image.x) / image.width - 937 / 2339) < 0.01,
      "the outline lies where the call-out does",
    );
    assert.ok(Math.abs((mark.y - image.y) / image.height - 289 / 1654) < 0.01);
  });

  it("links list and sheet both ways, by hand and by keyboard", async () => {
    await read("flange.png");
    await page.waitForSelector(".sheet svg");
    await page.locator(".callouts li").nth(2).hover();
    assert.match(await classOf(".mark[data-number='3']"), /hovered/);
    await page.locator(".mark[data-number='8'] circle").hover();
    assert.match(await classOf(".callouts li[data-number='8']"), /hovered/);
    await page.locator(".callouts button").nth(1).focus();
    assert.match(await classOf(".mark[data-number='2']"), /selected/);
    await page.keyboard.press("Enter");
    assert.equal(
      await page.locator(".callouts button").nth(1).getAttribute("aria-expanded"),
      "true",
    );
    await page.locator(".mark[data-number='2']").focus();
    await page.keyboard.press("ArrowRight");
    assert.match(await classOf(".callouts li[data-number='3']"), /selected/);
    await page.keyboard.press("Enter");
    assert.equal(
      await page.evaluate(() => document.activeElement.closest("li").dataset.number),
      "3",
    );
    await page.locator("label:has-text('Doubtful first')").click();
    const order = (await texts(".callouts .sure-word b")).map(Number.parseFloat);
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
    );
  });

  it("shows the answer as it comes, and all of a drawing as text", async () => {
    played.mode = "reads";
    await page.setInputFiles("#file", drawing("flange.png"));
    await page.waitForSelector("#result .title");
    assert.match(await page.locator(".partial").textContent(), /"summary"/);
    assert.equal(await page.locator("#result .title").textContent(), HOSTILE);
    assert.equal((await texts(".callouts .text"))[0], HOSTILE);
    assert.equal(await page.locator("#result img, #result script").count(), 0);
    assert.equal(await page.title(), "vision");
    assert.match((await texts("#result"))[0], /does not say where a call-out stands/);
  });

  it("copies the answer as JSON", async () => {
    await read("flange.png");
    await page.getByRole("button", { name: "Copy JSON" }).click();
    await page.getByText("copied", { exact: true }).waitFor();
    const answer = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
    assert.equal(answer.provider, "local");
    await page.getByText("The answer as JSON").click();
    assert.match(
      await page.locator(".raw pre:not(:empty)").textContent(),
      /"fallback_from": "openai_compatible\/played"/,
    );
  });

  it("stops a reading, and the provider's call with it", async () => {
    played.mode = "waits";
    const before = played.left;
    const asked = new Promise((resolve) => played.server.once("request", resolve));
    await page.setInputFiles("#file", drawing("flange.png"));
    const request = await asked;
    const left = new Promise((resolve) => request.socket.once("close", resolve));
    await page.getByRole("button", { name: "Stop" }).click();
    await left;
    assert.equal(played.left, before + 1);
    assert.match((await texts(".steps li")).at(-1), /stopped/);
    played.mode = "fails";
    await page.getByRole("button", { name: "Read again" }).click();
    await page.waitForSelector("#result .title");
  });

  it("has a policy that browsers enforce", async () => {
    const blocked = await page.evaluate(
      () =>
        new Promise((resolve) => {
          document.addEventListener("securitypolicyviolation", (event) =>
            resolve(event.effectiveDirective),
          );
          const script = document.createElement("script");
          script.textContent = "document.title = 'taken'";
          document.head.append(script);
        }),
    );
    assert.equal(blocked, "script-src-elem");
    assert.equal(await page.title(), "vision");
    assert.equal(page.complaints.length, 1);
    page.complaints.length = 0;
  });

  it("shows each sheet of a file that browsers cannot show", async () => {
    await page.fill("#pages", "0-9");
    await page.setInputFiles("#file", path.join(ROOT, "spec/fixtures/two_sheets.tif"));
    assert.match(
      await page.locator("#pages").evaluate((field) => field.validationMessage),
      /as in 1-3, 5/,
    );
    await page.fill("#pages", "1-2");
    await page.getByRole("button", { name: "Read again" }).click();
    await page.getByRole("button", { name: "Sheet 2" }).click();
    await page.waitForSelector(".sheet svg[aria-label^='Sheet 2']");
    assert.equal(
      await page.getByRole("button", { name: "Sheet 2" }).getAttribute("aria-pressed"),
      "true",
    );
    const number = await page
      .locator(".callouts li")
      .filter({ hasText: "1" })
      .first()
      .getAttribute("data-number");
    await page.locator(`.callouts li[data-number='${number}'] button`).focus(); // of the first sheet
    await page.waitForSelector(
      `.sheet svg[aria-label^='Sheet 1'] .mark[data-number='${number}'].selected`,
    );
  });

  it("shows each sheet of a record with its own picture, and by its file's name", async () => {
    await page.fill("#pages", "1-2");
    await page.setInputFiles("#file", path.join(ROOT, "spec/fixtures/two_sheets.tif"));
    await page.waitForSelector("#result .sheet image");
    await page.getByRole("link", { name: "Records" }).click();
    await page.locator("#records tbody button").first().click();
    const address = () => page.locator("#record .sheet image").first().getAttribute("href");
    await page.waitForSelector("#record .sheet image");
    const first = await address();
    await page.locator("#record").getByRole("button", { name: "Sheet 2" }).click();
    await page.waitForFunction(
      (was) => (document.querySelector("#record .sheet image")?.getAttribute("href") ?? was) !== was,
      first,
    );
    const kept = await (
      await page.request.get(new URL("api/v1/vision/records?limit=1", service.url).href)
    ).json();
    assert.equal(kept.records[0].file, "two_sheets.tif");
    await page.goto(`${service.url}#read`);
    await page.fill("#pages", "");
  });

  it("stays in its view where one skips to the content", async () => {
    await page.goto(`${service.url}#service`);
    await page.locator(".skip").focus();
    await page.keyboard.press("Enter");
    assert.equal(new URL(page.url()).hash, "#service");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main");
    await page.goto(`${service.url}#read`);
  });

  it("keeps the focus on what was pressed", async () => {
    const focused = () =>
      page.evaluate(
        () => document.activeElement.getAttribute("aria-label") ?? document.activeElement.id,
      );
    await read("flange.png");
    await page.waitForSelector("#result .sheet svg");
    for (const name of ["Larger", "Smaller", "Smaller"]) {
      await page.locator("#result").getByRole("button", { name }).focus();
      await page.keyboard.press("Enter");
      assert.equal(await focused(), name);
    }
    await page.getByRole("button", { name: "Read again" }).focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector("#result .sheet svg");
    await page.waitForFunction(() => document.activeElement.id === "again");
  });

  it("leaves what it shows of the service alone while nothing changes", async () => {
    await page.getByRole("link", { name: "Service" }).click();
    await page.waitForSelector("#providers tbody tr");
    const look = async () => {
      const answered = page.waitForResponse((response) => response.url().endsWith("/costs"));
      await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
      await answered;
      await page.evaluate(() => new Promise((done) => setTimeout(done)));
    };
    await look();
    await page.evaluate(() => {
      document.querySelector("#providers tbody").seen = true;
      document.querySelector("#providers .table").focus();
    });
    await look();
    await look();
    assert.ok(await page.evaluate(() => document.querySelector("#providers tbody").seen));
    assert.equal(
      await page.evaluate(() => document.activeElement.getAttribute("aria-label")),
      "Table: Providers",
    );
    await page.goto(`${service.url}#read`);
  });

  it("has no name twice, and all call-outs on paper", async () => {
    await page.getByRole("link", { name: "Records" }).click();
    await page.locator("#records button", { hasText: "Flange with hub" }).first().click();
    await page.waitForSelector("#record .callouts li");
    const names = await page.evaluate(() =>
      [...document.querySelectorAll("[id]")].map((element) => element.id),
    );
    assert.equal(new Set(names).size, names.length);
    await page.emulateMedia({ media: "print" });
    assert.ok(
      await page.evaluate(() => {
        const list = document.querySelector("#record .callouts");
        return list.scrollHeight <= list.clientHeight + 1;
      }),
    );
    await page.emulateMedia({ media: "screen" });
    await page.goto(`${service.url}#read`);
  });

  it("shows the service and its records", async () => {
    await read("flange.png");
    await page.getByRole("link", { name: "Service" }).click();
    await page.waitForSelector("#providers tbody tr");
    const providers = (await texts("#providers tbody tr")).join("\n");
    assert.match(providers, /openai_compatible\/played/);
    assert.match(providers, /local.*healthy.*closed/);
    assert.match((await texts("#spend"))[0], /\$0\.00 of \$10\.00 today/);
    const report = await page.request.get(
      new URL(await page.locator("#reports a").first().getAttribute("href"), service.url).href,
    );
    assert.match(await report.text(), /^<!doctype html>/i);
    await page.getByRole("link", { name: "Records" }).click();
    await page.waitForSelector("#records tbody tr");
    assert.equal(await page.locator("#records img").count(), 0);
    await page.getByText("Thumbnails").click();
    assert.ok((await page.locator("#records img").count()) > 0);
    await page.locator("#records button", { hasText: "Flange with hub" }).first().click();
    await page.waitForSelector("#record .callouts li");
    await page.fill("#words", "nosuchword");
    await page.keyboard.press("Enter");
    await page.getByText("No records were found.").waitFor();
  });
});

describe("a record of a failure", () => {
  it("says what it was of, and when", async () => {
    played.mode = "fails";
    page = await open(browser, service.url);
    await page.request.post(new URL("api/v1/vision/analyze", service.url).href, {
      data: {
        image: readFileSync(drawing("flange.png")).toString("base64"),
        file_name: "nobody reads it.png",
        provider: "openai_compatible",
      },
    });
    await page.getByRole("link", { name: "Records" }).click();
    await page.selectOption("#status", "failed");
    await page.locator("#records tbody button").first().click();
    assert.equal(await page.locator("#record h2.title").textContent(), "nobody reads it.png");
    assert.match((await texts("#record .figures"))[0], /When/);
    await page.close();
  });
});

describe("a service that asks for keys", () => {
  it("gets one from whom it is shown to, for as long as the tab is open", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "vision-keys-"));
    const key = newKey(path.join(folder, "keys.json"));
    const closed = await serve(
      played.server.address().port,
      "--keys",
      path.join(folder, "keys.json"),
      "--require-keys",
    );
    page = await open(browser, closed.url);
    try {
      await page.getByRole("button", { name: "Not now" }).click();
      assert.equal(await page.locator("dialog[open]").count(), 0);
      await page.setInputFiles("#file", drawing("flange.png")); // now it is wanted
      await page.getByLabel("API key").fill("vk_wrong");
      await page.getByRole("button", { name: "Use it" }).click();
      await page.getByText("Use it").waitFor();
      await page.getByLabel("API key").fill(key);
      await page.keyboard.press("Enter");
      await page.waitForSelector("#result .title");
      assert.deepEqual(
        [...new Set(page.complaints)],
        ["Failed to load resource: the server responded with a status of 401 (Unauthorized)"],
      );
      assert.ok(!(await page.content()).includes(key));
    } finally {
      await page.context().close();
      await closed.stop();
      rmSync(folder, { recursive: true });
    }
  });
});

describe("a file that is no drawing", () => {
  it("is refused in words, with the trail", async () => {
    page = await open(browser, service.url);
    for (const type of ["image/png", "text/markdown"]) {
      await drop(path.join(ROOT, "README.md"), type);
      await page.waitForSelector("#result .fault");
      assert.match(await page.locator("#result .fault").textContent(), /could not be read/);
      assert.match(await page.locator("#result").textContent(), /by its content it is text/);
      assert.equal(await page.locator("#result [role=alert]").count(), 1);
      assert.match(await page.locator("#progress").textContent(), /could not be read/);
    }
    await page.context().close();
  });
});

for (const [width, colorScheme] of [
  [1200, "light"],
  [1200, "dark"],
  [360, "light"],
  [360, "dark"],
]) {
  describe(`at ${width} px, ${colorScheme}`, () => {
    it("has nothing that axe finds, and no scroll to the side", async () => {
      page = await open(browser, service.url, {
        viewport: { width, height: 800 },
        colorScheme,
        reducedMotion: "reduce",
      });
      await read("flange.png");
      await page.waitForSelector(".sheet svg");
      await page.locator(".callouts button").nth(2).click();
      for (const view of ["read", "service", "records"]) {
        await page.locator(`nav a[href='#${view}']`).click();
        if (view !== "read") await page.waitForSelector(`#view-${view} tbody tr`);
        assert.equal(
          await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          ),
          0,
          view,
        );
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => globalThis.axe.run());
        assert.deepEqual(
          violations.map(
            ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`,
          ),
          [],
          view,
        );
        if (process.env.VISION_SHOTS) {
          await page.evaluate(() => scrollTo(0, 0));
          await page.screenshot({
            path: `${process.env.VISION_SHOTS}/${width}-${colorScheme}-${view}.png`,
            fullPage: true,
          });
        }
      }
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    });
  });
}
