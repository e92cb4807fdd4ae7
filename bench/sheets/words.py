# SPDX-License-Identifier: MIT
"""What is written on sheets: titles, materials, firms, people, notes, in three languages."""

TITLES = {
    "en": [
        "Bearing Housing",
        "Drive Shaft",
        "Mounting Plate",
        "Clamp Ring",
        "Spindle Nut",
        "Motor Bracket LH",
        "Valve Body Cover",
        "Adapter Flange 2in",
        "Idler Pulley Shaft",
    ],
    "de": [
        "Lagergehäuse",
        "Antriebswelle",
        "Grundplatte",
        "Spannring",
        "Kupplungsflansch",
        "Haltewinkel links",
        "Führungsbuchse",
        "Zwischenring Getriebe",
        "Deckel Ölwanne",
    ],
    "sv": [
        "Lagerhus",
        "Drivaxel",
        "Fästplatta",
        "Klämring",
        "Vinkelfäste vänster",
        "Styrbussning",
        "Fläns till pump",
        "Kåpa för växellåda",
    ],
}
SUBTITLES = {
    "en": ["Machined part", "Gearbox stage 2", "Test rig"],
    "de": ["Drehteil", "Getriebe Stufe 2", "Prüfstand"],
    "sv": ["Svarvad detalj", "Växel steg 2", "Provrigg"],
}
MATERIALS = {
    "en": [
        "AISI 1045",
        "Aluminium 6061-T6",
        "Stainless steel 316L",
        "EN-GJL-250",
        "POM-C black",
        "Brass CuZn39Pb3",
        "S355J2",
    ],
    "de": ["C45E", "EN AW-5083", "1.4301", "S235JR", "16MnCr5", "GG-25", "X5CrNi18-10"],
    "sv": ["SS 2541-03", "S355J2+N", "EN AW-6082 T6", "EN 1.4404", "SS 2172"],
}
INCH_MATERIALS = [
    "6061-T6 ALUMINUM",
    "AISI 4140 STEEL",
    "304 STAINLESS STEEL",
    "DELRIN, BLACK",
    "ASTM A36",
]
OWNERS = {
    "en": [
        "Northgate Tooling Ltd",
        "Harlow Precision Inc.",
        "Open Robot Lab",
        "MERIDIAN DYNAMICS",
        "Western State University",
    ],
    "de": [
        "Maschinenbau Keller GmbH",
        "Technische Hochschule Aalen",
        "BRANDT & SOHN KG",
        "Vogel Antriebstechnik AG",
    ],
    "sv": [
        "Norrlunds Mekaniska AB",
        "CHALMERS VERKSTAD",
        "Västkust Verktyg AB",
        "Luleå tekniska universitet",
    ],
}
PEOPLE = {
    "en": ["J. Miller", "A. Reed", "T. Shaw", "K. Ortiz"],
    "de": ["Huber", "M. Vogt", "S. Klein", "R. Bauer"],
    "sv": ["E. Lind", "P. Nyström", "K. Åberg", "L. Holm"],
}
DEPARTMENTS = {
    "en": ["Mechanical Design", "R&D", "Tooling"],
    "de": ["Konstruktion", "Entwicklung"],
    "sv": ["Konstruktion", "Verkstad"],
}
NOTES = {
    "en": [
        "Remove all burrs and sharp edges",
        "Part must be free of oil and grease",
        "Harden to 58-62 HRC",
        "Black anodize per customer specification",
        "Threads to be free of plating",
        "Mark part number where shown",
        "Surfaces marked T to be ground after hardening",
    ],
    "de": [
        "Alle Kanten gratfrei",
        "Gehärtet und angelassen 58+2 HRC",
        "Teile ölfrei anliefern",
        "Oberfläche schwarz brüniert",
        "Nicht bemaßte Radien R2",
        "Gewinde beidseitig angefast",
    ],
    "sv": [
        "Alla skarpa kanter brytes",
        "Detaljen levereras fri från olja",
        "Härdas till 58-62 HRC",
        "Omärkta radier R2",
        "Ytan blästras före målning",
        "Gängor skyddas vid målning",
    ],
}
HEADS = {
    "en": ["NOTES:", "NOTES"],
    "de": ["BEMERKUNGEN:", "HINWEISE:"],
    "sv": ["ANMÄRKNINGAR:", "NOTER:"],
}

WORDS = {
    "en": {
        "chamfer": "CHAMFER",
        "through": "THRU ALL",
        "thread_through": "THRU",
        "section": "SECTION {}",
        "detail": ("DETAIL C", "SCALE 5 : 1"),
    },
    "de": {
        "chamfer": "Fase",
        "through": "durchgehend",
        "thread_through": "Gewinde durchgehend",
        "section": "SCHNITT {}",
        "detail": ("EINZELHEIT Z", "5 : 1"),
    },
    "sv": {
        "chamfer": "Fas",
        "through": "genomgående",
        "thread_through": "genomgående",
        "section": "SNITT {}",
        "detail": ("DETALJ C", "5 : 1"),
    },
}


def facts(rng, house, language, scale, sheet_size):
    """What the title block of a sheet says."""
    one = lambda table: rng.choice(table[language])
    number = rng.choice(["{}-{:04d}", "{}{:05d}", "{}.{:03d}.01", "{}-{:03d}-B"]).format(
        rng.choice(["10", "AX", "P", "7742", "KD", "300"]), rng.randrange(1, 999)
    )
    year, month, day = (
        rng.randrange(1994 if house.scan else 2014, 2026),
        rng.randrange(1, 13),
        rng.randrange(1, 29),
    )
    date = {
        "iso": f"{year}-{month:02d}-{day:02d}",
        "de": f"{day:02d}.{month:02d}.{year}",
        "us": f"{month}/{day}/{year}",
        "uk": f"{day:02d}/{month:02d}/{year}",
    }["de" if language == "de" and rng.random() < 0.8 else house.date]
    title = one(TITLES)
    return {
        "title": title.upper() if house.capitals else title,
        "subtitle": one(SUBTITLES) if rng.random() < 0.4 else None,
        "drawing_number": number,
        "revision": rng.choice(["A", "B", "C", "0", "01", "2"]),
        "material": rng.choice(INCH_MATERIALS) if house.inch else one(MATERIALS),
        "scale": scale,
        "date": date,
        "sheet_size": sheet_size,
        "sheet": rng.choice(["1/1", "1/2", "2/3"]),
        "owner": one(OWNERS),
        "creator": one(PEOPLE),
        "approver": one(PEOPLE),
        "department": one(DEPARTMENTS),
        "weight": f"{rng.uniform(0.05, 4):.2f}".replace(".", house.decimal)
        + (" lbs" if house.inch else " kg"),
        "language": language,
        "general_tolerance": general_tolerance(rng, house, language),
        "general_surface_finish": "Ra "
        + rng.choice(["1.6", "3.2", "6.3"]).replace(".", house.decimal),
    }


def general_tolerance(rng, house, language):
    if house.inch:
        return None
    if house.scan:
        return rng.choice(["DIN 7168 mittel", "DIN 7168-m", "DIN 7168 fein"])
    choices = ["ISO 2768-mK", "ISO 2768-m", "ISO 2768-fH", "ISO 2768-1 m", "±0.1", "ISO 22081"]
    if language == "de":
        choices += ["DIN ISO 2768-mK", "DIN EN ISO 13920-B"]
    return rng.choice(choices).replace(".", house.decimal if "±" in choices else ".")
