// SPDX-License-Identifier: MIT
// Where the balloons of a sheet stand. No browser is needed.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { placeBalloons } from "../../lua/vision/server/page/balloons.js";

const SHEET = { width: 1000, height: 700 },
  RADIUS = 12;

const outline = (x, y, width, height, degrees = 0) => {
  const [cosine, sine] = [Math.cos, Math.sin].map((f) => f((degrees * Math.PI) / 180));
  return [
    [0, 0],
    [width, 0],
    [width, height],
    [0, height],
  ].map(([dx, dy]) => [x + cosine * dx - sine * dy, y + sine * dx + cosine * dy]);
};

const apart = ([ax, ay], [bx, by]) => Math.hypot(ax - bx, ay - by);

function checkFree(outlines, balloons) {
  balloons.forEach(({ at }, own) => {
    assert.ok(at[0] >= RADIUS && at[0] <= SHEET.width - RADIUS, `${own + 1} is on the sheet`);
    balloons.forEach((other, number) =>
      assert.ok(
        number === own || apart(at, other.at) >= 2 * RADIUS,
        `${own + 1} and ${number + 1} lie on each other`,
      ),
    );
    outlines.forEach((corners, number) => {
      const inside = corners.every(([ax, ay], i) => {
        const [bx, by] = corners[(i + 1) % corners.length];
        return (bx - ax) * (at[1] - ay) - (by - ay) * (at[0] - ax) >= 0;
      });
      assert.ok(!inside, `${own + 1} lies on call-out ${number + 1}`);
    });
  });
}

describe("balloons", () => {
  it("stand beside what they number, without a leader", () => {
    const outlines = [outline(300, 300, 80, 20), outline(600, 200, 90, 20, 30)];
    const balloons = placeBalloons(outlines, SHEET, RADIUS);
    checkFree(outlines, balloons);
    for (const balloon of balloons) assert.equal(balloon.leader, null);
  });

  it("find room where call-outs crowd, and are joined to them", () => {
    const outlines = [];
    for (let row = 0; row < 9; row++)
      for (let column = 0; column < 3; column++)
        outlines.push(outline(400 + 66 * column, 200 + 22 * row, 62, 18));
    const balloons = placeBalloons(outlines, SHEET, RADIUS);
    checkFree(outlines, balloons);
    assert.ok(balloons.some(({ leader }) => leader));
    for (const { at, leader } of balloons)
      assert.ok(leader === null || apart(at, leader) > RADIUS, "a leader ends outside");
  });

  it("stay on the sheet at its corners", () => {
    const outlines = [outline(0, 0, 60, 20), outline(940, 680, 60, 20), outline(0, 0, 1000, 700)];
    const balloons = placeBalloons(outlines.slice(0, 2), SHEET, RADIUS);
    checkFree(outlines.slice(0, 2), balloons);
    assert.equal(placeBalloons(outlines, { width: 20, height: 20 }, RADIUS).length, 3);
  });
});
