// SPDX-License-Identifier: MIT
// How the service is: providers and their breakers, times, spend against budgets, alerts, reports.

import { showAlerts } from "./alerts.js";
import { blob, get, hasKey, maybe } from "./api.js";
import { empty, figure, find, make, renew, replace, table } from "./dom.js";
import { count, duration, percent, words } from "./format.js";
import { showSpend } from "./spend.js";

function word(kind, text) {
  return make(
    "span",
    { class: `state-word ${kind}` },
    make("i", { class: `dot ${kind}`, "aria-hidden": "true" }),
    text,
  );
}

const BREAKERS = {
  closed: "good",
  half_open: "warn",
  disabled: "warn",
  open: "bad",
  forced_open: "bad",
};

const breaker = (state) => (state ? word(BREAKERS[state] ?? "", words(state)) : null);

// ---- figures of all calls: an analysis may be several ----

const lost = (failed, cancelled) =>
  [failed && `${count(failed)} failed`, cancelled && `${count(cancelled)} cancelled`]
    .filter(Boolean)
    .join(", ") || null;

function showFigures(metrics) {
  const all = metrics?.metrics,
    cache = metrics?.cache;
  if (!all) return renew(find("figures"), empty("This service counts no requests."));
  renew(
    find("figures"),
    make(
      "dl",
      { class: "figures" },
      figure(
        "Calls to providers",
        count(all.total_requests),
        all.in_flight ? `${all.in_flight} under way` : null,
      ),
      figure(
        "Success",
        all.total_requests ? percent(all.success_rate, 1) : "–",
        lost(all.failed_requests, all.cancelled_requests),
      ),
      figure("Average time", all.successful_requests ? duration(all.average_latency_ms) : "–"),
      cache &&
        figure(
          "From the cache",
          cache.hits + cache.misses ? percent(cache.hit_rate) : "–",
          cache.hits ? `${count(cache.hits)} answers` : null,
        ),
      figure("Tokens", count(all.input_tokens + all.output_tokens)),
    ),
  );
}

// ---- providers ----

const HEALTH = { healthy: "good", degraded: "warn", unhealthy: "bad" };

function stateOf(row) {
  if (row.health) return word(HEALTH[row.health.status] ?? "", row.health.status);
  if (row.isEndpoint) return word("good", "in use");
  if (!row.available) return word("", "not set up");
  return row.requires_key && !row.key_set ? word("", "no key") : word("good", "ready");
}

// Those that are in use, with what was counted of them; then all others that there are.
function rowsOf(list, metrics) {
  const used = Object.entries(metrics?.endpoints ?? {}).map(([name, figures]) => ({
    name,
    isEndpoint: true,
    health: metrics.health?.providers?.[name],
    ...figures,
  }));
  const isUsed = (name) => used.some((one) => one.name === name || one.name.startsWith(`${name}/`));
  const others = Object.entries(list.providers)
    .filter(([name]) => !isUsed(name))
    .map(([name, one]) => ({ name, ...one }));
  const isReady = (row) => row.available && (!row.requires_key || row.key_set);
  return [...used, ...others.sort((a, b) => isReady(b) - isReady(a))];
}

const counted = (show) => (row) => (row.total_requests ? show(row) : null);

function nameCell(row) {
  return make(
    "span",
    { class: "named" },
    row.name,
    row.last_error && make("small", null, row.last_error),
  );
}

function showProviders(list, metrics) {
  renew(
    find("providers"),
    table(
      "Providers",
      [
        { text: "Provider", cell: nameCell },
        { text: "State", cell: stateOf },
        { text: "Breaker", cell: (row) => breaker(row.circuit_state) },
        { text: "Requests", right: true, cell: counted((row) => count(row.total_requests)) },
        { text: "Success", right: true, cell: counted((row) => percent(row.success_rate, 1)) },
        { text: "Median", right: true, cell: counted((row) => duration(row.p50_latency_ms)) },
        { text: "95 of 100", right: true, cell: counted((row) => duration(row.p95_latency_ms)) },
      ],
      rowsOf(list, metrics),
    ),
  );
}

// ---- reports ----

const ABOUT = {
  daily: "Requests, failures, time and cost, day by day",
  monthly_cost: "Costs by month, provider and model",
  provider_comparison: "Providers side by side",
  quality: "How sure the answers are",
  failures: "What failed, why and with whom",
};

const reportPath = (name) => `report/${encodeURIComponent(name)}?format=html`;

// A link cannot carry a key: then the report is fetched and kept as a file.
async function save(event, name) {
  if (!hasKey()) return;
  event.preventDefault();
  const address = URL.createObjectURL(await blob(reportPath(name)));
  make("a", { href: address, download: `${name}.html` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

const reportItem = (name) =>
  make(
    "li",
    null,
    make(
      "a",
      {
        href: `api/v1/vision/${reportPath(name)}`,
        target: "_blank",
        rel: "noopener",
        onclick: (event) => save(event, name),
      },
      words(name),
    ),
    make("span", { class: "muted" }, ABOUT[name] ?? ""),
  );

async function showReports() {
  const [reports, records] = await Promise.all([maybe("report"), maybe("records?limit=1")]);
  if (!reports || !records)
    return replace(
      find("reports"),
      empty("Reports are made from records, and this service keeps none."),
    );
  replace(find("reports"), make("ul", { class: "reports" }, reports.reports.map(reportItem)));
}

// ---- all of it ----

async function showAll() {
  const [list, metrics, costs, alerts] = await Promise.all([
    get("providers"),
    maybe("metrics"),
    maybe("costs"),
    maybe("alerts"),
  ]);
  showFigures(metrics);
  showProviders(list, metrics);
  showSpend(costs);
  showAlerts(alerts);
}

async function attempt(show) {
  const fault = find("service-fault");
  try {
    await show();
    fault.hidden = true;
  } catch (failure) {
    fault.textContent = failure.message;
    fault.hidden = false;
  }
}

export const start = () => attempt(showReports);
export const update = () => attempt(showAll);
