-- SPDX-License-Identifier: MIT
-- What the cells of a title block are called, in English, German and Swedish, folded (lower case,
-- no accents, no stops). `false` names cells that matter only as neighbours: what stands in them
-- belongs to no field.
local spelling = require "vision.reading.spelling"

local labels = {}

local WORDS = {
  title = {
    "title", "drawing title", "drawing name", "sheet title", "benennung", "benamning",
    "bezeichnung", "description", "designation", "titel", "part name", "part title",
    "beskrivning", "objekt", "teilebezeichnung", "title supplementary title",
    "titel tillaggstitel", "titel zusatzlicher titel", "benennung zusatzliche benennung",
  },
  subtitle = {
    "subtitle", "supplementary title", "zusatzbenennung", "untertitel", "zusatzlicher titel",
    "zusatzliche benennung", "tillaggstitel", "undertitel",
  },
  drawing_number = {
    "dwg no", "drg no", "drwg no", "dwg number", "drawing number", "drawing no", "drawing nr",
    "zeichnungsnr", "zeichnungsnummer", "zeichnungs nr", "zeichnung nr",
    "zeichn nr", "ritningsnummer", "ritningsnr", "ritning nr", "ritn nr", "ritnings nr",
    "part number", "part no", "teilenummer", "teile nr", "sachnummer", "sach nr",
    "artikelnummer", "artikelnr", "artikel nr", "identification number", "identifikationsnummer",
    "ident nr", "document number", "document no", "dokumentnummer", "dokument nr",
    "detaljnummer", "registration number",
  },
  revision = { "rev", "rev no", "revision", "sheet rev", "revision index", "anderung",
    "anderungsindex", "index", "utgava", "edition", "ausgabe", "version", "issue", "rev index",
    "anderungsstand", "revisionsindex" },
  material = { "material", "werkstoff", "materials", "part material", "matl", "werkstoff halbzeug",
    "rohmaterial" },
  -- The English model of the engine has no ß.
  scale = { "scale", "massstab", "masstab", "skala", "mafistab", "mafstab", "mabstab" },
  date = { "date", "datum", "date of issue", "ausgabedatum", "utgivningsdatum", "issue date",
    "first issued", "date drawn", "erstelldatum", "release date" },
  sheet = { "sheet", "sheet no", "blatt", "blad", "blad nr", "blatt nr", "page", "seite", "sida",
    "sheet sheets" },
  sheet_size = { "size", "format", "sheet size", "paper size", "blattformat", "papierformat",
    "blattgrosse", "dwg size" },
  weight = { "weight", "gewicht", "vikt", "mass", "masse", "massa", "approx weight",
    "calc weight" },
  general_tolerance = {
    "general tolerance", "general tolerances", "tolerances", "tolerance", "linear",
    "allgemeintoleranz", "allgemeintoleranzen", "allgemein toleranzen", "freimasstoleranz",
    "freimasstoleranzen", "toleranzen", "toleranz", "generella toleranser", "generell tolerans",
    "toleranser", "tolerans", "allmanna toleranser", "tolerance if not indicated acc to",
    "tolerances unless stated", "tolerances unless otherwise stated",
    "tolerances unless otherwise specified", "tolerances unless otherwise noted",
    "undimensioned tolerances", "general tol", "tol", "ej toleranssatta matt",
  },
  general_surface_finish = {
    "general surface finish", "surface finish", "surface roughness", "surface texture",
    "oberflachengute", "oberflachenbeschaffenheit", "oberflache", "oberflachen", "rauheit",
    "ytjamnhet", "ytfinhet", "ytstruktur", "generell ytjamnhet",
  },
  surface_treatment = { "surface treatment", "oberflachenbehandlung", "ytbehandling", "coating",
    "beschichtung" },
  owner = {
    "legal owner", "owner", "company", "company name", "firma", "eigentumer",
    "gesetzlicher eigentumer", "foretag", "agare", "laglig agare", "rattslig agare",
    "rechtlicher eigentumer", "organisation",
  },
  department = {
    "department", "dept", "responsible department", "responsible dept", "resp dept", "abteilung",
    "verantwortliche abteilung", "verantwortl abtlg", "avdelning", "ansvarig avdelning",
    "ansvarig avd", "group", "grupp",
  },
  creator = {
    "drawn", "drawn by", "created by", "creator", "gezeichnet", "gez", "erstellt",
    "erstellt durch", "erstellt von", "ritad", "ritad av", "konstruerad av", "skapad av", "konstr",
    "designed by", "designed", "konstruiert von", "konstrukteur", "bearbeitet", "bearb",
    "bearbeiter", "author", "verfasser", "ritat av", "ritat", "konstruktor", "drn",
  },
  approver = {
    "approved", "approved by", "approval person", "appr", "appr by", "appvd", "app", "apvd",
    "genehmigt", "genehmigt von", "genehmigt durch", "freigegeben", "freigabe", "godkand",
    "godkand av", "released by", "released",
  },
  document_type = { "document type", "dokumentart", "dokumenttyp", "type of document" },
  [false] = {
    "name", "signature", "signatur", "sign", "checked", "checked by", "chkd", "chkd by", "chk",
    "gepruft", "gepruft von", "gepr", "norm", "mfg", "mfg appr", "eng appr", "qa", "q a",
    "produktion", "qualitat", "finish", "rev by", "granskad", "granskad av", "kontrollerad",
    "contact information", "kontaktinformation", "angular", "winkel", "zust", "zustand",
    "ursprung", "ersatz fur", "ersatz durch", "ersetzt durch", "replaces", "ersatter",
    "unless otherwise specified", "wenn nicht anders definiert", "om inget annat anges",
    "dimensions are in millimeters", "bemassungen sind in millimeter", "do not scale drawing",
    "zeichnung nicht skalieren", "project", "projekt", "project no", "projekt nr",
    "first angle projection", "third angle projection", "projection", "projektion",
    "technical reference", "technische referenz", "teknisk referens", "status",
    "document status", "dokumentstatus", "file name", "dateiname", "filnamn", "comments",
    "deburr and", "entgraten", "language", "sprache", "sprak", "item", "qty", "pos", "cage code",
    "fscm no", "heat treatment", "warmebehandlung", "varmebehandling", "customer", "kunde",
    "kund", "order no", "auftrag", "next assy", "used on", "application", "classification",
    "antal", "stuckzahl", "menge", "quantity", "telefon", "phone", "tel", "model", "time", "zeit",
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

-- The first words as labels are written, by how many they are.
local function beginnings(words)
  local out = {}
  for index = 1, math.min(#words, entries[1].words) do
    out[index] = (index > 1 and out[index - 1] .. " " or "") .. clean(words[index])
  end
  return out
end

-- A kind of document, and but two letters from "Bezeichnung".
local NO_LABEL = { zeichnung = true }

local function matches(given, entry)
  return given == entry.text or not NO_LABEL[given]
    and spelling.within(given, entry.text, spelling.tolerance(#entry.text))
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
  -- A unit or a remark in brackets is no part of what a label says.
  text = text:gsub("(%a) ?%([^%d()]-%)", "%1")
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
  local first = beginnings(words)
  for _, entry in ipairs(entries) do
    if #words >= entry.words and matches(first[entry.words], entry) then
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
  local first = beginnings(words)
  for _, entry in ipairs(entries) do
    if #words > entry.words and not words[entry.words + 1]:find "^/"
      and matches(first[entry.words], entry)
      and labels.find(table.concat(words, " ", entry.words + 1)) then
      return entry.words
    end
  end
  return nil
end

-- Shorter words also end sentences, and so do labels behind more words than a value has.
local LEAST_AT_END, MOST_BEFORE = 6, 3

--- How many words stand before a label with which a line ends: the cell on the right, when the rule
--- between was not seen.
---@param text string
---@return integer|nil
function labels.before_last(text)
  local words = split_words(text)
  for index = 2, math.min(#words, MOST_BEFORE + 1) do
    local rest = table.concat(words, " ", index)
    local label = #rest >= LEAST_AT_END and labels.find(rest)
    if label and label.rest == "" and label.words == #words - index + 1 then
      return index - 1
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
