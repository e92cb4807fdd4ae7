# SPDX-License-Identifier: MIT
"""Pictures of single lines of lettering as they come off a drawing, ready for the model.

A line is written large, made as small as lettering is on a page, spoilt as pages are (blur, noise,
JPEG, scan thresholds, rules and arrows that touch it), and brought to the height that the reader
gives to lines: what the reader does in csrc/reader/lettering.c, with the inaccuracy it has.
"""
import io
import random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

import glyphs
import texts

HEIGHT = 32  # pixels of a line for the model
WIDEST = 640


def chance(p):
    return random.random() < p


def slanted(mask):
    angle = random.uniform(-0.05, 0.3)
    shift = angle * mask.height
    return mask.transform((mask.width + int(abs(shift)) + 1, mask.height), Image.AFFINE,
                          (1, angle, -max(0, shift), 0, 1, 0), Image.BILINEAR)


def shrink(mask, cap):
    """To the size of a page, by the share of ink in each pixel."""
    factor = cap / glyphs.CAP
    width = max(2, round(mask.width * factor * random.uniform(0.82, 1.18)))
    return mask.resize((width, max(4, round(mask.height * factor))), Image.BOX)


def ink_box(mask):
    return mask.point(lambda v: 255 if v > 60 else 0).getbbox()


def clutter(page, box, cap):
    """Rules, arrows, leaders and neighbours that a crop takes along."""
    draw = ImageDraw.Draw(page)
    x0, y0, x1, y1 = box
    width = random.choice([1, 1, 2, 2, 3])
    for _ in range(random.choice([1, 1, 2, 3])):
        kind = random.randrange(8)
        if kind == 0:  # a dimension line below or above
            y = random.choice([y1 + random.randint(1, max(2, cap // 3)), y0 - random.randint(1, max(2, cap // 3))])
            draw.line([(0, y), (page.width, y + random.choice([0, 0, 1]))], fill=255, width=width)
        elif kind == 1:  # an extension line or the wall of a cell beside it
            x = random.choice([x0 - random.randint(2, cap), x1 + random.randint(2, cap)])
            draw.line([(x, random.choice([0, y0])), (x, page.height)], fill=255, width=width)
        elif kind == 2:  # a line across
            draw.line([(random.uniform(x0, x1), 0), (random.uniform(x0, x1), page.height)], fill=255, width=1)
        elif kind == 3:
            y = random.uniform(y0, y1)
            draw.line([(0, y), (page.width, y)], fill=255, width=1)
        elif kind == 4:  # an arrow head that points here
            x, y = random.choice([x0 - cap * 0.7, x1 + cap * 0.7]), (y0 + y1) / 2
            away = random.choice([-1, 1]) * cap * 0.9
            draw.polygon([(x, y), (x + away, y - cap * 0.15), (x + away, y + cap * 0.15)], fill=255)
        elif kind == 5:  # the walls of a cell
            gap = random.randint(2, max(3, cap // 2))
            draw.rectangle([x0 - gap, y0 - gap, x1 + gap, y1 + gap], outline=255, width=width)
        elif kind == 6:  # the next line of text, cut off
            other = glyphs.write(glyphs.random_pen(), random.choice(texts.WORDS))
            if other:
                other = shrink(other, cap)
                y = random.choice([y1 + cap // 4, y0 - other.height - cap // 6 + int(cap * 0.6)])
                page.paste(255, (random.randint(0, max(1, x1)), int(y)), other)
        else:  # a leader
            draw.line([(x0 - cap, y1 + random.randint(-cap, cap)), (x0 - 2, (y0 + y1) / 2)], fill=255, width=width)


def only_clutter():
    """Ink that is no lettering: hatching, arrows, arcs, corners of outlines."""
    side = random.randint(12, 60)
    page = Image.new("L", (int(side * random.uniform(0.4, 4)) + 8, side), 0)
    draw = ImageDraw.Draw(page)
    width = random.choice([1, 1, 2, 2, 3, 4])
    w, h = page.size
    for _ in range(random.randint(1, 5)):
        kind = random.randrange(7)
        a, b = (random.uniform(0, w), random.uniform(0, h)), (random.uniform(0, w), random.uniform(0, h))
        if kind == 0:
            draw.line([a, b], fill=255, width=width)
        elif kind == 1:
            step = random.randint(3, 12)
            for x in range(-h, w, step):
                draw.line([(x, h), (x + h, 0)], fill=255, width=1)
        elif kind == 2:
            r = random.uniform(h * 0.3, h * 2)
            draw.arc([a[0] - r, a[1] - r, a[0] + r, a[1] + r], random.randint(0, 360), random.randint(0, 360), fill=255, width=width)
        elif kind == 3:
            l = random.uniform(6, h)
            draw.polygon([a, (a[0] + l, a[1] - l * 0.18), (a[0] + l, a[1] + l * 0.18)], fill=255)
        elif kind == 4:
            y = random.uniform(0, h)
            draw.line([(0, y), (w, y)], fill=255, width=width)
        elif kind == 5:
            x = random.uniform(0, w)
            draw.line([(x, 0), (x, h)], fill=255, width=width)
        else:
            draw.rectangle([*map(min, a, b), *map(max, a, b)], outline=255, width=width)
    return page, (0, 0, w, h)


def spoil(page):
    """Ink mask to grey page: ink colour, blur, noise, JPEG, thresholds."""
    ink, paper = random.choice([0, 0, random.randint(0, 90), random.randint(60, 165)]), random.choice([255, 255, random.randint(205, 255)])
    grey = Image.fromarray((paper - np.asarray(page, np.float32) / 255 * (paper - min(ink, paper - 60))).astype(np.uint8))
    if chance(0.45):
        grey = grey.filter(ImageFilter.GaussianBlur(random.uniform(0.2, 1.1)))
    if chance(0.3):
        noise = np.random.normal(0, random.uniform(1, 16), (grey.height, grey.width))
        grey = Image.fromarray(np.clip(np.asarray(grey, np.float32) + noise, 0, 255).astype(np.uint8))
    if chance(0.12):
        limit = random.randint(120, 215)
        grey = grey.point(lambda v: 255 if v > limit else 0)
    if chance(0.35):
        packed = io.BytesIO()
        grey.save(packed, "JPEG", quality=random.randint(30, 92))
        grey = Image.open(packed).convert("L")
    return grey


def stretch(grey):
    """Ink to 1, paper to 0, by the lightest and darkest parts of the line itself."""
    values = np.asarray(grey, np.float32)
    dark, light = np.percentile(values, 1), np.percentile(values, 90)
    return np.clip((light - values) / max(40, light - dark), 0, 1)


def normal(grey, box):
    """The crop at the model's height, with the margins that the finder of lines leaves."""
    x0, y0, x1, y1 = box
    h = max(3, y1 - y0)
    top, bottom = y0 - h * random.uniform(0.1, 0.42), y1 + h * random.uniform(0.1, 0.42)
    left, right = x0 - h * random.uniform(0.08, 0.6), x1 + h * random.uniform(0.08, 0.6)
    width = int(min(WIDEST, max(12, round((right - left) * HEIGHT / (bottom - top)))))
    paper = int(np.percentile(np.asarray(grey), 90))
    room = Image.new("L", (grey.width + 4 * h, grey.height + 4 * h), paper)
    room.paste(grey, (2 * h, 2 * h))
    return room.resize((width, HEIGHT), Image.BILINEAR if chance(0.5) else Image.BOX,
                       (left + 2 * h, top + 2 * h, right + 2 * h, bottom + 2 * h))


def written(text):
    """A page with the text and the box of its ink; None where the pen lacks a sign."""
    mask = glyphs.write(glyphs.random_pen(), text)
    if mask is None:
        return None
    if chance(0.3):
        mask = slanted(mask)
    cap = random.choice([random.randint(10, 16), random.randint(14, 24), random.randint(18, 34)])
    mask = shrink(mask, cap)
    margin = cap
    page = Image.new("L", (mask.width + 2 * margin, mask.height + 2 * margin), 0)
    page.paste(mask, (margin, margin))
    if chance(0.2):
        page = page.rotate(random.uniform(-2.5, 2.5), Image.BILINEAR)
    box = ink_box(page)
    if box is None:
        return None
    if chance(0.4):
        clutter(page, box, cap)
    return page, box


def sample():
    """(picture of HEIGHT rows with ink as 0 to 1, text)."""
    while True:
        text = texts.line()
        made = written(text) if text else only_clutter()
        if made is None:
            continue
        page, box = made
        grey = normal(spoil(page), box)
        return stretch(grey), text


def sheet(path, columns=6, rows=24):
    """Writes examples to look at."""
    canvas = Image.new("L", (columns * 260, rows * 40), 200)
    for i in range(columns * rows):
        picture, _ = sample()
        canvas.paste(Image.fromarray((255 - picture * 255).astype(np.uint8)).crop((0, 0, 255, HEIGHT)), (i % columns * 260, i // columns * 40))
    canvas.save(path)


if __name__ == "__main__":
    sheet("build/lettering-samples.png")
