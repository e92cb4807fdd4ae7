// SPDX-License-Identifier: MIT
// Where the balloons of a sheet stand: beside what they number, on no call-out and on no other
// balloon; what stands farther off is joined to its outline by a leader.

// From the outline along the ray to the balloon, in radii of a balloon; the nearest that is good is
// taken. A leader is drawn where the outline is farther than LEADER from the balloon's middle.
const DISTANCES = [0.15, 0.4, 0.8, 1.5, 2.5, 4, 6, 9, 13];
const LEADER = 1.6;
const DIRECTIONS = 16;

// What a place costs beside its distance: to lie on a call-out, on another balloon, or to have a
// leader over one of them.
const COST = { callout: 60, balloon: 200, crossing: 15 };

const between = (value, least, most) => Math.min(Math.max(value, least), most);

const apart = ([ax, ay], [bx, by]) => Math.hypot(ax - bx, ay - by);

const offBox = ([x, y], [left, top, right, bottom]) =>
  Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom));

export function boxOf(corners) {
  const xs = corners.map(([x]) => x),
    ys = corners.map(([, y]) => y);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

// The point of an outline nearest to one outside.
function nearest([x, y], corners) {
  let best = corners[0],
    least = Infinity;
  corners.forEach(([ax, ay], at) => {
    const [bx, by] = corners[(at + 1) % corners.length];
    const length = (bx - ax) ** 2 + (by - ay) ** 2;
    const share = length && between(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length, 0, 1);
    const point = [ax + share * (bx - ax), ay + share * (by - ay)];
    const off = apart(point, [x, y]);
    if (off < least) [best, least] = [point, off];
  });
  return best;
}

// How far an outline goes from its middle in a direction.
function reachOf(corners, [x, y], [cosine, sine]) {
  let most = 0;
  corners.forEach(([ax, ay], at) => {
    const [bx, by] = corners[(at + 1) % corners.length];
    const across = cosine * (by - ay) - sine * (bx - ax);
    const share = (sine * (ax - x) - cosine * (ay - y)) / across;
    const reach = ((ax - x) * (by - ay) - (ay - y) * (bx - ax)) / across;
    if (share >= 0 && share <= 1) most = Math.max(most, reach);
  });
  return most;
}

function candidatesOf(corners, [left, top, right, bottom], sheet, radius) {
  const list = [],
    middle = [(left + right) / 2, (top + bottom) / 2];
  for (const distance of DISTANCES)
    for (let step = 0; step < DIRECTIONS; step++) {
      const angle = (2 * Math.PI * (step + 0.5)) / DIRECTIONS - Math.PI;
      const direction = [Math.cos(angle), Math.sin(angle)];
      const reach = reachOf(corners, middle, direction) + (1 + distance) * radius;
      const [x, y] = direction.map((part, axis) => middle[axis] + part * reach);
      if (x > radius && y > radius && x < sheet.width - radius && y < sheet.height - radius)
        list.push({ at: [x, y], distance });
    }
  return list;
}

function crosses([x, y], [toX, toY], others, placed, radius) {
  return [0.2, 0.4, 0.6, 0.8].some((share) => {
    const point = [x + share * (toX - x), y + share * (toY - y)];
    return (
      others.some((box) => offBox(point, box) === 0) ||
      placed.some(({ at }) => apart(at, point) < radius)
    );
  });
}

// What is not less than `least` may be anything from there on.
function costOf({ at, distance }, to, others, placed, radius, least) {
  const isOnOwn = apart(at, to) < 1.05 * radius;
  const onBalloons = placed.filter((other) => apart(other.at, at) < 2.15 * radius).length;
  const onCallouts = others.filter((box) => offBox(at, box) < 1.1 * radius).length + isOnOwn;
  const cost = distance + COST.callout * onCallouts + COST.balloon * onBalloons;
  if (cost >= least || apart(at, to) <= LEADER * radius) return cost;
  return cost + COST.crossing * crosses(at, to, others, placed, radius);
}

function placeOf(corners, box, others, placed, sheet, radius) {
  // On a sheet that is smaller than a balloon no place is good.
  let best = { at: [box[0], box[1]], leader: null },
    least = Infinity;
  for (const candidate of candidatesOf(corners, box, sheet, radius)) {
    if (candidate.distance >= least) break;
    const to = nearest(candidate.at, corners);
    const cost = costOf(candidate, to, others, placed, radius, least);
    const leader = apart(candidate.at, to) > LEADER * radius ? to : null;
    if (cost < least) [best, least] = [{ at: candidate.at, leader }, cost];
  }
  return best;
}

// For the outlines of a sheet, each a list of corners: `at`, the middle of its balloon, and `leader`,
// where its leader ends, or null.
export function placeBalloons(outlines, sheet, radius) {
  const boxes = outlines.map(boxOf),
    placed = [];
  outlines.forEach((corners, own) => {
    const others = boxes.filter((_, other) => other !== own);
    placed.push(placeOf(corners, boxes[own], others, placed, sheet, radius));
  });
  return placed;
}
