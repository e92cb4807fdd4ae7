// SPDX-License-Identifier: MIT
// How the service is: providers and their breakers, times, spend against budgets, alerts, reports.

import { blob, get, hasKey, maybe } from "./api.js";
import { empty, find, make, replace, table } from "./dom.js";
import { count, dollars, duration, moment, percent, words } from "./format.js";

const figure = (name, value, note) =>
  make(
    "div",
    null,
    make("dt", null, name),
    make("dd", null, value),
    note && make("dd", { class: "note" }, note),
  );

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

// ---- figures of all requests ----

function showFigures(metrics) {
  const all = metrics?.metrics,
    cache = metrics?.cache;
  if (!all) return replace(find("figures"), empty("This service counts no requests."));
  replace(
    find("figures"),
    make(
      "dl",
      { class: "figures" },
      figure(
        "Requests",
        count(all.total_requests),
        all.in_flight ? `${all.in_flight} under way` : null,
      ),
      figure(
        "Success",
        all.total_requests ? percent(all.success_rate, 1) : "–",
        all.failed_requests ? `${count(all.failed_requests)} failed` : null,
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
  replace(
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

// ---- spend ----

const PERIODS = { day: "today", month: "this month", total: "in all" };

function budgetBar(one) {
  const share = one.limit_usd > 0 ? one.spent_usd / one.limit_usd : 1;
  const kind = share >= 1 ? "bad" : share >= 0.8 ? "warn" : "good";
  const text = `${dollars(one.spent_usd)} of ${dollars(one.limit_usd)} ${PERIODS[one.kind] ?? one.kind}`;
  const bar = make("i", { class: kind });
  bar.style.width = `${Math.min(100, 100 * share)}%`;
  return make(
    "li",
    null,
    make(
      "div",
      { class: "line" },
      make("b", null, words(one.budget ?? "all")),
      make("span", null, text),
      make("span", { class: "right" }, percent(share)),
    ),
    make(
      "div",
      {
        class: "meter",
        role: "meter",
        "aria-valuemin": "0",
        "aria-valuemax": String(one.limit_usd),
        "aria-valuenow": String(one.spent_usd),
        "aria-label": `${words(one.budget ?? "all")}: ${text}`,
      },
      bar,
    ),
  );
}

function groupRow(group) {
  return make(
    "div",
    null,
    make("dt", null, group.name),
    make("dd", null, `${dollars(group.total_cost_usd)} · ${count(group.total_requests)} requests`),
  );
}

function showSpend(costs) {
  if (!costs)
    return replace(find("spend"), empty("This service keeps neither a budget nor records."));
  replace(
    find("spend"),
    make(
      "dl",
      { class: "figures small-figures" },
      figure(
        "In 30 days",
        dollars(costs.total.total_cost_usd),
        costs.total.unpriced_requests
          ? `${count(costs.total.unpriced_requests)} at unknown prices`
          : null,
      ),
      figure("A request", dollars(costs.total.cost_per_request)),
    ),
    costs.budgets.length
      ? make("ul", { class: "budgets" }, costs.budgets.map(budgetBar))
      : empty("No limit is set."),
    costs.groups.length > 1 && make("dl", { class: "facts names" }, costs.groups.map(groupRow)),
  );
}

// ---- alerts ----

const GRAVE = new Set(["error", "critical"]);
const HOUR = 3600;

// Those that are active, then the newest of the others.
function alertsOf(answer) {
  const isActive = (alert) =>
    answer.active.some((one) => one.provider === alert.subject && one.message === alert.message);
  return [
    ...answer.active.map((alert) => ({ ...alert, subject: alert.provider, isActive: true })),
    ...answer.alerts.filter((alert) => !isActive(alert)),
  ];
}

function alertItem(alert) {
  const kind = GRAVE.has(alert.severity) ? "bad" : alert.severity === "info" ? "info" : "warn";
  return make(
    "li",
    { class: kind },
    make("b", null, words(alert.severity)),
    ` ${alert.message}`,
    make(
      "span",
      { class: "muted small" },
      [alert.isActive && "now", moment(alert.timestamp)].filter(Boolean).join(" · since "),
    ),
  );
}

function showAlerts(answer) {
  if (!answer) return replace(find("alerts"), empty("This service raises no alerts."));
  const all = alertsOf(answer);
  replace(
    find("alerts"),
    all.length
      ? make("ul", { class: "alerts" }, all.slice(0, 8).map(alertItem))
      : empty("Nothing is wrong."),
  );
}

function showBadge(answer) {
  const since = Date.now() / 1000 - HOUR;
  const grave = answer
    ? alertsOf(answer).filter(
        (alert) => alert.isActive || (GRAVE.has(alert.severity) && alert.timestamp > since),
      )
    : [];
  const badge = find("alert-count");
  badge.hidden = grave.length === 0;
  replace(
    badge,
    String(grave.length),
    make("span", { class: "unseen" }, grave.length === 1 ? " alert" : " alerts"),
  );
}

export const countAlerts = () => maybe("alerts").then(showBadge, () => null);

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
