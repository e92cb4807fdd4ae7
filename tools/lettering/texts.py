# SPDX-License-Identifier: MIT
"""What lines of lettering on drawings say: call-outs, frame cells, title blocks, notes, and nothing.

Values are random: the model is to learn what signs look like and which follow which, not sheets.
"""
import random

from alphabet import ALPHABET, SYMBOLS

WORDS = """
THRU ALL TYP MAX MIN REF DEEP DIA HOLES PLACES CHAMFER DEPTH BASIC EQUALLY SPACED DRILL TAP REAM BOTH SIDES SIDE
SECTION DETAIL VIEW SCALE SHEET OF TITLE DRAWN CHECKED APPROVED DATE REV REVISION SIZE WEIGHT MATERIAL FINISH
UNLESS OTHERWISE SPECIFIED DIMENSIONS ARE IN MILLIMETERS INCHES TOLERANCES LINEAR ANGULAR SURFACE DEBURR AND
BREAK SHARP EDGES DO NOT SCALE DRAWING NAME SIGNATURE NOTE NOTES PART NUMBER QTY ITEM DESCRIPTION PROJECT
General tolerances Dimensions in millimeters Aluminium Stainless Steel Drawing Scale Tooth Profile Detail Section
Frame Element pieces Motor Shaft Pulley Center Housing Cover Flange Bracket Plate Bolt Nut Washer Bearing Ring
Gewinde durchgehend durch tief Fase Bohrung Werkstoff Maßstab Blatt Benennung Zeichnungsnummer Oberfläche Kanten
gebrochen Allgemeintoleranz Stahl Welle Gehäuse Deckel Platte Halter SCHNITT ANSICHT EINZELHEIT VON Datum Geprüft
Freigegeben Gewicht Stückzahl Ersatz für Zeichnung MASSE OBERFLÄCHENGÜTE ENTGRATEN SCHARFE TOLERANZEN
Ytbehandling Skala Ritad av Godkänd Blad Anodiserad Verkstad Kolv Hållare djup genomgående hål brutna kanter SNITT
Ägare Datum Vikt gängad Fas Mått utan toleransangivelse enligt Benämning Ritningsnummer Materiale
hole deep places thread tapped countersink counterbore spotface radius both ends near side far side as shown
""".split()

ISO_FITS = "H7 H8 H11 H12 h6 h7 h9 g6 f7 k6 m6 n6 p6 js9 JS9 K7 N9 F8 E9 r6 s6 H6 G7 D10 e8 H7/g6 H8/f7 H7/k6 H7/p6".split()
PARTS = "EN AW-6082|AlMg3|S235JR|1.4301|C45|42CrMo4|16MnCr5|AISI 304|6061-T6|ABS|PLA|POM|PA6|SS 1914|CuZn39Pb3".split("|")
GDT = "⏤⏥○⌭⌒⌓∠⟂⌖◎⌯↗⌰∥"


def chance(p):
    return random.random() < p


def number(top=400, sign=None, places=None):
    sign = sign or random.choice(".,")
    places = random.choice([0, 0, 0, 1, 1, 2, 2, 2, 3]) if places is None else places
    value = random.choice([random.uniform(0, 2), random.uniform(0, 20), random.uniform(0, 120), random.uniform(0, top)])
    text = f"{value:.{places}f}".replace(".", sign)
    if text.startswith("0" + sign) and sign == "." and chance(0.3):
        text = text[1:]
    return text


def small(sign):
    text = random.choice(["0.1", "0.2", "0.05", "0.02", "0.01", "0.3", "0.5", "0.15", "0.025", "0.013", "0.4", "0.25",
                          "0.03", "0.021", "0.1", "1", "0.8", "0.005", ".005", ".010", ".01", "2", "0.10", "0.50", "1.5"])
    return text.replace(".", sign)


def tolerance(sign):
    kind = random.randrange(10)
    if kind < 4:
        return random.choice([" ±", "±", " ± "]) + small(sign)
    if kind < 6:
        return " " + random.choice(ISO_FITS)
    if kind < 7:
        return f" +{small(sign)}/-{small(sign)}"
    if kind < 8:
        return f" {random.choice('+-')}{small(sign)}"
    return random.choice(["", " THRU", " THRU ALL", " TYP", " (TYP)", "mm", " mm", " REF", " MAX", " max.", " min.", "°",
                          " ↧" + number(60, sign), " ↧ " + number(60, sign), " durch", " (X2)", " (4x)", '"', " tief", " DEEP"])


def count():
    n = random.choice(["2", "2", "3", "4", "4", "6", "8", "10", "12", "16", str(random.randint(2, 40))])
    return n + random.choice(["x ", "x", "X ", " x ", "X", " X "])


def size(sign):
    lead = random.choice(["", "", "", "", "", "Ø", "Ø", "Ø", "Ø ", "R", "R ", "SØ", "SR", "□", "~ ", "⌴ Ø", "⌵ Ø", "⌴Ø", "⌵Ø"])
    return lead + number(400, sign)


def thread(sign):
    kind = random.randrange(6)
    metric = "M" + random.choice("1.6 2 2.5 3 4 5 6 8 10 12 14 16 20 24 30 36 42 48".split()).replace(".", sign)
    if kind < 2:
        return metric + random.choice(["", "", " ↧" + number(40, sign), " - 6H", "-6g", " 6H ↧ 20", " x 1"])
    if kind < 4:
        return metric + random.choice(["x", " x "]) + random.choice("0.35 0.4 0.5 0.7 0.75 0.8 1 1.25 1.5 1.75 2 2.5 3".split()) \
            .replace(".", sign) + random.choice(["", "", "-6H", " - 6H", "-6g", " - 6H ↧20", " LH"])
    if kind < 5:
        return random.choice(["#4-40", "#6-32", "#8-32", "#10-24", "#10-32", "1/4-20", "3/8-16", "1/2-13", "5/16-18"]) \
            + random.choice(["", " UNC", " UNF", " UNC-2B", " UNF - 2A", " UNC ↧ .50"])
    return random.choice(["G1/4", "G 1/2", "G3/8 A", "1/8 NPT", "1/4 NPT", "Tr 20x4", "Rp 1/2", 'G 1/8"', "1 1/4-7", "1/32", "3/16"])


def frame_cell(sign):
    kind = random.randrange(5)
    if kind == 0:
        return random.choice(GDT)
    if kind == 1:
        return random.choice("ABCDEFGHJKXYZ") + random.choice(["", "", "", "Ⓜ", "Ⓛ", " Ⓜ", "-B"])
    zone = random.choice(["", "", "Ø", "Ø ", "SØ"]) + small(sign)
    return zone + random.choice(["", "", "", "Ⓜ", " Ⓜ", "Ⓛ", "Ⓟ", " CZ", "CZ", "CZⓂ", " Ⓟ 10"])


def callout():
    sign = random.choice(".,")
    kind = random.randrange(20)
    if kind < 7:
        return (count() if chance(0.2) else "") + size(sign) + (tolerance(sign) if chance(0.5) else "")
    if kind < 9:
        return random.choice(["+", "-", "±", ""]) + small(sign)
    if kind < 10:
        return (count() if chance(0.3) else "") + thread(sign)
    if kind < 11:
        return random.choice([number(180, sign), str(random.randint(1, 180))]) + "°" + random.choice(["", "", "±1°", " ±0" + sign + "5°", "30'", ""])
    if kind < 12:
        return random.choice(["1x45°", "2x45°", "0,5x45°", "0.5 x 45°", "C1", "C0.5", "CHAMFER 0,2", "1 x 45°", "1,5x30°"])
    if kind < 13:
        return f"({number(300, sign)})"
    if kind < 14:
        return random.choice(["Ra ", "Ra", "Rz ", "RZ", "Rz", "L Rz ", "N", "√ ", "Ra = "]) + random.choice(
            ["0.8", "1.6", "3.2", "6.3", "12.5", "0.4", "25", "2.5", "10", "16", "7", "63", "4"]).replace(".", sign)
    if kind < 15:
        upper = number(60, sign, 2)
        return f"{upper}{random.choice('/-')}{number(60, sign, 2)}"
    if kind < 17:
        return frame_cell(sign)
    if kind < 18:
        first = random.randrange(0, 10 ** random.randint(1, 3))
        return random.choice([str(first), str(first), f"{first}{sign}{random.randrange(10)}", "0"])
    if kind < 19:
        return random.choice(["ISO 2768-mK", "ISO 2768 - fH", "ISO 2768-m", "DIN 7168", "1:1", "2:1", "1:2", "5:1", "1 : 10",
                              "20 : 1", "1/1", "A-A", "A - A", "B-B", "A4", "A3", "1 OF 1", "1 VON 1", "SCALE 1:2",
                              f"{random.randint(1, 31)}.{random.randint(1, 12)}.20{random.randint(10, 30)}",
                              f"20{random.randint(10, 30)}-{random.randint(1, 12):02}-{random.randint(1, 31):02}"])
    return f"{number(200, sign)} [{number(9, '.', 3)}]"


def words():
    text = " ".join(random.choice(WORDS) for _ in range(random.choice([1, 1, 2, 2, 3, 4])))
    kind = random.randrange(6)
    return text.upper().replace("ß", "SS") if kind == 0 else text.lower() if kind == 1 else text.title() if kind == 2 else text


def code():
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    return random.choice([
        "".join(random.choice(letters + "0123456789" * 3 + "-_./") for _ in range(random.randint(2, 12))),
        random.choice(PARTS),
        f"{random.choice(letters)}{random.choice(letters)}{random.randint(0, 99999):0{random.randint(2, 6)}}",
        f"{random.randint(1, 99)}-{random.randint(0, 9999):04}-{random.randint(0, 99):02}",
    ])


def noise():
    return "".join(random.choice(ALPHABET.replace("√", "")) for _ in range(random.randint(1, 9))).strip() or "0"


def line():
    """One line; an empty one stands for ink that is no lettering."""
    pick = random.random()
    if pick < 0.58:
        text = callout()
    elif pick < 0.74:
        text = words()
    elif pick < 0.83:
        text = code()
    elif pick < 0.88:
        text = random.choice("0123456789ABCDEFGHRMXx0123456789" + SYMBOLS)
    elif pick < 0.92:
        text = noise()
    else:
        return ""
    return " ".join(text.split())[:40]
