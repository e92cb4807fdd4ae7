# SPDX-License-Identifier: MIT
"""How a house says a size: decimals, multiplicities, tolerances, threads, in its words."""

import re

from lettering import label_of

FITS = ["H7", "H8", "H12", "g6", "h6", "k6", "f7", "js6", "H7/k6", "H7/g6"]
METRIC = [(3, 0.5), (4, 0.7), (5, 0.8), (6, 1), (8, 1.25), (10, 1.5), (12, 1.75), (16, 2)]
FINE = ["M8x1", "M10x1", "M12x1,5", "M16x1,5", "M20x1,5"]
INCH_THREADS = [
    "#4-40 UNC",
    "#6-32 UNC",
    "#10-24 UNC",
    "#10-32 UNF",
    "1/4-20 UNC",
    "5/16-18 UNC",
    "3/8-16 UNC",
    "1/2-13 UNC",
]
PIPE = ["G1/4", "G1/2", "1/8-27 NPT"]


class Callout:
    """Lines of markup; `kind` is the list of labels it belongs to."""

    def __init__(self, *lines, kind="dimensions", boxed=False, label=None):
        self.lines, self.kind, self.boxed = list(lines), kind, boxed
        self.label = label or [label_of(line) for line in lines]

    def record(self, labels):
        getattr(labels, self.kind).extend(self.label)
        for text in self.label:
            found = re.search(
                r"±\S+|[+-]?[\d.,]+/[+-]?[\d.,]+|\b[A-Zjs]{1,2}\d{1,2}(/[a-z]\d+)?$", text
            )
            if found and self.kind == "dimensions":
                labels.tolerances.append(found.group())


class Saying:
    def __init__(self, house, rng):
        self.house, self.rng = house, rng

    def number(self, value, decimals=None):
        house = self.house
        if decimals is None:
            decimals = house.decimals
        text = f"{value:.{decimals if decimals is not None else 3}f}"
        if decimals is None and "." in text:
            text = text.rstrip("0").rstrip(".")
        if house.inch and text.startswith("0."):
            text = text[1:]
        return text.replace(".", house.decimal)

    def times(self, count):
        return self.house.times.format(count) if count > 1 else ""

    def _after(self, count):
        """Some houses write the multiplicity behind the size."""
        return f" ({self.house.behind}{count})" if self.house.behind and count > 1 else ""

    def _deviation(self):
        inch = self.house.inch
        steps = [0.001, 0.002, 0.005, 0.01] if inch else [0.02, 0.05, 0.1, 0.2, 0.3]
        return self.rng.choice(steps)

    def _stack(self):
        a, b = self._deviation(), self._deviation()
        decimals = 3 if self.house.inch else self.house.decimals
        upper, lower = self.rng.choice([(a, 0), (0, -a), (a, -b), (a + b, a)])

        def say(v):
            if v == 0:
                return self.number(0, self.house.zero_decimals)
            return ("+" if v > 0 else "-") + self.number(abs(v), decimals)

        return "{%s|%s}" % (say(upper), say(lower))

    def _limits(self, prefix, value):
        decimals = 3 if self.house.inch else 2
        low = value - self._deviation()
        return f"{prefix}<{self.number(value, decimals)}|{self.number(low, decimals)}>"

    def size(self, value, prefix="", count=1, round_=False):
        """A length, diameter or radius with what a designer might add to it."""
        text = self.times(0 if self.house.behind else count) + prefix + self.number(value)
        tail = self._after(count)
        lot, boxed = self.rng.random(), False
        if count > 1 and lot > 0.6:
            lot = 0.1
        if lot < 0.50:
            pass
        elif lot < 0.66:
            gap = self.rng.choice(["", " "])
            text += gap + "±" + self.number(self._deviation(), 3 if self.house.inch else None)
        elif lot < 0.80:
            text += self._stack()
        elif lot < 0.88 and round_ and not self.house.inch:
            text += " " + self.rng.choice(FITS)
        elif lot < 0.92:
            text = self._limits(prefix, value)
        elif lot < 0.95:
            text = "(" + text + ")"
        elif lot < 0.97 and self.house.gdt:
            boxed = True
        elif lot < 0.985:
            text += " " + self.rng.choice(["max.", "min.", "(TYP)"])
        return Callout(text + tail, boxed=boxed)

    def length(self, value, count=1):
        return self.size(value, "", count)

    def diameter(self, value, count=1):
        return self.size(value, self.house.diameter, count, round_=True)

    def plain(self, value, prefix="", count=1):
        return Callout(self.times(count) + prefix + self.number(value))

    def radius(self, value, count=1):
        return Callout(
            self.times(count)
            + "R"
            + self.number(value)
            + (
                "{+0,2|0}".replace(",", self.house.decimal)
                if self.rng.random() < 0.1 and not self.house.inch
                else ""
            )
        )

    def angle(self, degrees, boxed=False):
        decimals = self.rng.choice([0, 0, 1])
        return Callout(
            f"{degrees:.{decimals}f}".replace(".", self.house.decimal) + "°", boxed=boxed
        )

    def chamfer(self, value):
        rng, text = self.rng, self.number(value)
        word = self.house.words["chamfer"]
        forms = [f"{text}x45°", f"{text} x 45°", f"{word} {text}", f"2x {text}x45°"]
        return Callout(rng.choice(forms))

    def fraction(self):
        return Callout(self.rng.choice(["1/32", "3/16", "5/8", "1 1/4", "7/16"]))

    # Holes ---------------------------------------------------------------------------------------
    def hole(self, value, count):
        words, rng = self.house.words, self.rng
        text = self.times(count) + self.house.diameter + self.number(value)
        lot = rng.random()
        if lot < 0.35:
            return Callout(text + " " + words["through"])
        if lot < 0.55 and self.house.gdt:
            return Callout(text + "{+%s|0}" % self.number(0.1, 3 if self.house.inch else 1))
        deep = value * 2
        if lot < 0.75:
            return Callout(f"{text} ↧{self.number(deep)}")
        bore = f"⌴{self.house.diameter}{self.number(value * 1.7)} ↧{self.number(value * 0.8)}"
        sink = f"⌵{self.house.diameter}{self.number(value * 2)} X 90°"
        return Callout(
            text + " " + words["through"] if self.house.inch else text,
            rng.choice([bore, bore, sink]),
        )

    def thread(self, count=1, depth=None):
        rng, words = self.rng, self.house.words
        if self.house.inch:
            name, grade = rng.choice(INCH_THREADS), rng.choice(["", " - 2B", "-2B"])
            tail = f" ↧{self.number(depth)}" if depth else " " + words["through"]
            return Callout(self.times(count) + name + grade + tail, kind="threads")
        diameter, pitch = rng.choice(METRIC)
        forms = [
            f"M{diameter}",
            f"M{diameter}",
            f"M{diameter}x{self.number(pitch)}",
            rng.choice(FINE).replace(",", self.house.decimal),
            rng.choice(PIPE),
        ]
        text = self.times(count) + rng.choice(forms)
        lot = rng.random()
        if lot < 0.25 and "M" in text:
            text += rng.choice([" - 6H", "-6H"])
        if depth and rng.random() < 0.6:
            text += f" ↧{self.number(depth)}"
        elif lot > 0.7:
            full = f"{text} {words['thread_through']}"
            return Callout(full, kind="threads", label=[full])
        return Callout(text, kind="threads")

    # Frames --------------------------------------------------------------------------------------
    def tolerance_zone(self):
        return self.number(self._deviation(), 3 if self.house.inch else None)

    def frame(self, datums):
        """A row of cells: characteristic, zone, datums."""
        rng, zone = self.rng, self.tolerance_zone()
        form = rng.choice(["⏤", "⏥", "○", "⌭", "⌓", "⌒"])
        located = rng.choice(["⟂", "∥", "∠", "⌖", "⌖", "◎", "↗", "⌰", "⌯"])
        if not datums or rng.random() < 0.25:
            return [form, zone]
        if located in "⌖◎" or (located == "⟂" and rng.random() < 0.3):
            zone = "Ø" + zone
        if located == "⌖" and rng.random() < 0.5:
            zone += "Ⓜ"
        count = 1 if located != "⌖" else min(len(datums), rng.choice([1, 2, 3]))
        cells = list(datums[:count])
        if located == "⌖" and rng.random() < 0.25:
            cells[-1] += "Ⓜ"
        return [located, zone] + cells

    def roughness(self):
        value = self.rng.choice([0.8, 1.6, 3.2, 6.3, 12.5])
        text = f"{value}".replace(".", self.house.decimal)
        if self.house.inch:
            return self.rng.choice(["63", "125", "32"])
        return self.rng.choice(["", "Ra ", "Ra ", "Rz "]) + text
