# SPDX-License-Identifier: MIT
"""What paper, glass and a cheap JPEG do to a drawing."""

import numpy
from PIL import Image, ImageFilter


def spoil(picture, seed, skew, blur, noise, quality, light):
    """A scan of the picture. `quality` is for whoever saves it."""
    rng = numpy.random.default_rng(seed)
    picture = picture.convert("L").rotate(skew, Image.BICUBIC, fillcolor=255)
    picture = picture.filter(ImageFilter.GaussianBlur(blur))
    ink = numpy.asarray(picture, dtype=numpy.float32)
    h, w = ink.shape
    # Uneven light, paper that is not white, ink that is not black.
    x, y = numpy.meshgrid(numpy.linspace(-1, 1, w), numpy.linspace(-1, 1, h))
    shade = 1 - light * (0.5 + 0.5 * numpy.sin(1.3 * x + 0.9 * y)) - light * 0.4 * x * x
    ink = (40 + ink * (205 / 255)) * shade
    ink += rng.normal(0, noise, ink.shape)
    specks = rng.random(ink.shape) < 0.00004
    ink[specks] = 60
    return Image.fromarray(numpy.clip(ink, 0, 255).astype(numpy.uint8))
