# SPDX-License-Identifier: MIT
"""Lettering as masks: outline fonts, stroke fonts of CAD programs, and signs drawn from strokes.

`random_pen()` gives a pen: one face with its slant, width and stroke. `pen.write(text)` gives the
text as a grey mask (255 is ink) whose capitals are CAP pixels high; parts that the face does not
have are drawn from strokes, as CAD programs do.
"""
import functools
import math
import os
import random
import re
import subprocess

import numpy as np
from PIL import Image, ImageDraw, ImageFont

CAP = 60  # pixels of a capital; lines are made smaller afterwards
TOP, BOTTOM = int(0.75 * CAP), int(0.75 * CAP)  # room above capitals and below the base line

# Families as often as drawings have them, not as often as they have faces.
OUTLINE_FAMILIES = [
    "osifont", "osifont", "URWGothic-(Book|Demi)", "URWGothic-(Book|Demi)", "NimbusSans-", "LiberationSans-", "LiberationSans-",
    "FreeSans", "routed-gothic", "DejaVuSans(-|Condensed|\\.)", "NimbusSansNarrow|LiberationSansNarrow", "Roboto-|RobotoCondensed",
    "OpenSans", "NotoSans-", "Carlito", "Mono", "Cantarell|Lato|Hack|Inconsolata", "Jura|Dosis|Quicksand|Comfortaa",
]
TOO_HEAVY = re.compile("Black|ExtraBold|Thin|ExtraLight")
STROKE_FACES = "iso iso3098 romans simplex standard OpenGostTypeA-Regular OpenGostTypeB-Regular unicode romand azomix kst32b".split()

# Signs on a square of 1 with the base line below: strokes of points, `c` circles, `d` discs.
SIGNS = {
    "↧": [[(.1, 1), (.9, 1)], [(.5, 1), (.5, 0)], [(.22, .32), (.5, 0), (.78, .32)]],
    "⌴": [[(0, .75), (0, 0), (1.1, 0), (1.1, .75)]],
    "⌵": [[(0, .9), (.55, 0), (1.1, .9)]],
    "⏤": [[(0, .5), (1.3, .5)]],
    "⏥": [[(0, .1), (.45, .9), (1.5, .9), (1.05, .1), (0, .1)]],
    "○": [("c", .5, .5, .48)],
    "⌭": [("c", .6, .5, .36), [(0, .02), (.42, 1)], [(.78, 0), (1.2, .98)]],
    "⌒": [("a", .6, .1, .6, 0, 180)],
    "⌓": [("a", .6, .1, .6, 0, 180), [(0, .1), (1.2, .1)]],
    "∠": [[(1.15, .05), (0, .05), (1, .85)]],
    "⟂": [[(0, .02), (1.1, .02)], [(.55, .02), (.55, 1)]],
    "∥": [[(0, 0), (.42, 1)], [(.42, 0), (.84, 1)]],
    "⌖": [("c", .5, .5, .32), [(-.06, .5), (1.06, .5)], [(.5, -.06), (.5, 1.06)]],
    "◎": [("c", .5, .5, .48), ("c", .5, .5, .26)],
    "⌯": [[(.1, .78), (1.1, .78)], [(0, .5), (1.2, .5)], [(.1, .22), (1.1, .22)]],
    "↗": [[(0, 0), (.8, .9)], [(.45, .78), (.8, .9), (.74, .52)]],
    "⌰": [[(0, 0), (.55, .9)], [(.3, .72), (.55, .9), (.56, .58)], [(.5, 0), (1.05, .9)], [(.8, .72), (1.05, .9), (1.06, .58)],
          [(0, 0), (.5, 0)]],
    "□": [[(0, .02), (.9, .02), (.9, .92), (0, .92), (0, .02)]],
    "√": [[(0, .4), (.3, 0), (1, 1.15)]],
    "Ø": [("c", .47, .5, .4), [(.06, -.04), (.88, 1.04)]],
    "°": [("c", .2, .82, .17)],
    "±": [[(.08, .55), (.82, .55)], [(.45, .9), (.45, .2)], [(.08, .02), (.82, .02)]],
}
for letter, sign in zip("MLP", "ⓂⓁⓅ"):
    SIGNS[sign] = [("c", .6, .45, .6), ("t", letter)]
ALWAYS_DRAWN = set("↧⌴⌵⏥⌭⌒⌓⟂∥⌖◎⌯↗⌰√ⓂⓁⓅ⏤○∠□")


def draw_strokes(draw, strokes, x, base, scale, width, letter=None):
    """Draws strokes of a unit square at x; `scale` pixels a unit."""
    def at(point):
        return x + point[0] * scale, base - point[1] * scale
    for stroke in strokes:
        if stroke[0] == "t":
            if letter:
                letter(stroke[1])
            continue
        if stroke[0] in ("c", "a"):
            cx, cy = at(stroke[1:3])
            r = stroke[3] * scale
            box = [cx - r - width / 2, cy - r - width / 2, cx + r + width / 2, cy + r + width / 2]
            first, last = (0, 360) if stroke[0] == "c" else (180 + stroke[4], 180 + stroke[5])
            draw.arc(box, first, last, fill=255, width=max(1, round(width)))
            continue
        points = [at(p) for p in stroke]
        draw.line(points, fill=255, width=max(1, round(width)), joint="curve")
        for px, py in (points[0], points[-1]):
            draw.ellipse([px - width / 2, py - width / 2, px + width / 2, py + width / 2], fill=255)


def extent(strokes):
    right = 0
    for stroke in strokes:
        if stroke[0] in ("c", "a"):
            right = max(right, stroke[1] + stroke[3])
        elif stroke[0] != "t":
            right = max(right, max(p[0] for p in stroke))
    return right


@functools.lru_cache(None)
def stroke_face(name):
    """Glyphs of a LibreCAD font: { sign: [polyline, …] } with capitals 9 units high."""
    found, current = {}, None
    spacing, word = 3.0, 6.75
    for raw in open(f"/usr/share/librecad/fonts/{name}.lff", encoding="utf-8", errors="replace"):
        text = raw.strip()
        if text.startswith("# LetterSpacing:"):
            spacing = float(text.split(":")[1])
        elif text.startswith("# WordSpacing:"):
            word = float(text.split(":")[1])
        elif text.startswith("["):
            current = chr(int(text[1:text.index("]")].lstrip("#"), 16))
            found[current] = []
        elif current and text.startswith("C") and re.fullmatch(r"C[0-9a-fA-F]+", text):
            found[current] += found.get(chr(int(text[1:], 16)), [])
        elif current and text and text[0] in "-0123456789.":
            found[current].append(polyline(text) or [(0, 0)])
    return found, spacing, word


POINT = re.compile(r"(-?[\d.]+),(-?[\d.]+)(?:,?A(-?[\d.]+))?")


def polyline(text):
    points = []
    for x, y, bulge in POINT.findall(text):
        point = float(x), float(y)
        points += arc(points[-1], point, float(bulge)) if bulge and points else [point]
    return points


def arc(start, end, bulge):
    """Points of an arc behind its start; bulge is the tangent of a quarter of its angle."""
    angle = 4 * math.atan(bulge)
    dx, dy = end[0] - start[0], end[1] - start[1]
    chord = math.hypot(dx, dy)
    if chord == 0 or abs(angle) < 1e-6:
        return [end]
    radius = chord / 2 / math.sin(angle / 2)
    height = radius * math.cos(angle / 2)
    cx, cy = (start[0] + end[0]) / 2 - dy / chord * height, (start[1] + end[1]) / 2 + dx / chord * height
    first = math.atan2(start[1] - cy, start[0] - cx)
    steps = max(2, int(abs(angle) / 0.2))
    return [(cx + abs(radius) * math.cos(first + angle * i / steps), cy + abs(radius) * math.sin(first + angle * i / steps))
            for i in range(1, steps + 1)]


@functools.lru_cache(None)
def outline_faces(family):
    paths = subprocess.run(["fc-list", "--format", "%{file}\n"], capture_output=True, text=True, check=True).stdout.split("\n")
    return sorted({p for p in paths if re.search(family, os.path.basename(p)) and p.endswith((".ttf", ".otf"))
                   and not TOO_HEAVY.search(p)})


@functools.lru_cache(200)
def outline_font(path):
    font = ImageFont.truetype(path, 100)
    box = font.getbbox("H")
    font = ImageFont.truetype(path, max(8, round(100 * CAP / max(1, box[3] - box[1]))))
    missing = font.getmask("\U0010fffd").getbbox(), bytes(font.getmask("\U0010fffd"))
    return font, missing


@functools.lru_cache(20000)
def has_glyph(path, sign):
    font, missing = outline_font(path)
    mask = font.getmask(sign)
    return sign == " " or (mask.getbbox() is not None and (mask.getbbox(), bytes(mask)) != missing)


class OutlinePen:
    def __init__(self, path):
        self.path, (self.font, _) = path, outline_font(path)
        stem = np.asarray(self.text_mask("l"))
        self.stroke = max(3, (stem > 127).sum() / max(1, (stem.max(axis=1) > 127).sum()))

    def text_mask(self, text):
        box = self.font.getbbox(text, anchor="ls")
        picture = Image.new("L", (max(1, box[2] + 8), TOP + CAP + BOTTOM), 0)
        ImageDraw.Draw(picture).text((max(0, -box[0]), TOP + CAP), text, font=self.font, fill=255, anchor="ls")
        return picture

    def knows(self, sign):
        return sign not in ALWAYS_DRAWN and has_glyph(self.path, sign)

    def run(self, text):
        picture = self.text_mask(text)
        width = max(2, int(self.font.getlength(text)))
        return picture.crop((0, 0, max(width, picture.getbbox()[2] if picture.getbbox() else 1), picture.height))

    def letter(self, draw, sign, x, base):
        small = self.font.font_variant(size=max(8, int(self.font.size * 0.68)))
        draw.text((x, base), sign, font=small, fill=255, anchor="ms")


class StrokePen:
    def __init__(self, name):
        self.glyphs, self.spacing, self.word = stroke_face(name)
        self.unit = CAP / 9
        self.stroke = CAP * random.uniform(0.07, 0.2)

    def knows(self, sign):
        return sign == " " or (sign not in ALWAYS_DRAWN and bool(self.glyphs.get(sign)))

    def run(self, text):
        x, pieces = self.stroke, []
        for sign in text:
            lines = self.glyphs.get(sign) or []
            points = [p for line in lines for p in line]
            if points:
                left = min(0, min(p[0] for p in points))
                pieces += [[(x + (p[0] - left) * self.unit, TOP + CAP - p[1] * self.unit) for p in line] for line in lines]
                x += (max(p[0] for p in points) - left + max(self.spacing, 1.2)) * self.unit
            else:
                x += self.word * self.unit
        picture = Image.new("L", (int(x) + 2, TOP + CAP + BOTTOM), 0)
        draw = ImageDraw.Draw(picture)
        for piece in pieces:
            self.polyline(draw, piece)
        return picture

    def polyline(self, draw, points):
        half = self.stroke / 2
        draw.line(points, fill=255, width=max(1, round(self.stroke)), joint="curve")
        for x, y in (points[0], points[-1]):
            draw.ellipse([x - half, y - half, x + half, y + half], fill=255)

    def letter(self, draw, sign, x, base):
        lines = self.glyphs.get(sign) or []
        points = [p for line in lines for p in line]
        if points:
            middle = (min(p[0] for p in points) + max(p[0] for p in points)) / 2
            for line in lines:
                self.polyline(draw, [(x + (p[0] - middle) * self.unit * 0.68, base - p[1] * self.unit * 0.68) for p in line])


def sign_mask(pen, sign):
    strokes = SIGNS[sign]
    scale = CAP * random.uniform(0.85, 1.25 if sign in "ⓂⓁⓅ⌖◎⏥" else 1.1)
    width = pen.stroke * random.uniform(0.7, 1.1)
    room = int(width) + 4
    picture = Image.new("L", (int(extent(strokes) * scale) + 2 * room + int(0.06 * scale), TOP + CAP + BOTTOM), 0)
    draw = ImageDraw.Draw(picture)
    base = TOP + CAP + (scale - CAP) / 2 * random.uniform(0, 1)
    draw_strokes(draw, strokes, room + (0.06 * scale if sign == "⌖" else 0), base, scale, width,
                 lambda letter: pen.letter(draw, letter, room + 0.6 * scale, base - 0.45 * scale + 0.34 * CAP))
    return picture


def drawn_instead(pen, sign):
    """CAD programs draw Ø, ° and ± in their own way even where the face has them."""
    return sign in SIGNS and (not pen.knows(sign) or (sign in "Ø°±" and random.random() < 0.5))


def write(pen, text):
    """The mask of a text, or None where the face lacks a sign that nobody can draw."""
    runs, current = [], ""
    for sign in text:
        if drawn_instead(pen, sign):
            if current:
                runs.append(pen.run(current))
            runs.append(sign_mask(pen, sign))
            current = ""
        elif pen.knows(sign):
            current += sign
        else:
            return None
    if current.strip():
        runs.append(pen.run(current))
    gap = random.choice([0, 0, int(0.1 * CAP), int(0.3 * CAP)])
    width = sum(r.width for r in runs) + gap * (len(runs) - 1)
    line = Image.new("L", (width, TOP + CAP + BOTTOM), 0)
    x = 0
    for run in runs:
        line.paste(run, (x, 0))
        x += run.width + gap
    return line


def random_pen():
    if random.random() < 0.35:
        return StrokePen(random.choice(STROKE_FACES))
    return OutlinePen(random.choice(outline_faces(random.choice(OUTLINE_FAMILIES))))
