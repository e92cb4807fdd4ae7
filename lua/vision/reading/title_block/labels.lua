-- SPDX-License-Identifier: MIT
-- What the cells of a title block are called, in English, German and Swedish, folded (lower case,
-- no accents, no stops). `false` names cells that matter only as neighbours: what stands in them
-- belongs to no field.
local spelling = require "vision.reading.spelling"

local labels = {}

local WORDS = {
  title = {
    "title", "drawing title", "benennung", "benamning", "bezeichnung", "description",
    "designation", "titel", "part name", "beskrivning",
  },
  subtitle = { "subtitle", "supplementary title", "zusatzbenennung", "untertitel" },
  drawing_number = {
    "dwg no", "drg no", "dwg number", "drawing number", "drawing no", "zeichnungsnr",
    "zeichnungsnummer", "zeichnungs nr", "ritningsnummer", "ritningsnr", "ritn nr", "part number",
    "part no", "teilenummer", "sachnummer", "artikelnummer", "artikelnr", "identification number",
    "ident nr", "document number", "detaljnummer",
  },
  revision = { "rev", "revision", "sheet rev", "revision index", "anderung", "anderungsindex",
    "index", "utgava" },
  material = { "material", "werkstoff" },
  scale = { "scale", "massstab", "masstab", "skala" },
  date = { "date", "datum", "date of issue", "ausgabedatum", "utgivningsdatum" },
  sheet = { "sheet", "sheet no", "blatt", "blad", "page", "seite", "sida" },
  sheet_size = { "size", "format", "sheet size", "paper size", "blattformat" },
  weight = { "weight", "gewicht", "vikt", "mass", "masse", "massa" },
  general_tolerance = {
    "general tolerance", "general tolerances", "tolerances", "tolerance", "linear",
    "allgemeintoleranz", "allgemeintoleranzen", "toleranzen", "generella toleranser",
    "tolerance if not indicated acc to",
  },
  general_surface_finish = {
    "general surface finish", "surface finish", "surface roughness", "oberflachengute",
    "oberflachenbeschaffenheit", "oberflache", "ytjamnhet", "ytfinhet",
  },
  surface_treatment = { "surface treatment", "oberflachenbehandlung", "ytbehandling" },
  owner = {
    "legal owner", "owner", "company", "firma", "eigentumer", "gesetzlicher eigentumer", "foretag",
    "agare",
  },
  department = {
    "department", "dept", "responsible department", "abteilung", "verantwortliche abteilung",
    "avdelning", "group", "grupp",
  },
  creator = {
    "drawn", "drawn by", "created by", "creator", "gezeichnet", "erstellt", "erstellt durch",
    "ritad av", "konstruerad av",
  },
  approver = {
    "approved", "approved by", "approval person", "appr", "appr by", "appvd", "genehmigt",
    "genehmigt von", "godkand", "godkand av",
  },
  document_type = { "document type", "dokumentart", "dokumenttyp" },
  [false] = {
    "name", "signature", "signatur", "sign", "checked", "checked by", "chkd", "gepruft", "mfg",
    "qa", "q a", "produktion", "qualitat", "finish", "rev by", "granskad av",
    "contact information", "kontaktinformation", "angular", "winkel", "first issued",
    "unless otherwise specified", "wenn nicht anders definiert", "dimensions are in millimeters",
    "bemassungen sind in millimeter", "do not scale drawing", "zeichnung nicht skalieren",
    "project", "projekt", "first angle projection", "third angle projection",
    "technical reference", "status", "file name", "comments", "deburr and", "entgraten",
    "language", "sprache", "sprak", "item", "qty", "pos",
  },
}

local entries = {}
for field, words in pairs(WORDS) do
  for _, word in ipairs(words) do
    local _, spaces = word:gsub(" ", "")
    entries[#entries + 1] = { text = word, words = spaces + 1, field = field or nil }
  end
end
-- The longest label first: "sheet rev" is no "sheet".
table.sort(entries, function(a, b)
  if a.words ~= b.words then
    return a.words > b.words
  elseif #a.text ~= #b.text then
    return #a.text > #b.text
  end
  return a.text < b.text
end)

local function clean(word)
  return (spelling.fold(word):gsub("[^%w]", ""))
end

local function first_words(words, count)
  local out = {}
  for index = 1, count do
    out[index] = clean(words[index])
  end
  return table.concat(out, " ")
end

local function matches(given, entry)
  return given == entry.text or spelling.within(given, entry.text, spelling.tolerance(#entry.text))
end

-- Behind a label stand a colon and its value, a second language, or nothing. A further plain word
-- makes a sentence of it.
local function rest_of(words, entry)
  local rest = table.concat(words, " ", entry.words + 1)
  local label_end = words[entry.words]
  if rest == "" then
    return ""
  elseif rest:find "^/" then
    return ""
  end
  local separated = label_end:find ":$" or rest:find "^[:=]"
  rest = rest:gsub("^[:=]%s*", "")
  if separated or rest:find "^[%d±+]" or rest:find "^[A-Z]?%d" then
    return rest
  end
end

-- "SCALE:1:1" and "Scale/skala" are one word on the sheet.
local function split_words(text)
  local words = {}
  text = text:gsub("^[%s|'\"`‘_]+", ""):gsub("[%s|%]_]+$", "")
  text = text:gsub("^(%a+%.?):(%S)", "%1: %2", 1):gsub("(%a)/(%a)", "%1 /%2", 1)
  for word in text:gmatch "%S+" do
    words[#words + 1] = word
  end
  return words
end

--- The label that a line begins with.
---@param text string
---@return { field: string?, rest: string, words: integer }|nil `rest` is what follows the label
---  in the same line.
function labels.find(text)
  local words = split_words(text)
  for _, entry in ipairs(entries) do
    if #words >= entry.words and matches(first_words(words, entry.words), entry) then
      local rest = rest_of(words, entry)
      if rest then
        return { field = entry.field, rest = rest, words = entry.words }
      end
    end
  end
  return nil
end

--- How many words a line's first label has, where a second label follows it directly.
---@param text string
---@return integer|nil
function labels.first_of_two(text)
  local words = split_words(text)
  for _, entry in ipairs(entries) do
    if #words > entry.words and not words[entry.words + 1]:find "^/"
      and matches(first_words(words, entry.words), entry)
      and labels.find(table.concat(words, " ", entry.words + 1)) then
      return entry.words
    end
  end
  return nil
end

-- ISO 7200: what a title block must have, in the words of the standard.
labels.MANDATORY = {
  { field = "owner", name = "legal owner" },
  { field = "drawing_number", name = "identification number" },
  { field = "date", name = "date of issue" },
  { field = "sheet", name = "sheet number" },
  { field = "title", name = "title" },
  { field = "approver", name = "approval person" },
  { field = "creator", name = "creator" },
  { field = "document_type", name = "document type" },
}

return labels
