// SPDX-License-Identifier: MIT
// A drawing as a file, the pictures of its pages, and those that are kept for the records.

import { pagePicture } from "./api.js";

const SHOWN = /^image\/(png|jpeg|webp|gif)$/;

export class Drawing {
  addresses = new Map();

  constructor(file) {
    this.file = file;
  }

  // Promises the address of a page's picture. Where the browser shows the file as it was measured
  // that is the file itself; PDF, TIFF and pictures that are turned are drawn by the service.
  picture(page, isOwn) {
    const own = isOwn && page === 1 && SHOWN.test(this.file.type);
    const name = `${own} ${page}`;
    if (!this.addresses.has(name)) {
      const made = own ? Promise.resolve(this.file) : pagePicture(this.file, page);
      this.addresses.set(name, made.then(URL.createObjectURL));
    }
    return this.addresses.get(name);
  }

  release() {
    for (const made of this.addresses.values()) made.then(URL.revokeObjectURL, () => null);
    this.addresses.clear();
  }
}

// ---- what was read in this tab ----

const KEPT = 20;
const kept = new Map(); // record_id -> { drawing, address }: of the page that was read first

let current = null;

const isKept = (drawing) => [...kept.values()].some((one) => one.drawing === drawing);

// From now on this is the one that is shown.
export function show(drawing) {
  if (current && current !== drawing && !isKept(current)) current.release();
  current = drawing;
}

export async function keep(recordId, drawing, page) {
  kept.set(recordId, { drawing, address: await drawing.picture(page, true) });
  if (kept.size <= KEPT) return;
  const [oldest, one] = kept.entries().next().value;
  kept.delete(oldest);
  if (one.drawing !== current && !isKept(one.drawing)) one.drawing.release();
}

// Of a record, undefined where it was not read here: its drawing, and the address of one picture.
export const drawingOf = (recordId) => kept.get(recordId)?.drawing;
export const pictureOf = (recordId) => kept.get(recordId)?.address;
