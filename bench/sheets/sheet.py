# SPDX-License-Identifier: MIT
"""One sheet: a PDF page in mm (y downwards), its inks, and the labels of what was put on it."""

import math

import cairo

import lettering

MM = 72 / 25.4


class Labels:
    """What stands on the sheet, in the format of labelled drawings."""

    LISTS = (
        "dimensions",
        "threads",
        "tolerances",
        "gdt",
        "datums",
        "roughness",
        "notes",
        "views",
        "text",
        "ignore_numbers",
    )

    def __init__(self):
        self.title_block = {}
        for name in self.LISTS:
            setattr(self, name, [])
        self.bill, self.revisions = [], []

    def as_dict(self):
        return {
            "title_block": self.title_block,
            **{name: getattr(self, name) for name in self.LISTS},
            "bill_of_material": self.bill,
            "revisions": self.revisions,
        }


class Sheet:
    def __init__(self, path, width, height, house):
        self.width, self.height, self.house = width, height, house
        self.labels = Labels()
        surface = cairo.PDFSurface(str(path), width * MM, height * MM)
        for key in (cairo.PDF_METADATA_CREATE_DATE, cairo.PDF_METADATA_MOD_DATE):
            surface.set_metadata(key, "2026-01-01T00:00:00Z")
        self.surface, self.ctx = surface, cairo.Context(surface)
        self.ctx.scale(MM, MM)
        self.ctx.set_source_rgb(1, 1, 1)
        self.ctx.paint()
        self.ctx.set_line_cap(cairo.LINE_CAP_ROUND)

    def close(self):
        self.ctx.show_page()
        self.surface.finish()

    # Lines -------------------------------------------------------------------------------------
    def pen(self, width, grey=0.0, dash=()):
        self.ctx.set_source_rgb(grey, grey, grey)
        self.ctx.set_line_width(width)
        self.ctx.set_dash(dash)

    def line(self, *points, width=None, grey=0.0, dash=(), fill=False, closed=False):
        self.pen(width or self.house.thin, grey, dash)
        self.ctx.move_to(*points[0])
        for point in points[1:]:
            self.ctx.line_to(*point)
        if closed or fill:
            self.ctx.close_path()
        (self.ctx.fill if fill else self.ctx.stroke)()
        self.ctx.set_dash(())

    def outline(self, *points, closed=True):
        self.line(*points, width=self.house.thick, closed=closed)

    def hidden(self, *points):
        self.line(*points, width=self.house.thin * 1.3, dash=(2.4, 1.1))

    def axis(self, *points):
        self.line(
            *points, width=self.house.thin, grey=self.house.axis_grey, dash=(7, 1.2, 0.8, 1.2)
        )

    def circle(self, x, y, r, width=None, dash=(), start=0, end=360, grey=0.0):
        self.pen(width or self.house.thick, grey, dash)
        self.ctx.new_sub_path()
        self.ctx.arc(x, y, r, math.radians(start), math.radians(end))
        self.ctx.stroke()
        self.ctx.set_dash(())

    def centre(self, x, y, r):
        self.axis((x - r - 3, y), (x + r + 3, y))
        self.axis((x, y - r - 3), (x, y + r + 3))

    def hatch(self, points, gap=2.4, angle=45):
        """Hatches a polygon."""
        ctx = self.ctx
        ctx.save()
        ctx.move_to(*points[0])
        for point in points[1:]:
            ctx.line_to(*point)
        ctx.close_path()
        ctx.clip()
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        reach = max(ys) - min(ys)
        slope = 1 if angle > 0 else -1
        self.pen(self.house.thin)
        x = min(xs) - reach
        while x < max(xs) + reach:
            ctx.move_to(x, max(ys))
            ctx.line_to(x + slope * reach, min(ys))
            x += gap
        ctx.stroke()
        ctx.restore()

    def rectangle(self, x, y, w, h, width=None, grey=0.0):
        self.line(
            (x, y), (x + w, y), (x + w, y + h), (x, y + h), width=width, grey=grey, closed=True
        )

    # Lettering ---------------------------------------------------------------------------------
    def width_of(self, markup, size, face=None):
        return lettering.markup_width(face or self.house.face, self.ctx, markup, size)

    def write(self, x, y, markup, size=None, angle=0.0, align="left", grey=0.0, face=None):
        """Writes on a base line that begins (or is centred, or ends) at x, y. Returns the width."""
        face, size = face or self.house.face, size or self.house.size
        width = lettering.markup_width(face, self.ctx, markup, size)
        self.pen(0.1, grey)
        self.ctx.save()
        self.ctx.translate(x, y)
        self.ctx.rotate(math.radians(angle))
        self.ctx.translate({"left": 0, "centre": -width / 2, "right": -width}[align], 0)
        lettering.draw_markup(face, self.ctx, markup, size)
        self.ctx.restore()
        return width

    def paragraph(self, x, y, text, size, wide, face=None, lead=1.65):
        """Writes a text in lines no wider than `wide`; returns where the next line begins."""
        words, line = text.split(), ""
        for word in words:
            longer = (line + " " + word).strip()
            if line and self.width_of(longer, size, face) > wide:
                self.write(x, y, line, size, face=face)
                y, line = y + lead * size, word
            else:
                line = longer
        self.write(x, y, line, size, face=face)
        return y + lead * size
