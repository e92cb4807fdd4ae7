# SPDX-License-Identifier: MIT
"""What a sheet has beside its parts: border, notes, general finish, tables of parts and revisions,
balloons."""

import words


def border(sheet):
    """A frame, with the zones of ISO 5457 where the house prints them."""
    margin = 10
    w, h = sheet.width - 2 * margin, sheet.height - 2 * margin
    sheet.rectangle(margin, margin, w, h, 0.6)
    if not sheet.house.zones:
        return
    sheet.rectangle(margin - 5, margin - 5, w + 10, h + 10)
    columns, rows = (
        (8, 6) if sheet.width > 400 else (4, 6) if sheet.width < sheet.height else (6, 4)
    )
    for index in range(columns):
        x = margin + w * (index + 0.5) / columns
        text = str(columns - index if sheet.house.name == "solidworks" else index + 1)
        for y in (margin - 1.4, sheet.height - margin + 3.8):
            sheet.write(x, y, text, 2.5, 0, "centre")
            sheet.labels.ignore_numbers.append(text)
        if index:
            x = margin + w * index / columns
            sheet.line((x, margin - 5), (x, margin))
            sheet.line((x, margin + h), (x, margin + h + 5))
    for index in range(rows):
        y = margin + h * (index + 0.5) / rows
        letter = "ABCDEF"[rows - 1 - index if sheet.house.name == "solidworks" else index]
        for x in (margin - 2.5, sheet.width - margin + 2.5):
            sheet.write(x, y + 1.2, letter, 2.5, 0, "centre")


def areas(sheet, paper, count):
    """Where parts go: x, y, width, height."""
    m = 14
    if count == 2:
        half = (sheet.width - 2 * m) / 2
        return [(m, m + 4, half, 178), (m + half, m + 4, half, 178)]
    if paper == "A4P":
        return [(m, 34, sheet.width - 2 * m, 170)]
    return [(m, m, sheet.width - 2 * m, sheet.height - 2 * m - 48)]


def extras(drafting, rng, language, paper, facts, high, parts):
    sheet = drafting.sheet
    free = sheet.width > 400
    bottom = sheet.height - 14
    if free:
        notes(sheet, rng, language, 18, bottom - 44, 120)
        if rng.random() < 0.5:
            bill(sheet, rng, language, facts, high, parts, drafting)
        if rng.random() < 0.4:
            revisions(sheet, rng, language)
    elif paper == "A4P":
        notes(sheet, rng, language, 18, sheet.height - 10 - high - 30, 110)
        if rng.random() < 0.5:
            drafting.finish(
                150,
                sheet.height - 10 - high - 14,
                "Ra " + rng.choice(["3.2", "6.3", "12.5"]).replace(".", sheet.house.decimal),
                scale=1.4,
            )
    elif rng.random() < 0.5 and sheet.house.name not in ("lab",):
        notes(sheet, rng, language, 16, 20, 90, limit=2)


def notes(sheet, rng, language, x, y, wide, limit=4):
    house = sheet.house
    chosen = rng.sample(words.NOTES[language], rng.randrange(1, limit + 1))
    size = house.size * 0.85
    numbered = len(chosen) > 1
    if numbered:
        head = rng.choice(words.HEADS[language])
        sheet.write(x, y, head, size)
        y += 1.9 * size
    for index, text in enumerate(chosen):
        text = text.upper() if house.capitals else text
        lead = f"{index + 1}. " if numbered else ""
        y = sheet.paragraph(x, y, lead + text, size, wide)
        sheet.labels.notes.append(lead + text)


HEADS = {
    "en": ("ITEM", "PART NUMBER", "DESCRIPTION", "MATERIAL", "QTY"),
    "de": ("Pos.", "Teilenummer", "Benennung", "Werkstoff", "Menge"),
    "sv": ("Pos", "Artikelnr", "Benämning", "Material", "Antal"),
}
COLUMNS = (14, 34, 54, 44, 14)


def bill(sheet, rng, language, facts, high, parts, drafting):
    """A list of parts above the title block, its head at the bottom as ISO 7573 has it, or on top."""
    rows = []
    for index in range(rng.randrange(2, 5)):
        rows.append(
            (
                str(index + 1),
                f"{facts['drawing_number'] or 'P-10'}-{index + 1}",
                rng.choice(words.TITLES[language]),
                rng.choice(words.MATERIALS[language]),
                str(rng.choice([1, 1, 2, 4, 8])),
            )
        )
    head_below = language != "en"
    lines = rows[::-1] + [HEADS[language]] if head_below else [HEADS[language]] + rows
    wide, tall = sum(COLUMNS), 6
    x, y = sheet.width - 14 - wide, sheet.height - 16 - high - tall * len(lines)
    for row, cells in enumerate(lines):
        left = x
        for cell, width in zip(cells, COLUMNS):
            sheet.rectangle(left, y + row * tall, width, tall)
            size = 2.2
            while sheet.width_of(cell, size) > width - 2:
                size *= 0.93
            sheet.write(left + 1, y + row * tall + 4.2, cell, size)
            left += width
    sheet.labels.text += [cell for cells in rows for cell in cells]
    sheet.labels.text += HEADS[language]
    sheet.labels.bill = [
        dict(zip(("position", "part_number", "designation", "material", "quantity"), row))
        for row in rows
    ]
    for index, part in enumerate(parts):
        x, y = part.anchor
        drafting.balloon(part.anchor, (x - 16, max(26, y - 46)), index + 1)


REVISION_HEADS = {
    "en": ("REV", "DESCRIPTION", "DATE", "APPROVED"),
    "de": ("Rev.", "Änderung", "Datum", "Name"),
    "sv": ("Rev", "Ändring", "Datum", "Sign"),
}
CHANGES = {
    "en": ["First issue", "Hole pattern changed", "Material changed"],
    "de": ["Erstausgabe", "Bohrbild geändert", "Passung geändert"],
    "sv": ["Första utgåva", "Hålbild ändrad", "Material ändrat"],
}


def revisions(sheet, rng, language):
    columns, tall = (12, 52, 24, 22), 5.5
    x, y = sheet.width - 10 - sum(columns), 10
    rows = [
        (
            letter,
            text,
            f"20{rng.randrange(15, 25)}-0{rng.randrange(1, 9)}-1{rng.randrange(9)}",
            rng.choice(words.PEOPLE[language]),
        )
        for letter, text in zip("ABC", CHANGES[language][: rng.randrange(1, 4)])
    ]
    for row, cells in enumerate([REVISION_HEADS[language]] + rows):
        left = x
        for cell, width in zip(cells, columns):
            sheet.rectangle(left, y + row * tall, width, tall)
            sheet.write(left + 1, y + row * tall + 3.9, cell, 2.1)
            left += width
    sheet.labels.text += [cell for cells in rows for cell in cells] + list(REVISION_HEADS[language])
    sheet.labels.revisions = [
        dict(zip(("revision", "description", "date", "approver"), row)) for row in rows
    ]
