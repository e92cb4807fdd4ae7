// SPDX-License-Identifier: MIT
// What people should know of the service: those alerts that are active, and the newest ones.

import { maybe } from "./api.js";
import { empty, find, make, replace } from "./dom.js";
import { moment, words } from "./format.js";

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

export function showAlerts(answer) {
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
