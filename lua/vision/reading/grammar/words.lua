-- SPDX-License-Identifier: MIT
-- The words of call-outs in English, German and Swedish. A space in a word may be missing on the
-- sheet; a full stop may follow each; capitals and lost umlauts make no difference (tokens.word).
return {
  -- what is measured
  diameter = { "dia", "diam", "diameter", "durchm", "durchmesser", "dm" },
  radius = { "radius", "rad", "radie", "halbmesser" },
  sphere = { "sphere", "spherical", "spher", "kugel", "sfär", "kula" },
  pitch_circle = {
    "pcd", "p.c.d", "b.c.d", "bcd", "bolt circle", "pitch circle", "lochkreis", "teilkreis", "lk",
    "tk", "delningscirkel", "hålcirkel", "delc",
  },
  square = { "sq", "square", "vierkant", "4kt", "fyrkant" },
  across_flats = { "a/f", "af", "across flats", "sw", "schlüsselweite", "nv", "nyckelvidd" },
  thickness = { "thk", "thick", "thickness", "dick", "dicke", "blechdicke", "tjocklek", "tjock" },
  degrees = { "deg", "degrees", "grad", "grader" },
  taper = { "taper", "conical taper", "kegel", "konicitet", "kona" },
  slope = { "slope", "neigung", "lutning" },
  arc = { "arc length", "bogenlänge", "båglängd" },
  chamfer = { "chamfer", "chamf", "cham", "chfr", "fase", "fas", "fasen", "avfasning", "avfasa" },

  -- holes
  hole = {
    "hole", "holes", "bore", "drill", "drilled", "ream", "reamed", "bohrung", "bohrungen", "bohr",
    "bohren", "loch", "hål", "borra", "borrad",
  },
  thread = {
    "thread", "threads", "threaded", "tap", "tapped", "gewinde", "gew", "gänga", "gängad", "gängat",
  },
  counterbore = {
    "cbore", "c'bore", "c-bore", "c/bore", "counterbore", "counterbored", "zylindersenkung",
    "flachsenkung", "plansenkung", "planförsänkning", "cylindrisk försänkning",
  },
  spotface = { "spotface", "spotfaced", "s/f", "sf", "planförsänk" },
  countersink = {
    "csk", "csink", "c'sink", "c-sink", "countersink", "countersunk", "kegelsenkung",
    "konisk försänkning",
  },
  -- Both kinds of bore have these names; an angle tells them apart.
  any_sink = { "senkung", "senk", "gesenkt", "ansenken", "försänkning", "försänk", "försänkt" },
  deep = { "deep", "dp", "depth", "tief", "tiefe", "djup", "djupt" },
  depth = { "depth", "deep", "tiefe", "tief", "djup" },
  through = {
    "thru", "through", "thro", "durchgehend", "durchgängig", "durchg", "durchgeh", "durch",
    "genomgående", "genomg", "igenom",
  },

  -- how often and how exactly
  places = {
    "places", "place", "plcs", "plc", "pls", "pl", "pcs", "off", "holes", "hole", "positions",
    "stk", "stück", "stellen", "mal", "bohrungen", "löcher", "gewinde", "st", "stycken", "ställen",
    "hål",
  },
  typical = { "typ", "typical", "typisch", "typiskt" },
  maximum = { "max", "maximum", "maximal", "höchstens", "högst" },
  minimum = { "min", "minimum", "minimal", "mind", "mindestens", "minst" },
  reference = { "ref", "reference", "referenz", "hilfsmaß", "hjälpmått" },
  basic = { "basic", "bsc", "ted", "theor" },
  approximate = { "approx", "approximately", "circa", "c:a", "etwa", "ungefär" },
  all = { "all around", "all over", "all", "alle", "alla", "umlaufend", "rundum", "runt om" },
  both_sides = { "both sides", "both ends", "beidseitig", "beiderseits", "båda sidor" },
  equally_spaced = {
    "eq sp", "eq spaced", "equi-spaced", "equispaced", "equally spaced", "gleichmäßig verteilt",
    "jämnt fördelade", "lika delning",
  },
  left = { "left hand", "left", "linksgewinde", "links", "vänstergänga", "vänster" },
  right = { "right hand", "rechtsgewinde", "högergänga" },
}
