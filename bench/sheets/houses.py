# SPDX-License-Identifier: MIT
"""The houses: each draws like one CAD program or drawing office does, unlike the others."""

from dataclasses import dataclass, field

import title_blocks as blocks
from lettering import Font, Strokes


@dataclass
class House:
    name: str
    face: object  # lettering of the drawing
    block: object  # draws the title block
    block_face: object = None  # lettering of the block, if another
    languages: tuple = ("en",)
    papers: tuple = ("A4", "A3")
    formats: tuple = ("pdf", "png")
    size: float = 3.5  # height of capitals, mm
    thin: float = 0.18
    thick: float = 0.5
    grey: float = 0.0  # ink of dimensions, 0 is black
    axis_grey: float = 0.0
    arrow: float = 3.5
    arrow_width: float = 0.16
    arrows: str = "filled"  # filled, open or tick
    horizontal: bool = False  # all lettering upright (ASME)
    slanted: bool = True  # radii along their leader
    shelf: str = "under"  # leader's shelf under its text, or beside it
    decimal: str = ","
    decimals: object = None  # fixed number of decimals; None: as many as needed
    zero_decimals: object = 0
    inch: bool = False
    diameter: str = "Ø"
    times: str = "{}x "
    behind: str = ""  # "X": "R5 (X2)"
    gdt: bool = True
    capitals: bool = False
    date: str = "iso"
    zones: bool = True
    scan: dict = field(default_factory=dict)
    words: dict = field(default_factory=dict)


GOTHIC = dict(family="URW Gothic", drawn="Ø")

HOUSES = [
    House(
        "solidworks",
        Font(**GOTHIC),
        blocks.solidworks,
        languages=("de", "en", "en"),
        formats=("pdf", "jpg@200", "png@200"),
        papers=("A4P", "A3", "A4P"),
        grey=0.5,
        size=3.2,
        arrow=3.2,
        arrow_width=0.13,
        decimal=".",
        decimals=2,
        zero_decimals=2,
        times="{}x",
        axis_grey=0.2,
    ),
    House(
        "freecad",
        Font("osifont"),
        blocks.freecad,
        languages=("sv", "en"),
        block_face=Font("osifont", outlines=True),
        formats=("pdf", "png@150"),
        papers=("A4", "A3"),
        size=3.5,
        arrows="filled",
        arrow_width=0.17,
        gdt=False,
        thick=0.6,
    ),
    House(
        "autocad",
        Strokes("futural"),
        blocks.ansi,
        formats=("pdf", "png@200"),
        size=2.8,
        inch=True,
        decimal=".",
        decimals=3,
        zero_decimals=3,
        times="{}X ",
        shelf="beside",
        horizontal=True,
        slanted=False,
        capitals=True,
        date="us",
        gdt=False,
        arrow=3.0,
        papers=("A3", "A4"),
    ),
    House(
        "onshape",
        Font("Carlito"),
        blocks.onshape,
        languages=("en", "sv"),
        formats=("pdf", "jpg@200"),
        size=3.0,
        thick=0.35,
        times="{}x ",
        arrow=2.6,
        arrow_width=0.2,
        papers=("A4P", "A3"),
        decimal=",",
        zones=False,
    ),
    House(
        "nx",
        Font("Liberation Sans", drawn="Ø"),
        blocks.nx,
        formats=("png@300", "pdf"),
        size=3.2,
        decimal=".",
        times="{}X ",
        horizontal=True,
        slanted=False,
        shelf="beside",
        capitals=True,
        thick=0.6,
        papers=("A3",),
        date="uk",
    ),
    House(
        "catia",
        Strokes("futural", width=0.85, pen=0.1),
        blocks.catia,
        formats=("png@200", "pdf"),
        size=3.5,
        decimal=".",
        times="",
        behind="X",
        arrows="open",
        arrow=3.0,
        slanted=True,
        papers=("A3", "A4"),
        date="uk",
        capitals=True,
        zones=False,
    ),
    House(
        "inventor",
        Font("Liberation Sans Narrow"),
        blocks.inventor,
        languages=("de", "en"),
        formats=("pdf", "png@200"),
        size=3.5,
        times="{} x ",
        arrow_width=0.14,
        papers=("A3", "A4P"),
        decimal=",",
    ),
    House(
        "archive",
        Font("osifont", width=0.95),
        blocks.din6771,
        languages=("de",),
        formats=("jpg@200",),
        size=3.5,
        thick=0.7,
        thin=0.25,
        gdt=False,
        papers=("A4P", "A3"),
        zones=False,
        times="{}x ",
        scan=dict(skew=1.2, blur=0.8, noise=9, quality=60, light=0.16),
    ),
    House(
        "hand",
        Font("osifont", width=0.82, slant=0.26),
        blocks.drafted,
        languages=("sv", "en"),
        formats=("png@200", "jpg@150"),
        size=3.8,
        thick=0.7,
        thin=0.3,
        papers=("A4", "A3"),
        gdt=False,
        arrow=4,
        arrow_width=0.12,
        zones=False,
        times="{} st ",
        scan=dict(skew=-0.5, blur=0.6, noise=5, quality=80, light=0.07),
    ),
    House(
        "lab",
        Font(**GOTHIC),
        blocks.paragraph,
        formats=("pdf", "png@200"),
        size=3.2,
        grey=0.45,
        arrow=3.2,
        arrow_width=0.13,
        decimals=2,
        times="{} x ",
        papers=("A4",),
        zones=False,
        date="iso",
    ),
]
