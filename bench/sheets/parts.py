# SPDX-License-Identifier: MIT
"""Parts with views and dimensions. A part knows its sizes (mm), how much paper its views need, and
draws them into an area at a scale of the standard."""

import math

SCALES = [
    (10, "10:1"),
    (5, "5:1"),
    (4, "4:1"),
    (2, "2:1"),
    (1, "1:1"),
    (1 / 2, "1:2"),
    (1 / 3, "1:3"),
    (1 / 4, "1:4"),
    (1 / 5, "1:5"),
    (1 / 10, "1:10"),
]


class Part:
    # Paper beside the outlines, for dimensions (mm): width, height.
    around = (60, 60)

    def __init__(self, rng, house):
        self.rng, self.house = rng, house
        self.shape()

    def pick(self, low, high):
        """A size between two (mm), round in the unit of the house."""
        rng = self.rng
        value = rng.uniform(low, high)
        if self.house.inch:
            return round(value / 25.4 / 0.0625) * 0.0625 * 25.4 or 1.5875
        step = rng.choice([1, 1, 1, 0.5, 0.1] if high < 40 else [1, 1, 1, 5, 0.5])
        return max(step, round(round(value / step) * step, 2))

    def say(self, value):
        return round(value / 25.4, 4) if self.house.inch else round(value, 3)

    def scale(self, area):
        """The largest scale at which the views fit."""
        _, _, w, h = area
        wide, tall = self.extent()
        for k, name in SCALES:
            if wide * k + self.around[0] <= w and tall * k + self.around[1] <= h:
                return k, name
        return SCALES[-1]

    def filling(self, area):
        """The share of the free paper that the views cover."""
        _, _, w, h = area
        k, _ = self.scale(area)
        wide, tall = self.extent()
        return max(wide * k / (w - self.around[0]), tall * k / (h - self.around[1]))


def best_of(family, rng, house, area, tries=12):
    """A draughtsman picks the paper for the part; here the part is picked for the paper."""
    return max((family(rng, house) for _ in range(tries)), key=lambda part: part.filling(area))


class Shaft(Part):
    around = (66, 58)

    def shape(self):
        count = self.rng.choice([3, 4, 5])
        self.steps = [(self.pick(14, 50), self.pick(14, 40)) for _ in range(count)]
        self.bevel = self.rng.choice([0.5, 1, 1.5]) if not self.house.inch else 0.8

    def extent(self):
        return sum(s[0] for s in self.steps), max(s[1] for s in self.steps)

    def draw(self, d, area, k):
        x0, y0, w, h = area
        wide, tall = (v * k for v in self.extent())
        x, y = x0 + (w - wide) / 2 - 4, y0 + h / 2 + 2
        sheet, left, edges = d.sheet, x, [x]
        for index, (length, dia) in enumerate(self.steps):
            r, c = dia * k / 2, self.bevel * k if index in (0, len(self.steps) - 1) else 0
            right = left + length * k
            if index == 0:
                sheet.outline(
                    (left, y - r + c),
                    (left + c, y - r),
                    (right, y - r),
                    (right, y + r),
                    (left + c, y + r),
                    (left, y + r - c),
                )
            elif c:
                sheet.outline(
                    (left, y - r),
                    (right - c, y - r),
                    (right, y - r + c),
                    (right, y + r - c),
                    (right - c, y + r),
                    (left, y + r),
                )
            else:
                sheet.outline((left, y - r), (right, y - r), (right, y + r), (left, y + r))
            left = right
            edges.append(right)
        sheet.axis((x - 6, y), (left + 6, y))
        self._lengths(d, edges, y, tall)
        self._diameters(d, edges, y, tall, k)
        self._extras(d, edges, y, k)

    def _lengths(self, d, edges, y, tall):
        level = y + tall / 2
        for index in range(len(edges) - 2):
            a, b = (edges[index], level), (edges[index + 1], level)
            down = 11 if edges[index + 1] - edges[index] > 30 else 11 + 9 * (index % 2)
            d.along(a, b, down, d.saying.length(self.say(self.steps[index][0])))
        total = sum(s[0] for s in self.steps)
        d.along((edges[0], level), (edges[-1], level), 30, d.saying.length(self.say(total)))
        self.anchor = ((edges[0] + edges[1]) / 2, y + 2)

    def _diameters(self, d, edges, y, tall, k):
        first, last = self.steps[0][1], self.steps[-1][1]
        r = first * k / 2
        d.along((edges[0], y + r), (edges[0], y - r), -12, d.saying.diameter(self.say(first)))
        r = last * k / 2
        d.along((edges[-1], y + r), (edges[-1], y - r), 12, d.saying.diameter(self.say(last)))
        for index in range(1, len(self.steps) - 1):
            dia = self.steps[index][1]
            r, x = dia * k / 2, (edges[index] + edges[index + 1]) / 2
            if index % 2:
                d.leader(
                    (x, y - r),
                    (x + 5, y - tall / 2 - 8 - 7 * (index // 2)),
                    d.saying.diameter(self.say(dia)),
                )
            else:
                d.leader((x, y - r), (x + 3, y - tall / 2 - 18), d.saying.thread())

    def _extras(self, d, edges, y, k):
        r = self.steps[0][1] * k / 2
        last = self.steps[-1][1] * k / 2
        d.leader(
            (edges[-1] - self.bevel * k / 2, y + last - self.bevel * k / 2),
            (edges[-1] + 6, y + last + 12),
            d.saying.chamfer(self.say(self.bevel)),
        )
        if self.house.gdt:
            d.datum(edges[0] + 7, y - r, "A", down=False)
            rows = [["↗", d.saying.tolerance_zone(), "A"]]
            if self.rng.random() < 0.4:
                rows.append(["○", d.saying.tolerance_zone()])
            d.frame(
                edges[-1] - 26, y - self.extent()[1] * k / 2 - 42, rows, (edges[-1] - 4, y - last)
            )
        if self.rng.random() < 0.7:
            x = edges[-2] + (edges[-1] - edges[-2]) * 0.3
            d.finish(x, y - self.steps[-1][1] * k / 2, d.saying.roughness())


class Flange(Part):
    around = (95, 72)

    def shape(self):
        self.outer = self.pick(70, 160)
        self.pitch = (
            round(self.outer * 0.76, 0)
            if not self.house.inch
            else round(self.outer * 0.76 / 3.175) * 3.175
        )
        self.bore = self.pick(self.outer * 0.25, self.outer * 0.4)
        self.hub = self.pick(self.outer * 0.45, self.outer * 0.55)
        self.holes, self.hole = self.rng.choice([4, 6, 8]), self.pick(4, self.outer * 0.09)
        self.thick, self.high = self.pick(8, 18), self.pick(26, 44)

    def extent(self):
        return self.outer + self.high, self.outer

    def draw(self, d, area, k):
        x0, y0, w, h = area
        r = self.outer * k / 2
        x, y = x0 + 24 + r, y0 + h / 2 + 4
        self._front(d, x, y, k)
        self._section(d, x0 + w - 28 - self.high * k, y, k)

    def _front(self, d, x, y, k):
        sheet, r, p = d.sheet, self.outer * k / 2, self.pitch * k / 2
        self.anchor = (x - r * 0.8, y - r * 0.2)
        for radius in (r, self.bore * k / 2, self.hub * k / 2):
            sheet.circle(x, y, radius)
        sheet.circle(x, y, p, self.house.thin, (7, 1.2, 0.8, 1.2))
        sheet.centre(x, y, r)
        turn = 360 / self.holes
        for index in range(self.holes):
            a = math.radians(turn * index - 90 + turn / 2)
            cx, cy = x + p * math.cos(a), y + p * math.sin(a)
            sheet.circle(cx, cy, self.hole * k / 2)
            sheet.axis((cx - 3, cy), (cx + 3, cy))
        a = math.radians(-90 + turn / 2)
        tip = (
            x + p * math.cos(a) + self.hole * k * 0.35,
            y + p * math.sin(a) - self.hole * k * 0.35,
        )
        d.leader(tip, (x + r * 0.75, y - r - 9), d.saying.hole(self.say(self.hole), self.holes))
        a = math.radians(152)
        d.round(
            (x + p * math.cos(a), y + p * math.sin(a)),
            180 + 28,
            d.saying.plain(self.say(self.pitch), self.house.diameter),
        )
        d.sweep(x, y, r + 5, -90 - turn / 2, -90 + turn / 2, d.saying.angle(turn))
        d.cutting((x, y - r - 16), (x, y + r + 9), "A")

    def _section(self, d, x, y, k):
        sheet, r, b, u = d.sheet, self.outer * k / 2, self.bore * k / 2, self.hub * k / 2
        t, high = self.thick * k, self.high * k
        for s in (1, -1):
            points = [
                (x, y + s * b),
                (x, y + s * r),
                (x + t, y + s * r),
                (x + t, y + s * u),
                (x + high, y + s * u),
                (x + high, y + s * b),
            ]
            sheet.hatch(points)
            sheet.outline(*points)
        sheet.line((x, y - b), (x, y + b), width=self.house.thick)
        sheet.line((x + high, y - b), (x + high, y + b), width=self.house.thick)
        sheet.axis((x - 5, y), (x + high + 5, y))
        d.along((x, y + r), (x + t, y + r), 8, d.saying.length(self.say(self.thick)))
        d.along((x, y + r), (x + high, y + r), 18, d.saying.length(self.say(self.high)))
        d.along((x + high, y + b), (x + high, y - b), 9, d.saying.diameter(self.say(self.bore)))
        d.along((x + high, y + u), (x + high, y - u), 21, d.saying.diameter(self.say(self.hub)))
        d.along((x, y + r), (x, y - r), -9, d.saying.diameter(self.say(self.outer)))
        d.view(x + high / 2, y + r + 30, self.house.words["section"].format("A-A").strip())
        if self.house.gdt:
            d.datum(x + high * 0.7, y - u, "A", down=False)
            rows = [["⟂", d.saying.tolerance_zone(), "A"]]
            d.frame(x - 14, y - r - 26, rows, (x + t, y - r))


class Plate(Part):
    around = (112, 66)

    def shape(self):
        self.w, self.h = self.pick(70, 190), self.pick(45, 110)
        self.inset = min(self.pick(9, 14), self.h / 4)
        self.hole, self.radius = self.pick(4, 11), self.pick(4, 10)
        self.t = self.pick(6, 20)
        self.slot = (self.pick(20, 34), self.pick(8, 14))

    def extent(self):
        return self.w + self.t, self.h

    def draw(self, d, area, k):
        x0, y0, w, h = area
        sheet, width, height = d.sheet, self.w * k, self.h * k
        side = x0 + 26
        self._side(d, side, y0 + (h - height) / 2, k)
        x, y = side + self.t * k + 34, y0 + (h - height) / 2
        r, i = self.radius * k, self.inset * k
        self.anchor = (x + width * 0.12, y + height * 0.4)
        ctx = sheet.ctx
        sheet.pen(self.house.thick)
        ctx.new_sub_path()
        for cx, cy, a in (
            (x + width - r, y + r, -90),
            (x + width - r, y + height - r, 0),
            (x + r, y + height - r, 90),
            (x + r, y + r, 180),
        ):
            ctx.arc(cx, cy, r, math.radians(a), math.radians(a + 90))
        ctx.close_path()
        ctx.stroke()
        holes = [
            (x + i, y + i),
            (x + width - i, y + i),
            (x + i, y + height - i),
            (x + width - i, y + height - i),
        ]
        for cx, cy in holes:
            sheet.circle(cx, cy, self.hole * k / 2)
            sheet.centre(cx, cy, self.hole * k / 2)
        self._slot(d, x, y, k)
        self._dimensions(d, x, y, k, holes)

    def _slot(self, d, x, y, k):
        length, high = self.slot[0] * k, self.slot[1] * k
        cx, cy = x + self.w * k * 0.45, y + self.h * k / 2
        sheet, r = d.sheet, self.slot[1] * k / 2
        sheet.pen(self.house.thick)
        sheet.ctx.new_sub_path()
        sheet.ctx.arc(cx + length / 2 - r, cy, r, -math.pi / 2, math.pi / 2)
        sheet.ctx.arc(cx - length / 2 + r, cy, r, math.pi / 2, -math.pi / 2)
        sheet.ctx.close_path()
        sheet.ctx.stroke()
        sheet.axis((cx - length / 2 - 3, cy), (cx + length / 2 + 3, cy))
        d.along(
            (cx + length / 2, cy + high / 2),
            (cx + length / 2, cy - high / 2),
            7,
            d.saying.length(self.say(self.slot[1])),
        )
        d.along(
            (cx - length / 2, cy - high / 2),
            (cx + length / 2, cy - high / 2),
            -7,
            d.saying.length(self.say(self.slot[0])),
        )

    def _dimensions(self, d, x, y, k, holes):
        width, height, i, r = self.w * k, self.h * k, self.inset * k, self.radius * k
        if self.rng.random() < 0.4:
            stops = [0, self.inset, self.w - self.inset, self.w]
            d.ordinates(
                (x, y + height),
                [s * k for s in stops],
                "x",
                [d.saying.plain(self.say(s)) for s in stops],
            )
            stops = [0, self.inset, self.h - self.inset, self.h]
            d.ordinates(
                (x, y + height),
                [s * k for s in stops],
                "y",
                [d.saying.plain(self.say(s)) for s in stops],
            )
        else:
            d.along((x, y + height), (x + width, y + height), 19, d.saying.length(self.say(self.w)))
            d.along(
                (x + i, y + height),
                (x + width - i, y + height),
                9,
                d.saying.length(self.say(self.w - 2 * self.inset)),
            )
            d.along((x, y), (x, y + height), 9, d.saying.length(self.say(self.h)))
        turn = math.radians(-45)
        tip = (x + width - r + r * math.cos(turn), y + r + r * math.sin(turn))
        d.round(
            tip,
            self.rng.choice([35, 45, 60]),
            d.saying.radius(self.say(self.radius), self.rng.choice([1, 4])),
        )
        hx, hy = holes[3]
        d.leader(
            (hx + self.hole * k * 0.4, hy - self.hole * k * 0.3),
            (x + width + 10, hy - 10),
            d.saying.hole(self.say(self.hole), 4),
        )
        tx, ty = x + width * 0.78, y + height * 0.5
        d.sheet.circle(tx, ty, 2.2 * max(k, 0.6))
        d.sheet.circle(tx, ty, 2.8 * max(k, 0.6), self.house.thin, (), 0, 270)
        d.leader(
            (tx + 1, ty - 1),
            (x + width + 12, y + height * 0.35),
            d.saying.thread(self.rng.choice([1, 2]), self.say(self.t * 0.7)),
        )
        if self.house.gdt:
            rows = [d.saying.frame("ABC")]
            if self.rng.random() < 0.5:
                rows.append(d.saying.frame("A"))
            d.frame(x + width + 8, y + height + 6, rows, (x + width, y + height - r - 2))
            d.datum(x + width * 0.25, y, "B", down=False)

    def _side(self, d, x, y, k):
        sheet, t, height, i = d.sheet, self.t * k, self.h * k, self.inset * k
        half = self.hole * k / 2
        cut = self.rng.random() < 0.5
        if cut:
            sheet.hatch([(x, y), (x + t, y), (x + t, y + i - half), (x, y + i - half)])
            sheet.hatch(
                [(x, y + i + half), (x + t, y + i + half), (x + t, y + height), (x, y + height)]
            )
        sheet.outline((x, y), (x + t, y), (x + t, y + height), (x, y + height))
        for cy in (y + i - half, y + i + half):
            (sheet.outline if cut else sheet.hidden)((x, cy), (x + t, cy))
        sheet.axis((x - 3, y + i), (x + t + 3, y + i))
        d.along((x, y), (x + t, y), -8, d.saying.length(self.say(self.t)))
        if self.house.gdt:
            d.datum(x + t / 2, y + height, "A")
        if cut:
            d.view(
                x + t / 2,
                y + height + (22 if self.house.gdt else 12),
                self.house.words["section"].format("B-B").strip(),
            )
        if self.rng.random() < 0.7:
            d.finish(x - 9, y + height, d.saying.roughness())
            sheet.line((x, y + height), (x - 12, y + height))


class Bracket(Part):
    """An angle bracket with a slanted flank: dimensions along slanted lines and angles."""

    around = (105, 62)

    def shape(self):
        self.base, self.high, self.t = self.pick(60, 110), self.pick(40, 70), self.pick(6, 12)
        self.depth, self.hole = self.pick(30, 50), self.pick(6, 12)
        self.slant = self.rng.choice([30, 45, 60])

    def extent(self):
        return self.base + self.depth, self.high

    def draw(self, d, area, k):
        x0, y0, w, h = area
        x, bottom = x0 + 26, y0 + (h + self.high * k) / 2
        b, up, t = self.base * k, self.high * k, self.t * k
        run = up * 0.55
        rise = run * math.tan(math.radians(self.slant))
        rise = min(rise, up - t - 4)
        run = rise / math.tan(math.radians(self.slant))
        a, c = (x + t + run, bottom - t), (x + t, bottom - t - rise)
        points = [
            (x, bottom),
            (x + b, bottom),
            (x + b, bottom - t),
            a,
            c,
            (x + t, bottom - up),
            (x, bottom - up),
        ]
        d.sheet.outline(*points)
        self.anchor = (x + t / 2, bottom - up * 0.8)
        d.along((x, bottom), (x + b, bottom), 20, d.saying.length(self.say(self.base)))
        d.along((x, bottom - up), (x, bottom), 10, d.saying.length(self.say(self.high)))
        d.along((x, bottom - up), (x + t, bottom - up), -7, d.saying.length(self.say(self.t)))
        true = math.hypot(run, rise) / k
        value = round(true * 2) / 2 if not self.house.inch else round(true / 1.5875) * 1.5875
        d.along(c, a, -9, d.saying.plain(self.say(value)))
        d.sweep(
            a[0], a[1], min(14, run * 0.8 + 6), 180, 180 + self.slant, d.saying.angle(self.slant)
        )
        hx = x + b * 0.82
        for dx in (-self.hole * k / 2, self.hole * k / 2):
            d.sheet.hidden((hx + dx, bottom), (hx + dx, bottom - t))
        d.sheet.axis((hx, bottom + 3), (hx, bottom - t - 3))
        self._extras(d, x, bottom, k, hx)
        self._side(d, x + b + 52, bottom, k)

    def _extras(self, d, x, bottom, k, hx):
        t = self.t * k
        if self.house.gdt:
            d.datum(x + self.base * k * 0.2, bottom, "A")
            d.frame(hx - 2, bottom - t - 24, [["∠", d.saying.tolerance_zone(), "A"]])
        d.finish(x + self.base * k * 0.66, bottom - t, d.saying.roughness())

    def _side(self, d, x, bottom, k):
        depth, up, t, r = self.depth * k, self.high * k, self.t * k, self.hole * k / 2
        d.sheet.outline(
            (x, bottom), (x + depth, bottom), (x + depth, bottom - up), (x, bottom - up)
        )
        d.sheet.line((x, bottom - t), (x + depth, bottom - t), width=self.house.thick)
        cx, cy = x + depth / 2, bottom - up * 0.68
        d.sheet.circle(cx, cy, r)
        d.sheet.centre(cx, cy, r)
        d.along((x, bottom), (x + depth, bottom), 10, d.saying.length(self.say(self.depth)))
        d.along(
            (x + depth, bottom),
            (x + depth, cy),
            14,
            d.saying.length(
                self.say(round(self.high * 0.68, 1) if not self.house.inch else self.high * 0.68)
            ),
        )
        d.leader(
            (cx + r * 0.7, cy - r * 0.7),
            (x - 3, bottom - up - 8),
            d.saying.hole(self.say(self.hole), self.rng.choice([1, 2])),
        )


class Sleeve(Part):
    """A bushing in section, with a detail."""

    around = (120, 78)

    def shape(self):
        self.outer, self.long = self.pick(36, 70), self.pick(34, 70)
        self.bore, self.deep = self.pick(self.outer * 0.55, self.outer * 0.7), self.pick(12, 18)
        self.core, self.bevel = self.pick(self.outer * 0.3, self.outer * 0.42), 1.0
        if self.house.inch:
            self.bevel = 0.8

    def extent(self):
        return self.outer * 1.1, self.long

    def draw(self, d, area, k):
        x0, y0, w, h = area
        x, y = x0 + w * 0.36, y0 + (h - self.long * k) / 2
        sheet, r, b, c = d.sheet, self.outer * k / 2, self.bore * k / 2, self.core * k / 2
        long, deep, e = self.long * k, self.deep * k, self.bevel * k
        for s in (1, -1):
            points = [
                (x + s * b, y),
                (x + s * (r - e), y),
                (x + s * r, y + e),
                (x + s * r, y + long),
                (x + s * c, y + long),
                (x + s * c, y + deep),
                (x + s * b, y + deep),
            ]
            sheet.hatch(points, 3)
            sheet.outline(*points)
        sheet.line((x - b, y), (x + b, y), width=self.house.thick)
        sheet.line((x - c, y + long), (x + c, y + long), width=self.house.thick)
        sheet.line((x - c, y + deep), (x + c, y + deep), width=self.house.thick)
        sheet.axis((x, y - 5), (x, y + long + 5))
        self.anchor = (x - r + 2, y + long * 0.3)
        d.along((x - b, y), (x + b, y), -10, d.saying.diameter(self.say(self.bore)))
        d.along((x - c, y + long), (x + c, y + long), 9, d.saying.diameter(self.say(self.core)))
        d.along((x - r, y + long), (x + r, y + long), 20, d.saying.diameter(self.say(self.outer)))
        d.along((x - r, y), (x - r, y + long), 12, d.saying.length(self.say(self.long)))
        d.along((x + r, y + deep), (x + r, y), 9, d.saying.length(self.say(self.deep)))
        d.leader(
            (x + r - e / 2, y + e / 2), (x + r + 22, y - 14), d.saying.chamfer(self.say(self.bevel))
        )
        if self.house.gdt:
            d.frame(
                x + r + 16,
                y + long * 0.55,
                [["◎", "Ø" + d.saying.tolerance_zone(), "A"]],
                (x + r, y + long * 0.7),
            )
            d.datum(x - r * 0.7, y + long, "A")
        else:
            sheet.line((x + r, y + long), (x + r + 24, y + long))
            d.finish(x + r + 9, y + long, d.saying.roughness())
        self._detail(d, x0 + w - 38, y0 + max(20, h * 0.22), k)

    def _detail(self, d, x, y, k):
        sheet, r = d.sheet, 15
        sheet.circle(x, y, r, self.house.thin)
        sheet.outline((x - r, y + 5), (x - 2, y + 5), (x + 3, y), (x + r * 0.97, y), closed=False)
        sheet.hatch(
            [
                (x - 13, y + 7),
                (x - 2, y + 5),
                (x + 3, y),
                (x + 14, y),
                (x + 9, y + 11),
                (x - 9, y + 11),
            ],
            2.6,
        )
        d.round((x + 8, y), 55, d.saying.radius(self.say(self.rng.choice([0.3, 0.5, 1.0, 1.5]))))
        d.view(x, y + r + 8, *self.house.words["detail"])


FAMILIES = [Shaft, Flange, Plate, Bracket, Sleeve]
