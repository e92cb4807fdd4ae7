// SPDX-License-Identifier: MIT
// Asks for a key when the service wants one; several requests that want it at once ask once, and
// who has declined is left alone until they want something again.

import { keepKey, onKeyWanted } from "./api.js";
import { find } from "./dom.js";

let asking = null,
  isDeclined = false;

function open(why) {
  const dialog = find("key"),
    field = find("key-value");
  find("key-why").textContent = why ?? "";
  field.value = "";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener(
      "close",
      () => {
        asking = null;
        const key = field.value.trim();
        const given = dialog.returnValue === "given" && key !== "";
        if (given) keepKey(key);
        isDeclined = !given;
        field.value = "";
        resolve(given);
      },
      { once: true },
    );
  });
}

export function start() {
  find("key-form").addEventListener("submit", (event) => {
    event.preventDefault();
    find("key").close("given");
  });
  find("key-cancel").addEventListener("click", () => find("key").close());
  onKeyWanted(async (why) => !isDeclined && (asking ??= open(why)));
}

export function mayAsk() {
  isDeclined = false;
}
