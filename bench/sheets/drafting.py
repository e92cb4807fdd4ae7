# SPDX-License-Identifier: MIT
"""What a draughtsman adds to an outline: dimensions, leaders, frames, finish signs, labels."""

import math


def _unit(a, b):
    length = math.hypot(b[0] - a[0], b[1] - a[1])
    return ((b[0] - a[0]) / length, (b[1] - a[1]) / length), length


class Drafting:
    def __init__(self, sheet, saying):
        self.sheet, self.saying, self.house = sheet, saying, sheet.house
        self.labels, self.rng = sheet.labels, saying.rng

    # Arrows and text -----------------------------------------------------------------------------
    def arrow(self, tip, direction):
        """`direction` points from the shaft to the tip."""
        sheet, length = self.sheet, self.house.arrow
        dx, dy = direction
        base = (tip[0] - dx * length, tip[1] - dy * length)
        half = length * self.house.arrow_width
        a = (base[0] - dy * half, base[1] + dx * half)
        b = (base[0] + dy * half, base[1] - dx * half)
        grey = self.house.grey
        if self.house.arrows == "tick":
            s = length * 0.5
            sheet.line((tip[0] - s, tip[1] + s), (tip[0] + s, tip[1] - s), width=0.35, grey=grey)
        elif self.house.arrows == "open":
            sheet.line(a, tip, b, grey=grey)
        else:
            sheet.line(a, tip, b, fill=True, grey=grey)

    def _line(self, *points):
        self.sheet.line(*points, grey=self.house.grey)

    def _put(self, x, y, callout, angle=0.0, align="centre"):
        """Lines of a call-out above a base line; the last line stands on it."""
        size, lead = self.house.size, 1.6 * self.house.size
        turn = math.radians(angle)
        for index, markup in enumerate(callout.lines):
            up = (len(callout.lines) - 1 - index) * lead
            px, py = x + up * math.sin(turn), y - up * math.cos(turn)
            width = self.sheet.write(px, py, markup, size, angle, align, self.house.grey)
            if callout.boxed:
                self._box(px, py, width, size, angle, align)
        callout.record(self.labels)

    def _box(self, x, y, width, size, angle, align):
        ctx = self.sheet.ctx
        ctx.save()
        ctx.translate(x, y)
        ctx.rotate(math.radians(angle))
        left = {"left": 0, "centre": -width / 2, "right": -width}[align]
        self.sheet.rectangle(left - 0.9, -size - 0.8, width + 1.8, size + 1.6, grey=self.house.grey)
        ctx.restore()

    # Dimensions ----------------------------------------------------------------------------------
    def along(self, a, b, offset, callout):
        """A dimension from a to b, `offset` mm to the left of the way from a to b (y is down, so
        a positive offset of a way to the right lies below)."""
        (dx, dy), length = _unit(a, b)
        nx, ny = -dy, dx
        p = (a[0] + nx * offset, a[1] + ny * offset)
        q = (b[0] + nx * offset, b[1] + ny * offset)
        sign = 1 if offset > 0 else -1
        for start, end in ((a, p), (b, q)):
            self._line(
                (start[0] + nx * sign * 0.8, start[1] + ny * sign * 0.8),
                (end[0] + nx * sign * 1.6, end[1] + ny * sign * 1.6),
            )
        angle = math.degrees(math.atan2(dy, dx))
        if angle > 90 or angle <= -90:
            angle += 180 if angle <= -90 else -180
        if abs(angle - 90) < 1e-6:
            angle = -90
        width = max(self.sheet.width_of(m, self.house.size) for m in callout.lines)
        self._lay(p, q, (dx, dy), length, width, angle, callout)

    def _lay(self, p, q, way, length, width, angle, callout):
        dx, dy = way
        gap = 1.0
        middle = ((p[0] + q[0]) / 2, (p[1] + q[1]) / 2)
        inside = length > width + 2 * self.house.arrow + 1.5
        if self.house.horizontal:
            self._lay_horizontal(p, q, way, length, width, middle, callout)
            return
        turn = math.radians(angle)
        up = (math.sin(turn) * gap, -math.cos(turn) * gap)
        if inside:
            self._line(p, q)
            self.arrow(p, (-dx, -dy))
            self.arrow(q, (dx, dy))
            self._put(middle[0] + up[0], middle[1] + up[1], callout, angle)
            return
        # No room: arrows from outside, the text on the line drawn on.
        out = 2.4 * self.house.arrow
        ahead = 1 if math.cos(turn) * dx + math.sin(turn) * dy > 0 else -1
        far = q if ahead > 0 else p
        tail = (far[0] + math.cos(turn) * (out + width), far[1] + math.sin(turn) * (out + width))
        near = (
            (p[0] - dx * out, p[1] - dy * out) if ahead > 0 else (q[0] + dx * out, q[1] + dy * out)
        )
        self._line(near, tail)
        self.arrow(p, (dx, dy))
        self.arrow(q, (-dx, -dy))
        x = far[0] + math.cos(turn) * out + up[0]
        y = far[1] + math.sin(turn) * out + up[1]
        self._put(x, y, callout, angle, "left")

    def _lay_horizontal(self, p, q, way, length, width, middle, callout):
        """ASME: all lettering upright, in a gap of the line."""
        dx, dy = way
        size = self.house.size
        tall = size * (2.4 if any(c in "".join(callout.lines) for c in "{<") else 1.5)
        need = abs(dx) * width + abs(dy) * tall + 2
        if length > need + 2 * self.house.arrow + 1:
            for end, s in ((p, -1), (q, 1)):
                self._line(end, (middle[0] + s * dx * need / 2, middle[1] + s * dy * need / 2))
                self.arrow(end, (s * dx, s * dy))
            self._put(middle[0], middle[1] + size / 2, callout)
            return
        out = 2.2 * self.house.arrow
        for end, s in ((p, 1), (q, -1)):
            self._line((end[0] - s * dx * out, end[1] - s * dy * out), end)
            self.arrow(end, (s * dx, s * dy))
        far = q if dx > 0.5 or dy < 0 else p
        s = 1 if far is q else -1
        x, y = far[0] + s * dx * (out + 1), far[1] + s * dy * (out + 1)
        if abs(dx) > 0.5:
            self._put(x, y + size / 2, callout, 0, "left")
        else:
            self._put(x, y - 0.5, callout)

    def ordinates(self, origin, stops, direction, callouts):
        """Dimensions from one zero; `direction` is "x" (stops to the right) or "y" (upwards)."""
        for stop, callout in zip(stops, callouts):
            if direction == "x":
                x = origin[0] + stop
                self._line((x, origin[1] + 1), (x, origin[1] + 8))
                self._put(x + self.house.size / 2, origin[1] + 9, callout, -90, "right")
            else:
                y = origin[1] - stop
                self._line((origin[0] - 1, y), (origin[0] - 8, y))
                self._put(origin[0] - 9, y + self.house.size / 2, callout, 0, "right")

    def sweep(self, x, y, radius, start, end, callout):
        """An angle between two rays, in degrees (clockwise from the right)."""
        self.sheet.circle(x, y, radius, self.house.thin, (), start, end, self.house.grey)
        for at, sign in ((start, -1), (end, 1)):
            turn = math.radians(at)
            tip = (x + radius * math.cos(turn), y + radius * math.sin(turn))
            self.arrow(tip, (-math.sin(turn) * sign, math.cos(turn) * sign))
        middle = math.radians((start + end) / 2)
        far = radius + (1.2 if not self.house.horizontal else 2.5)
        tx, ty = x + far * math.cos(middle), y + far * math.sin(middle)
        if self.house.horizontal:
            self._put(tx, ty + self.house.size / 2, callout, 0, "left")
        else:
            angle = (start + end) / 2 + 90
            angle = (angle + 90) % 180 - 90
            lift = 0 if math.sin(middle) < 0 else self.house.size
            self._put(tx + lift * math.cos(middle), ty + lift * math.sin(middle), callout, angle)

    # Leaders -------------------------------------------------------------------------------------
    def slanted(self, tip, angle, callout, through=0.0):
        """Lettering along a slanted leader (angle upwards from the right, degrees)."""
        width = max(self.sheet.width_of(m, self.house.size) for m in callout.lines)
        turn = math.radians(-angle)
        way = (math.cos(turn), math.sin(turn))
        free = 5.0
        end = (tip[0] + way[0] * (free + width + 1), tip[1] + way[1] * (free + width + 1))
        start = (tip[0] - way[0] * through, tip[1] - way[1] * through)
        self._line(start, end)
        self.arrow(tip, (-way[0], -way[1]))
        if through:
            self.arrow(start, way)
        flip = 180 if way[0] < 0 else 0
        text_angle = -angle + flip
        up = math.radians(text_angle)
        at = free if not flip else free + width
        x = tip[0] + way[0] * at + math.sin(up) * 1.0
        y = tip[1] + way[1] * at - math.cos(up) * 1.0
        self._put(x, y, callout, text_angle, "left")

    def leader(self, tip, elbow, callout):
        """An arrow to the tip, an elbow, and the lettering on a shelf."""
        (dx, dy), _ = _unit(elbow, tip)
        width = max(self.sheet.width_of(m, self.house.size) for m in callout.lines)
        side = 1 if elbow[0] >= tip[0] else -1
        shelf = self.house.shelf
        long = width + 2 if shelf == "under" else 4
        self._line(tip, elbow, (elbow[0] + side * long, elbow[1]))
        self.arrow(tip, (dx, dy))
        if shelf == "under":
            self._put(elbow[0] + side * (long / 2), elbow[1] - 1.0, callout)
        else:
            down = self.house.size / 2 + (len(callout.lines) - 1) * 0.8 * self.house.size
            self._put(
                elbow[0] + side * (long + 1),
                elbow[1] + down,
                callout,
                0,
                "left" if side > 0 else "right",
            )

    def round(self, tip, angle, callout):
        """A radius or diameter as this house places it."""
        if self.house.slanted:
            self.slanted(tip, angle, callout)
        else:
            turn = math.radians(-angle)
            self.leader(tip, (tip[0] + 11 * math.cos(turn), tip[1] + 11 * math.sin(turn)), callout)

    # Frames, datums, finish
    def frame(self, x, y, rows, tip=None):
        """Feature control frames, one under the other; x, y is the top left corner."""
        size = self.house.size
        tall = 2 * size
        for index, cells in enumerate(rows):
            left, top = x, y + index * tall
            for cell in cells:
                wide = self.sheet.width_of(cell, size) + 1.2 * size
                self.sheet.rectangle(left, top, wide, tall)
                self.sheet.write(left + wide / 2, top + tall * 0.72, cell, size, 0, "centre")
                left += wide
            self.labels.gdt.append("|".join(cells).replace("∥", "//"))
        if tip:
            base = (x, y + tall / 2) if tip[0] < x else (x + 2, y + tall * len(rows))
            if tip[0] >= x and tip[1] < y:
                base = (x + 2, y)
            self.sheet.line(base, tip)
            self.arrow(tip, _unit(base, tip)[0])

    def frame_width(self, cells):
        return sum(self.sheet.width_of(c, self.house.size) + 1.2 * self.house.size for c in cells)

    def datum(self, x, y, letter, down=True):
        """A datum triangle on a line at x, y, its letter in a box."""
        s, size = (1 if down else -1), self.house.size
        self.sheet.line((x - 1.6, y), (x + 1.6, y), (x, y + s * 2.6), fill=True)
        self.sheet.line((x, y), (x, y + s * 6))
        top = y + s * 6 if down else y - 6 - 2 * size
        self.sheet.rectangle(x - size, top, 2 * size, 2 * size)
        self.sheet.write(x, top + 1.5 * size, letter, size, 0, "centre")
        self.labels.datums.append(letter)

    def finish(self, x, y, text, machined=True, scale=1.0, record=True):
        """A surface sign with its point at x, y."""
        size = self.house.size * scale
        h = 1.4 * size
        self.sheet.line((x - h * 0.58, y - h), (x, y), (x + 2 * h * 0.58, y - 2 * h))
        if machined:
            self.sheet.line((x - h * 0.58, y - h), (x + h * 0.58, y - h))
        bare = text[0].isdigit()
        width = self.sheet.width_of(text, size)
        if bare:
            self.sheet.write(x - h * 0.1, y - h - 0.8, text, size, 0, "right")
        else:
            self.sheet.line(
                (x + 2 * h * 0.58, y - 2 * h), (x + 2 * h * 0.58 + width + 2, y - 2 * h)
            )
            self.sheet.write(x + 2 * h * 0.58 + 0.6, y - 2 * h + 1.35 * size, text, size)
        if record:
            self.labels.roughness.append(text)

    # Labels of views
    def view(self, x, y, *lines):
        size = self.house.size * 1.4
        for index, line in enumerate(lines):
            self.sheet.write(x, y + index * size * 1.5, line, size, 0, "centre")
        self.labels.views.append(" ".join(lines))

    def cutting(self, a, b, letter, side=1):
        """A cutting line from a to b (upright), arrows and letters at its ends."""
        size = self.house.size * 1.4
        self.sheet.axis(a, b)
        for x, y in (a, b):
            self.sheet.line((x, y - 3), (x, y + 3), width=0.6)
            self.sheet.line((x, y), (x + side * 7, y))
            self.arrow((x + side * 7, y), (side, 0))
            self.sheet.write(x + side * 3.5, y - 1.5, letter, size, 0, "centre")
            self.labels.text.append(letter)

    def balloon(self, tip, at, number):
        r = self.house.size * 1.5
        (dx, dy), _ = _unit(at, tip)
        self.sheet.circle(at[0], at[1], r, self.house.thin)
        self.sheet.line((at[0] + dx * r, at[1] + dy * r), tip)
        self.sheet.circle(tip[0], tip[1], 0.4, 0.5)
        self.sheet.write(at[0], at[1] + self.house.size / 2, str(number), None, 0, "centre")
        self.labels.ignore_numbers.append(str(number))
