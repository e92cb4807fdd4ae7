// SPDX-License-Identifier: MIT
// Figures and words as people read them. What is not known is "–", never 0.

const known = (value) => value !== null && value !== undefined && !Number.isNaN(value);

export const percent = (share, digits = 0) =>
  known(share) ? `${(100 * share).toFixed(digits)} %` : "–";

export const count = (value) => (known(value) ? value.toLocaleString("en") : "–");

export function duration(milliseconds) {
  if (!known(milliseconds)) return "–";
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000,
    whole = Math.round(seconds);
  return seconds < 99.95
    ? `${seconds.toFixed(1)} s`
    : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

export function dollars(value) {
  if (!known(value)) return "–";
  if (value !== 0 && Math.abs(value) < 0.01) return `$${value.toFixed(4)}`;
  return `$${value.toFixed(2)}`;
}

export function bytes(value) {
  if (value < 1024) return `${value} bytes`;
  return value < 1024 * 1024
    ? `${Math.round(value / 1024)} KB`
    : `${(value / 1024 / 1024).toFixed(1)} MB`;
}

export function moment(value) {
  const date = new Date(typeof value === "number" ? value * 1000 : value);
  if (Number.isNaN(date.getTime())) return "–";
  const isOfThisYear = date.getFullYear() === new Date().getFullYear();
  return date.toLocaleString("en-GB", {
    day: "numeric",
    month: "short",
    year: isOfThisYear ? undefined : "numeric",
    hour: "2-digit",
    minute: "2-digit",
  });
}

export const words = (name) => String(name).replaceAll("_", " ");

// As on the sheets that `vision analyze --overlay` outlines: the same limits.
export function grade(confidence) {
  if (!known(confidence)) return { name: "unknown", text: "no figure" };
  if (confidence >= 0.85) return { name: "sure", text: "sure" };
  return confidence >= 0.6
    ? { name: "likely", text: "likely" }
    : { name: "doubtful", text: "doubtful" };
}
