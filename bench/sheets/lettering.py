# SPDX-License-Identifier: MIT
"""Lettering: a font (as text or as outlines) or strokes of Hershey's tables; sizes are heights of
capitals in mm. Markup: `{upper|lower}` is a small stack, `<upper|lower>` a stack of full size."""

import pathlib
import re
import unicodedata

import cairo

from signs import SIGNS

HERSHEY = pathlib.Path("/usr/share/hershey-fonts")
STACK = re.compile(r"([{<])([^|]*)\|([^|]*)[}>]")
SMALL = 0.62


def label_of(markup):
    """The call-out in one line, as it is written in labels."""

    def one(m):
        return (" " if m[1] == "{" else "") + m[2] + "/" + m[3]

    return STACK.sub(one, markup).strip()


class Font:
    """A font of the system. `outlines`: drawn as paths, so that a PDF holds no text."""

    def __init__(self, family, bold=False, width=1.0, slant=0.0, outlines=False, drawn=""):
        self.family, self.bold, self.width, self.slant = family, bold, width, slant
        self.outlines, self.drawn = outlines, set(drawn) | set("↧⌴⌵ⓂⓁ⌖◎○⌭⏤⏥⟂∠∥⌯⌒⌓↗⌰")

    def _use(self, ctx, size):
        ctx.select_font_face(
            self.family,
            cairo.FONT_SLANT_NORMAL,
            cairo.FONT_WEIGHT_BOLD if self.bold else cairo.FONT_WEIGHT_NORMAL,
        )
        ctx.set_font_size(100)
        capital = ctx.text_extents("H").height / 100
        scale = size / capital
        ctx.set_font_matrix(cairo.Matrix(scale * self.width, 0, self.slant * scale, scale, 0, 0))

    def advance(self, ctx, text, size):
        self._use(ctx, size)
        return ctx.text_extents(text).x_advance

    def draw(self, ctx, text, size):
        self._use(ctx, size)
        ctx.move_to(0, 0)
        if self.outlines:
            ctx.text_path(text)
            ctx.fill()
        else:
            ctx.show_text(text)


class Strokes:
    """One of Hershey's stroke fonts: what AutoCAD's SHX lettering looks like."""

    def __init__(self, name, width=1.0, slant=0.0, pen=0.12):
        self.width, self.slant, self.pen = width, slant, pen
        self.drawn = set(SIGNS)
        self.glyphs = self._load(HERSHEY / (name + ".jhf"))

    @staticmethod
    def _load(path):
        lines, glyphs = path.read_text(encoding="latin-1").split("\n"), []
        while lines:
            line = lines.pop(0)
            if not line.strip():
                continue
            pairs = int(line[5:8])
            while len(line) - 8 < 2 * pairs and lines:
                line += lines.pop(0)
            data = [(ord(line[i]) - 82, ord(line[i + 1]) - 82) for i in range(8, 8 + 2 * pairs, 2)]
            glyphs.append(data)
        return glyphs

    def _glyph(self, letter):
        plain = unicodedata.normalize("NFD", letter)[0]
        index = ord(plain) - 32
        return self.glyphs[index] if 0 <= index < len(self.glyphs) else self.glyphs[0]

    def advance(self, ctx, text, size):
        return sum(g[0][1] - g[0][0] for g in map(self._glyph, text)) * size / 21 * self.width

    def draw(self, ctx, text, size):
        x, unit = 0.0, size / 21
        for letter in text:
            glyph = self._glyph(letter)
            left, right = glyph[0]
            start = True
            for gx, gy in glyph[1:]:
                if (gx, gy) == (-50, 0):
                    start = True
                    continue
                px = x + (gx - left) * unit * self.width
                py = (gy - 9) * unit
                (ctx.move_to if start else ctx.line_to)(px - self.slant * py, py)
                start = False
            x += (right - left) * unit * self.width
        self._stroke(ctx, size)

    def _stroke(self, ctx, size):
        ctx.set_line_width(self.pen * size)
        ctx.stroke()


def pieces(face, text):
    """Runs of letters, and signs that must be drawn."""
    run = ""
    for letter in text:
        if letter in face.drawn and letter in SIGNS:
            if run:
                yield "text", run
            yield "sign", letter
            run = ""
        else:
            run += letter
    if run:
        yield "text", run


def plain_width(face, ctx, text, size):
    return sum(
        SIGNS[p][0] * size if kind == "sign" else face.advance(ctx, p, size)
        for kind, p in pieces(face, text)
    )


def _draw_sign(ctx, sign, size):
    ctx.set_line_width(0.1 * size)
    for line in SIGNS[sign][1]:
        ctx.move_to(line[0][0] * size, -line[0][1] * size)
        for x, y in line[1:]:
            ctx.line_to(x * size, -y * size)
    ctx.stroke()


def draw_plain(face, ctx, text, size):
    """Draws from the current origin and returns the width."""
    total = 0.0
    for kind, piece in pieces(face, text):
        ctx.save()
        ctx.translate(total, 0)
        if kind == "sign":
            _draw_sign(ctx, piece, size)
            total += SIGNS[piece][0] * size
        else:
            face.draw(ctx, piece, size)
            total += face.advance(ctx, piece, size)
        ctx.restore()
    return total


def parts(markup):
    """("plain", text) and ("stack", scale, upper, lower) in order."""
    at = 0
    for m in STACK.finditer(markup):
        if m.start() > at:
            yield "plain", markup[at : m.start()]
        yield "stack", (SMALL if m[1] == "{" else 1.0), m[2], m[3]
        at = m.end()
    if at < len(markup):
        yield "plain", markup[at:]


def markup_width(face, ctx, markup, size):
    total = 0.0
    for part in parts(markup):
        if part[0] == "plain":
            total += plain_width(face, ctx, part[1], size)
        else:
            small = size * part[1]
            gap = 0.35 * size if part[1] < 1 else 0
            total += gap + max(plain_width(face, ctx, t, small) for t in part[2:])
    return total


def draw_markup(face, ctx, markup, size):
    x = 0.0
    for part in parts(markup):
        ctx.save()
        if part[0] == "plain":
            ctx.translate(x, 0)
            x += draw_plain(face, ctx, part[1], size)
        else:
            small, full = size * part[1], part[1] == 1
            x += 0 if full else 0.35 * size
            widths = [plain_width(face, ctx, t, small) for t in part[2:]]
            for text, width, rise in zip(part[2:], widths, (1.5, 0) if full else (0.62, -0.42)):
                ctx.save()
                ctx.translate(x + max(widths) - width, -rise * size)
                draw_plain(face, ctx, text, small)
                ctx.restore()
            x += max(widths)
        ctx.restore()
    return x
