// SPDX-License-Identifier: MIT
// What was spent, and how far each budget is used up.

import { empty, figure, find, make, renew } from "./dom.js";
import { count, dollars, percent, words } from "./format.js";

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
    make(
      "dd",
      null,
      `${dollars(group.total_cost_usd)} · ${count(group.total_requests)} ${group.total_requests === 1 ? "request" : "requests"}`,
    ),
  );
}

export function showSpend(costs) {
  if (!costs)
    return renew(find("spend"), empty("This service keeps neither a budget nor records."));
  renew(
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
