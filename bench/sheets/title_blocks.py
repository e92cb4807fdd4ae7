# SPDX-License-Identifier: MIT
"""Title blocks of the houses. Each draws into the lower right corner, records what it shows, and
returns the height that the drawing must leave free (mm)."""

SIZES = {"A4": (297, 210), "A4P": (210, 297), "A3": (420, 297)}


class Block:
    """A table whose top left corner is x, y."""

    def __init__(self, sheet, facts, x, y, label=1.8, value=2.6, face=None):
        self.sheet, self.facts, self.x, self.y = sheet, facts, x, y
        self.label, self.value = label, value
        self.face = face or sheet.house.block_face or sheet.house.face
        self.title = sheet.labels.title_block

    def text(self, x, y, text, size, align="left"):
        return self.sheet.write(self.x + x, self.y + y, text, size, 0, align, face=self.face)

    def box(self, x, y, w, h, width=None):
        self.sheet.rectangle(self.x + x, self.y + y, w, h, width)

    def fitted(self, text, size, wide):
        while size > 1.2 and self.sheet.width_of(text, size, self.face) > wide:
            size *= 0.93
        return size

    def show(self, key, text=None):
        """Records a fact as shown and returns its text."""
        value = text or self.facts.get(key)
        if value:
            self.title[key] = value
        return value or ""

    def cell(self, x, y, w, h, label="", key=None, size=None, align="centre", text=None):
        """A cell: a small label in the corner, the value below it."""
        self.box(x, y, w, h)
        if label:
            self.text(x + 0.8, y + self.label + 0.9, label, self.fitted(label, self.label, w - 1.4))
        value = self.show(key, text) if key else (text or "")
        if not value:
            return
        size = self.fitted(value, size or self.value, w - 3)
        low = h > self.label + size + 2.4
        if label and not low:
            self.text(
                x + w - 1.5,
                y + h / 2 + size / 2,
                value,
                self.fitted(value, size, w - 3 - self.sheet.width_of(label, self.label, self.face)),
                "right",
            )
            return
        base = y + (
            self.label + 1 + (h - self.label - 1) / 2 + size / 2
            if low and label
            else h / 2 + size / 2
        )
        if align == "centre":
            self.text(x + w / 2, base, value, size, "centre")
        else:
            self.text(x + 2, base, value, size)

    def inline(self, x, y, w, h, label, key, text=None):
        """A cell whose value stands behind its label."""
        self.box(x, y, w, h)
        value = text or self.show(key)
        line = label + value
        self.text(x + 0.8, y + h / 2 + self.label / 2, line, self.fitted(line, self.label, w - 1.5))

    def note(self, x, y, *lines):
        """Lines of small print, which count as one note."""
        for index, line in enumerate(lines):
            self.text(x, y + index * self.label * 1.55, line, self.label)
        self.sheet.labels.notes.append(" ".join(lines))

    def small(self, x, y, *lines):
        for index, line in enumerate(lines):
            self.text(x, y + index * self.label * 1.55, line, self.label)

    def projection(self, x, y, first=True, s=2.6):
        """The sign of the projection method, s mm its radius."""
        sheet, cx, cy = self.sheet, self.x + x, self.y + y
        cone, ring = (cx - 2 * s, cx + 1.6 * s) if first else (cx + 1.6 * s, cx - 2 * s)
        sheet.line(
            (cone - s, cy - 0.5 * s),
            (cone + s, cy - s),
            (cone + s, cy + s),
            (cone - s, cy + 0.5 * s),
            closed=True,
        )
        sheet.circle(ring, cy, s, sheet.house.thin)
        sheet.circle(ring, cy, s / 2, sheet.house.thin)
        sheet.axis((cx - 4 * s, cy), (cx + 4 * s, cy))
        self.title["projection"] = ("first" if first else "third") + " angle (symbol)"


def corner(sheet, margin, w, h):
    return sheet.width - margin - w, sheet.height - margin - h


def maybe(rng, facts, *keys):
    """Leaves some fields of a sheet empty, as people do."""
    for key in keys:
        if rng.random() < 0.3:
            facts[key] = None


SOLIDWORKS = {
    "en": dict(
        unless="UNLESS OTHERWISE SPECIFIED:",
        dims="DIMENSIONS ARE IN MILLIMETERS",
        surface="SURFACE FINISH:",
        tol="TOLERANCES:",
        linear="  LINEAR: ",
        angular="  ANGULAR: ",
        finish="FINISH:",
        deburr=("DEBURR AND", "BREAK SHARP", "EDGES"),
        scale_not="DO NOT SCALE DRAWING",
        revision="REVISION",
        name="NAME",
        sign="SIGNATURE",
        date="DATE",
        rows=("DRAWN", "CHK'D", "APPV'D", "MFG", "Q.A"),
        title="TITLE:",
        number="DWG NO.",
        material="MATERIAL:",
        weight="WEIGHT:",
        scale="SCALE:",
        sheet="SHEET {} OF {}",
        units="MILLIMETERS",
        of="OF",
    ),
    "de": dict(
        unless="WENN NICHT ANDERS DEFINIERT:",
        dims="BEMASSUNGEN SIND IN MILLIMETER",
        surface="OBERFLÄCHENBESCHAFFENHEIT:",
        tol="TOLERANZEN:",
        linear="  LINEAR: ",
        angular="  WINKEL: ",
        finish="OBERFLÄCHENGÜTE:",
        deburr=("ENTGRATEN", "UND SCHARFE", "KANTEN", "BRECHEN"),
        scale_not="ZEICHNUNG NICHT SKALIEREN",
        revision="ÄNDERUNG",
        name="NAME",
        sign="SIGNATUR",
        date="DATUM",
        rows=("GEZEICHNET", "GEPRÜFT", "GENEHMIGT", "PRODUKTION", "QUALITÄT"),
        title="BENENNUNG:",
        number="ZEICHNUNGSNR.",
        material="WERKSTOFF:",
        weight="GEWICHT:",
        scale="MASSSTAB:",
        sheet="BLATT {} VON {}",
        units="MILLIMETER",
        of="VON",
    ),
}


def solidworks(sheet, facts, rng):
    t = SOLIDWORKS[facts["language"]]
    maybe(rng, facts, "weight", "revision", "drawing_number", "date")
    w, h = 180, 55
    b = Block(sheet, facts, *corner(sheet, 10, w, h), label=1.55)
    b.box(0, 0, w, h, 0.35)
    linear = rng.choice(["±0.1", "+0.1/-0.1", "±0.05", "±0.2", ""])
    if linear:
        b.show("general_tolerance", linear)
    b.show("units", t["units"])
    b.box(0, 0, 34, 17)
    b.small(
        0.7, 2.4, t["unless"], t["dims"], t["surface"], t["tol"], t["linear"] + linear, t["angular"]
    )
    b.cell(34, 0, 46, 17, t["finish"])
    b.box(80, 0, 18, 17)
    b.small(80.7, 2.4, *t["deburr"])
    sheet.labels.notes += [" ".join(t["deburr"]), t["scale_not"]]
    b.cell(98, 0, 52, 6, text=t["scale_not"])
    b.cell(98, 6, 52, 11)
    b.cell(150, 0, 30, 6, t["revision"])
    b.cell(150, 6, 30, 11, key="revision", size=3)
    for x, cw, word in ((0, 14, ""), (14, 16, t["name"]), (30, 14, t["sign"]), (44, 12, t["date"])):
        b.cell(x, 17, cw, 4.6, text=word, size=1.5)
        for row in range(6):
            b.box(x, 21.6 + row * 4.6, cw, 4.6)
    for row, word in enumerate(t["rows"]):
        b.text(0.5, 24.6 + row * 4.6, word, b.fitted(word, 1.5, 13))
    if facts["date"]:
        b.text(15, 24.6, facts["creator"], b.fitted(facts["creator"], 1.6, 14))
        b.text(50, 24.6, b.show("date"), b.fitted(facts["date"], 1.6, 11), "centre")
    b.cell(56, 35, 42, 14, t["material"], "material", 2.4)
    b.inline(56, 49, 42, 6, t["weight"] + " ", "weight")
    b.cell(98, 17, 82, 20, t["title"], "title", 5)
    b.cell(98, 37, 68, 12, t["number"], "drawing_number", 5.5)
    b.cell(166, 37, 14, 12, key="sheet_size", size=3)
    b.inline(98, 49, 42, 6, t["scale"], "scale")
    one, all_ = facts["sheet"].split("/")
    b.inline(140, 49, 40, 6, t["sheet"].format(one, all_), None, text="")
    b.show("sheet", f"{one} {t['of']} {all_}")
    return h


def freecad(sheet, facts, rng):
    sv = facts["language"] == "sv"
    maybe(rng, facts, "department", "revision")
    w, h = 180, 36
    b = Block(sheet, facts, *corner(sheet, 10, w, h), label=1.8, value=2.5)
    b.box(0, 0, w, h, 0.5)
    word = lambda english, swedish: swedish if sv else english
    b.cell(0, 0, 26, 9, word("Responsible dept.", "Ansvarig avd."), "department")
    b.cell(26, 0, 30, 9, word("Technical reference", "Teknisk referens"))
    b.cell(56, 0, 40, 9, word("Created by", "Skapad av"), text=facts["creator"])
    b.cell(96, 0, 40, 9, word("Approved by", "Godkänd av"), text=facts["approver"])
    b.cell(136, 0, 44, 9, word("General tolerances", "Generella toleranser"), "general_tolerance")
    b.cell(0, 9, 56, 18, word("Legal owner", "Ägare"), "owner", 3)
    b.cell(
        56,
        9,
        40,
        9,
        word("Document type", "Dokumenttyp"),
        text=word("Component drawing", "Detaljritning"),
    )
    b.cell(96, 9, 40, 9, word("Material", "Material"), "material")
    b.cell(136, 9, 22, 9, word("Scale", "Skala"), "scale")
    b.cell(158, 9, 22, 9, word("Format", "Format"), "sheet_size")
    b.cell(56, 18, 80, 18, word("Title, Supplementary title", "Titel, Tilläggstitel"))
    b.text(58, 26.5, b.show("title"), b.fitted(facts["title"], 3.6, 74))
    if facts["subtitle"]:
        b.text(58, 33, b.show("subtitle"), 2.6)
    b.cell(136, 18, 44, 9, word("Drawing number", "Ritningsnummer"), "drawing_number", 3)
    b.cell(136, 27, 8, 9, "Rev.", "revision")
    b.cell(144, 27, 20, 9, word("Date of issue", "Utgivningsdatum"), "date", 2.2)
    b.cell(164, 27, 16, 9, word("Sheet", "Blad"), "sheet")
    b.box(0, 27, 56, 9)
    b.label = 1.45
    b.note(
        1,
        30.6,
        "This drawing is our property; it can't be reproduced",
        "or communicated without our written agreement.",
    )
    b.projection(-14, 31)
    return h


def ansi(sheet, facts, rng):
    maybe(rng, facts, "revision", "weight")
    w, h = 170, 48
    b = Block(sheet, facts, *corner(sheet, 12, w, h), label=1.7, value=2.6)
    b.box(0, 0, w, h, 0.5)
    b.box(0, 0, 44, h)
    two, three = rng.choice([(".01", ".005"), (".02", ".010"), (".015", ".005")])
    angle = rng.choice(["1°", ".5°"])
    b.small(
        1,
        3,
        "UNLESS OTHERWISE SPECIFIED",
        "DIMENSIONS ARE IN INCHES",
        "TOLERANCES:",
        "FRACTIONS ± 1/64",
        f"ANGLES ± {angle}",
        f".XX ± {two}",
        f".XXX ± {three}",
    )
    b.show("general_tolerance", f"FRACTIONS ± 1/64; ANGLES ± {angle}; .XX ± {two}; .XXX ± {three}")
    b.show("units", "INCHES")
    b.cell(0, 24, 44, 12, "MATERIAL", "material")
    b.cell(0, 36, 44, 12, "FINISH", text=rng.choice(["AS MACHINED", "CLEAR ANODIZE", "NONE"]))
    b.cell(44, 0, 24, 8, "DRAWN", text=facts["creator"].upper())
    b.cell(68, 0, 20, 8, "DATE", "date", 2.2)
    b.cell(44, 8, 24, 8, "CHECKED")
    b.cell(68, 8, 20, 8, "DATE")
    b.cell(44, 16, 24, 8, "APPROVED", text=facts["approver"].upper())
    b.cell(68, 16, 20, 8, "DATE")
    b.box(44, 24, 44, 24)
    b.note(46, 30, "DO NOT SCALE DRAWING", "BREAK SHARP EDGES .010 MAX")
    b.projection(66, 42, first=False, s=2)
    b.cell(88, 0, 82, 12, key="owner", text=facts["owner"].upper(), size=4)
    b.cell(88, 12, 82, 14, "TITLE", "title", 4)
    b.cell(
        88, 26, 12, 12, "SIZE", "sheet_size", 3.4, text="B" if facts["sheet_size"] == "A3" else "A"
    )
    b.cell(100, 26, 54, 12, "DWG. NO.", "drawing_number", 4)
    b.cell(154, 26, 16, 12, "REV", "revision", 3.4)
    b.inline(88, 38, 30, 10, "SCALE: ", "scale")
    b.inline(118, 38, 26, 10, "WEIGHT: ", "weight")
    one, all_ = facts["sheet"].split("/")
    b.inline(144, 38, 26, 10, f"SHEET {one} OF {all_}", None, text="")
    b.show("sheet", f"{one} OF {all_}")
    return h


def onshape(sheet, facts, rng):
    maybe(rng, facts, "revision", "weight", "date")
    w, h = 164, 40
    b = Block(sheet, facts, *corner(sheet, 10, w, h), label=1.7, value=2.7)
    b.box(0, 0, w, h, 0.3)
    b.box(0, 0, 32, h)
    b.label = 1.45
    b.small(0.8, 3, "UNLESS OTHERWISE SPECIFIED,", "DIMENSIONS ARE IN MILLIMETERS")
    b.label = 1.7
    b.show("units", "MILLIMETERS")
    b.small(0.8, 10.5, "TOLERANCES:")
    tolerances = rng.choice(
        [("X = ±0.5", "X.X = ±0.2", "X.XX = ±0.05"), ("LINEAR = ±0.2", "ANGULAR = ±1°")]
    )
    b.small(3, 13.4, *tolerances)
    b.show("general_tolerance", "; ".join(tolerances))
    b.box(0, 22, 32, 6)
    b.note(1.5, 26, "DO NOT SCALE DRAWING")
    b.small(3, 31, rng.choice(["FIRST ANGLE PROJECTION"]))
    b.projection(16, 36, s=1.8)
    b.title["projection"] = "FIRST ANGLE"
    for row, word in enumerate(("", "DRAWN", "CHECKED", "APPROVED")):
        for x, cw, head in ((32, 18, ""), (50, 22, "NAME"), (72, 14, "DATE")):
            b.box(x, row * 6, cw, 6)
            if row == 0 and head:
                b.text(x + 1, 3.5, head, 1.7)
        b.text(32.8, row * 6 + 3.8, word, 1.7)
    b.text(51, 10, facts["creator"], 2)
    if facts["date"]:
        b.text(72.6, 10, b.show("date"), b.fitted(facts["date"], 2, 13))
    b.cell(32, 24, 30, 16, "MATERIAL", "material")
    b.cell(62, 24, 24, 16, "FINISH")
    b.cell(86, 0, 78, 9, key="owner", size=3.8)
    b.cell(86, 9, 78, 15, "TITLE", "title", 3.6)
    b.cell(86, 24, 12, 9, "SIZE", "sheet_size", 3.2)
    b.cell(98, 24, 52, 9, "DWG. NO.", "drawing_number", 3.4)
    b.cell(150, 24, 14, 9, "REV.", "revision", 3)
    b.cell(86, 33, 26, 7, "SCALE", "scale")
    b.cell(112, 33, 28, 7, "WEIGHT", "weight")
    one, all_ = facts["sheet"].split("/")
    b.cell(140, 33, 24, 7, "SHEET", "sheet", text=f"{one} of {all_}")
    return h


def nx(sheet, facts, rng):
    maybe(rng, facts, "revision", "date")
    w, h = 168, 54
    b = Block(sheet, facts, *corner(sheet, 12, w, h), label=1.9, value=3)
    b.box(0, 0, w, h, 0.5)
    b.cell(0, 0, 50, 18, key="owner", text=facts["owner"].upper(), size=4.5)
    b.cell(50, 0, 118, 18)
    b.note(
        56,
        6,
        "THIS DRAWING AND THE INFORMATION IN IT ARE PROPERTY OF THE COMPANY.",
        "NO PART OF IT MAY BE COPIED WITHOUT WRITTEN PERMISSION.",
    )
    for row, (word, value) in enumerate(
        (
            ("FIRST ISSUED", b.show("date")),
            ("DRAWN BY", facts["creator"]),
            ("CHECKED BY", ""),
            ("APPROVED BY", facts["approver"]),
            ("", ""),
            ("", ""),
        )
    ):
        b.box(0, 18 + row * 6, 28, 6)
        b.box(28, 18 + row * 6, 22, 6)
        b.text(1, 22 + row * 6, word, 1.9)
        b.text(29, 22 + row * 6, value, b.fitted(value, 2.2, 20))
    b.cell(50, 18, 118, 12, "TITLE", "title", 4)
    b.cell(50, 30, 48, 8, "MATERIAL", "material", 2.6)
    b.cell(98, 30, 70, 8, "GENERAL TOLERANCE", "general_tolerance", 2.6)
    b.cell(50, 38, 11, 9, "SIZE", "sheet_size", 3)
    b.cell(61, 38, 90, 9, "DRG NO.", "drawing_number", 3.6)
    b.cell(151, 38, 17, 9, "SHEET REV", "revision", 3)
    b.inline(50, 47, 36, 7, "SCALE ", "scale")
    b.box(86, 47, 40, 7)
    one, all_ = facts["sheet"].split("/")
    b.inline(126, 47, 42, 7, f"SHEET {one} OF {all_}", None, text="")
    b.show("sheet", f"{one} OF {all_}")
    b.projection(-22, h - 16, first=rng.random() < 0.4, s=4)
    b.text(-50, h - 2, "ALL DIMENSIONS IN MM", 2.6)
    b.show("units", "MM")
    sheet.labels.notes.append("ALL DIMENSIONS IN MM")
    return h


def catia(sheet, facts, rng):
    maybe(rng, facts, "weight", "approver")
    w, h = 170, 40
    b = Block(sheet, facts, *corner(sheet, 10, w, h), label=1.8, value=2.8)
    b.box(0, 0, w, h, 0.5)
    for row, (word, value) in enumerate(
        (
            ("DESIGNED BY:", facts["creator"]),
            ("DRAWN BY:", facts["creator"]),
            ("CHECKED BY:", facts["approver"] or ""),
        )
    ):
        b.cell(0, row * 10, 40, 10, word, text=value, align="left")
        b.cell(40, row * 10, 26, 10, "DATE:", "date" if row == 0 else None, 2.4)
    b.cell(0, 30, 18, 10, "SIZE", "sheet_size", 3.2)
    b.cell(18, 30, 22, 10, "SCALE", "scale", 3)
    b.cell(
        40,
        30,
        26,
        10,
        "WEIGHT(kg)",
        "weight",
        2.4,
        text=(facts["weight"] or "").replace(" kg", "") or None,
    )
    b.cell(66, 0, 104, 10, key="owner", text=facts["owner"].upper(), size=3.6)
    b.cell(66, 10, 104, 12, "DRAWING TITLE", "title", 3.6)
    b.cell(66, 22, 72, 10, "DRAWING NUMBER", "drawing_number", 3.4)
    b.cell(138, 22, 32, 10, "SHEET", "sheet", 3)
    b.box(66, 32, 104, 8)
    b.note(
        68,
        35.3,
        "This drawing is our property; it can't be reproduced",
        "or communicated without our written agreement.",
    )
    b.cell(-46, 20, 46, 10, "MATERIAL", "material")
    b.cell(-46, 30, 46, 10, "TOLERANCES UNLESS STATED", "general_tolerance")
    return h


def inventor(sheet, facts, rng):
    de = facts["language"] == "de"
    maybe(rng, facts, "approver", "revision")
    word = lambda english, german: german if de else english
    w, h = 180, 36
    b = Block(sheet, facts, *corner(sheet, 10, w, h), label=1.9, value=2.8)
    b.box(0, 0, w, h, 0.5)
    b.cell(0, 0, 30, 9, word("Designed by", "Konstruiert von"), text=facts["creator"])
    b.cell(30, 0, 30, 9, word("Checked by", "Geprüft von"), text="")
    b.cell(60, 0, 30, 9, word("Approved by", "Genehmigt von"), text=facts["approver"] or "")
    b.cell(90, 0, 30, 9, word("Date", "Datum"), "date")
    b.cell(120, 0, 60, 9, word("Material", "Werkstoff"), "material")
    b.cell(0, 9, 90, 27, key="owner", size=4)
    b.cell(90, 9, 90, 16)
    b.text(94, 16.5, b.show("title"), b.fitted(facts["title"], 4, 80))
    if facts["subtitle"]:
        b.text(94, 22.5, b.show("subtitle"), 2.6)
    b.cell(90, 25, 50, 11, "", "drawing_number", 3.4)
    b.cell(140, 25, 20, 11, word("Edition", "Ausgabe"), "revision")
    b.cell(160, 25, 20, 11, word("Sheet", "Blatt"), "sheet")
    b.cell(0, -8, 60, 8, word("General tolerances", "Allgemeintoleranzen"), "general_tolerance")
    b.cell(60, -8, 40, 8, word("Surface finish", "Oberfläche"), "general_surface_finish")
    b.cell(100, -8, 30, 8, word("Scale", "Maßstab"), "scale")
    b.cell(130, -8, 20, 8, "Format", "sheet_size")
    b.box(150, -8, 30, 8)
    b.projection(165, -4, s=2)
    return h + 8


def din6771(sheet, facts, rng):
    """The block of DIN 6771 as on old German sheets."""
    maybe(rng, facts, "approver")
    w, h = 185, 48
    b = Block(sheet, facts, *corner(sheet, 10, w, h), label=2.0, value=3.0)
    b.box(0, 0, w, h, 0.7)
    b.cell(75, 0, 50, 12, "Allgemeintoleranz", "general_tolerance", 2.8)
    b.cell(125, 0, 36, 12, "Maßstab", "scale", 3.2)
    b.cell(161, 0, 24, 12, "(Gewicht)")
    b.cell(75, 12, 110, 9, "Werkstoff", "material", 3.0)
    for row in range(6):
        for x, cw in ((0, 9), (9, 24), (33, 18), (51, 24)):
            b.box(x, row * 8, cw, 8)
    for x, head in ((0.5, "Zust."), (10, "Änderung"), (34, "Datum"), (52, "Name")):
        b.text(x, 45.5, head, b.fitted(head, 2.0, 8 if x < 9 else 20))
    for row, word in enumerate(("Bearb.", "Gepr.", "Norm")):
        b.box(75, 21 + row * 6, 13, 6)
        b.box(88, 21 + row * 6, 17, 6)
        b.box(105, 21 + row * 6, 15, 6)
        b.text(75.8, 25.2 + row * 6, word, 2.0)
    b.text(88.6, 25.2, b.show("date"), b.fitted(facts["date"], 2.2, 15.6))
    b.text(105.6, 25.2, facts["creator"], b.fitted(facts["creator"], 2.2, 13.6))
    b.cell(120, 21, 65, 14, "Benennung", "title", 4)
    b.cell(75, 39, 45, 9, key="owner", size=3)
    b.cell(120, 35, 47, 13, "Zeichnungs-Nr.", "drawing_number", 4)
    b.cell(167, 35, 18, 13, "Blatt", "sheet", 2.8)
    return h


def drafted(sheet, facts, rng):
    sv = facts["language"] == "sv"
    maybe(rng, facts, "general_tolerance")
    word = lambda english, swedish: swedish if sv else english
    w, h = 140, 36
    b = Block(sheet, facts, *corner(sheet, 10, w, h), label=2.2, value=3.4)
    b.box(0, 0, w, h, 0.7)
    b.cell(0, 0, 34, 12, word("Drawn", "Ritad"), text=facts["creator"], size=2.8)
    b.cell(34, 0, 32, 12, word("Date", "Datum"), "date", 2.8)
    b.cell(66, 0, 74, 12, word("Tolerances", "Toleranser"), "general_tolerance", 3)
    b.cell(0, 12, 66, 12, word("Material", "Material"), "material", 3)
    b.cell(66, 12, 74, 12, word("Title", "Benämning"), "title", 4)
    b.cell(0, 24, 66, 12, key="owner", size=3.4)
    b.cell(66, 24, 22, 12, word("Scale", "Skala"), "scale", 3)
    b.cell(88, 24, 36, 12, word("Drg no", "Ritn nr"), "drawing_number", 3)
    b.cell(124, 24, 16, 12, "Rev", "revision", 3)
    return h


def paragraph(sheet, facts, rng):
    """No table: some centred lines, as in sheets of laboratories."""
    tolerance = rng.choice(["±0.05mm", "±0.1mm", "±0.02mm"])
    lines = [
        f"{facts['title']} - {facts['date']}",
        facts["material"],
        f"{facts['sheet_size']} Drawing - Scale {facts['scale']}",
        "Dimensions in millimeters",
        f"General tolerances {tolerance}",
        facts["owner"],
    ]
    b = Block(sheet, facts, sheet.width / 2, sheet.height - 50, value=4)
    for key in ("title", "date", "material", "sheet_size", "scale", "owner"):
        b.show(key)
    b.show("units", "millimeters")
    b.show("general_tolerance", tolerance)
    for index, line in enumerate(lines):
        b.text(0, 4 + index * 6.2, line, 3.4, "centre")
    return 44
