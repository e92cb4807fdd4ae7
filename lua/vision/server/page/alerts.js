// SPDX-License-Identifier: MIT
// What people should know of the service: of each subject what is active, else what was said last.

import { maybe } from "./api.js";
import { empty, find, make, renew } from "./dom.js";
import { moment, words } from "./format.js";

const GRAVE = new Set(["error", "critical"]);
const HOUR = 3600;

const MOST = 8;

// Active, or grave and not of long ago.
const counts = (alert) =>
  alert.isActive || (GRAVE.has(alert.severity) && alert.timestamp > Date.now() / 1000 - HOUR);

// One of each subject, for its steps are one story; those that count come first.
function alertsOf(answer) {
  const active = answer.active.map((alert) => ({
    ...alert,
    subject: alert.provider,
    isActive: true,
  }));
  const known = new Set(active.map((alert) => alert.subject));
  const others = answer.alerts.filter(
    (alert) => !known.has(alert.subject) && known.add(alert.subject),
  );
  return [...active, ...others].sort((a, b) => counts(b) - counts(a));
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
  if (!answer) return renew(find("alerts"), empty("This service raises no alerts."));
  const all = alertsOf(answer),
    shown = all.slice(0, Math.max(MOST, all.filter(counts).length));
  renew(
    find("alerts"),
    all.length
      ? make("ul", { class: "alerts" }, shown.map(alertItem))
      : empty("Nothing is wrong."),
  );
}

function showBadge(answer) {
  const grave = answer ? alertsOf(answer).filter(counts) : [];
  const badge = find("alert-count");
  badge.hidden = grave.length === 0;
  renew(
    badge,
    String(grave.length),
    make("span", { class: "unseen" }, grave.length === 1 ? " alert" : " alerts"),
  );
}

export const countAlerts = () => maybe("alerts").then(showBadge, () => null);
