-- SPDX-License-Identifier: MIT
-- The shape of a reading, in two forms: what a model is asked to answer, and what the program gives
-- out (the file schema/reading-1.schema.json).
--
-- What is asked must pass every provider's idea of JSON Schema at once: each object closed and with
-- all its properties required, no limits on numbers or lengths, at most five levels and sixteen
-- properties that may be null. What such a schema cannot say, `description` checks.

local json = require "vision.base.json"

local schema = {}

--- The number in `reading.schema`; it grows when a reader of the old shape would stumble.
schema.VERSION = 1

schema.KINDS = { "mechanical", "architectural", "circuit", "flowchart", "other" }

schema.CALLOUT_TYPES = {
  "length", "diameter", "radius", "angle", "chamfer", "depth", "counterbore", "countersink",
  "thread", "frame", "surface_finish", "component", "other",
}

--- Fields of the title block that are asked for.
schema.TITLE_FIELDS = {
  "title", "subtitle", "drawing_number", "revision", "material", "scale", "units", "date",
  "general_tolerance", "sheet", "owner",
}

local UNITS = { "mm", "cm", "m", "inch", "unknown" }

local function closed(names, properties)
  return {
    type = "object",
    properties = properties,
    required = json.array(names),
    additionalProperties = false,
  }
end

local function list_of(items)
  return { type = "array", items = items }
end

local function text(description)
  return { type = "string", description = description }
end

local function nullable(kind, description)
  return { type = { kind, "null" }, description = description }
end

local function title_block()
  local properties = {}
  for _, name in ipairs(schema.TITLE_FIELDS) do
    properties[name] = nullable "string"
  end
  return closed(schema.TITLE_FIELDS, properties)
end

local function callout()
  return closed({ "type", "text", "quantity", "nominal", "upper", "lower", "page" }, {
    type = { type = "string", enum = schema.CALLOUT_TYPES },
    text = text "the call-out exactly as printed",
    quantity = { type = "integer", description = "how often it applies: 4 for 4x, else 1" },
    nominal = nullable("number", "the size"),
    upper = nullable("number", "upper deviation from the size"),
    lower = nullable("number", "lower deviation from the size"),
    page = { type = "integer", description = "the sheet it stands on, from 1" },
  })
end

--- What a model is asked to answer.
---@return table JSON Schema
function schema.answer()
  return closed({ "summary", "details", "confidence", "drawing" }, {
    summary = text "one or two sentences",
    details = list_of { type = "string" },
    confidence = nullable("number", "from 0 to 1; null when it cannot be said"),
    drawing = closed({ "kind", "units", "title_block", "callouts", "notes", "missing" }, {
      kind = { type = "string", enum = schema.KINDS },
      units = { type = "string", enum = UNITS },
      title_block = title_block(),
      callouts = list_of(callout()),
      notes = list_of { type = "string" },
      missing = list_of { type = "string" },
    }),
  })
end

local answer_text

--- The same as JSON text; made once.
---@return string
function schema.answer_text()
  answer_text = answer_text or json.encode(schema.answer())
  return answer_text
end

-- For models that only know "answer in JSON": the shape shown by an answer.
local EXAMPLE = [[
{"summary": "Flange with four holes, front view and section.",
 "details": ["Outer diameter Ø80 h7", "Four holes Ø6,6 on a pitch circle of Ø60"],
 "confidence": 0.8,
 "drawing": {"kind": "mechanical", "units": "mm",
  "title_block": {"title": "Flange", "subtitle": null, "drawing_number": "4711-02",
   "revision": "B", "material": "1.4301", "scale": "1:2", "units": "mm", "date": null,
   "general_tolerance": "ISO 2768-mK", "sheet": "1/1", "owner": null},
  "callouts": [{"type": "diameter", "text": "4x Ø6,6 +0,1/0", "quantity": 4, "nominal": 6.6,
   "upper": 0.1, "lower": 0, "page": 1}],
  "notes": ["Break all sharp edges"], "missing": ["surface finish"]}}]]

local instruction = "Answer with one JSON object and nothing else: no prose, no code fence. It has "
  .. "exactly these fields; a field whose value is not on the sheet is null, a list without "
  .. "entries is []. `kind` is one of " .. table.concat(schema.KINDS, ", ") .. "; `units` one of "
  .. table.concat(UNITS, ", ") .. "; `type` one of " .. table.concat(schema.CALLOUT_TYPES, ", ")
  .. ". An example of the shape, not of the content:\n" .. EXAMPLE

--- What is added to the prompt of a model that has no schema in its request.
---@return string
function schema.instruction()
  return instruction
end

-- ---- what the program gives out -----------------------------------------------------------------

local function open(properties, required)
  return { type = "object", properties = properties, required = json.array(required) }
end

local function share(description)
  return { type = { "number", "null" }, minimum = 0, maximum = 1, description = description }
end

local function box()
  return {
    type = { "array", "null" }, items = { type = "number" }, minItems = 4, maxItems = 4,
    description = "x, y, width, height in pixels of the page at drawing.dpi",
  }
end

local function said_otherwise()
  return list_of(open({ text = { type = "string" }, sources = list_of { type = "string" } },
    { "text", "sources" }))
end

local function given_callout()
  return open({
    type = { type = "string" },
    text = text "the call-out as printed",
    quantity = { type = "integer", minimum = 1 },
    nominal = nullable "number",
    upper = nullable("number", "upper deviation from the size"),
    lower = nullable("number", "lower deviation from the size"),
    basic = { type = "boolean", description = "theoretically exact: it stands in a box" },
    unit = nullable "string",
    confidence = share "null where nothing supports one",
    page = { type = "integer", minimum = 1 },
    box = box(),
    outline = {
      type = { "array", "null" }, minItems = 4, maxItems = 4,
      items = { type = "array", items = { type = "number" }, minItems = 2, maxItems = 2 },
      description = "its corners where the page lay askew and the box is wider than the lettering",
    },
    sources = list_of { type = "string" },
    supported = { type = { "boolean", "null" },
      description = "of a consensus: whether a local reading saw its numbers" },
    alternatives = said_otherwise(), -- of a consensus: how others read it
    warnings = list_of { type = "string", description = "checks that the call-out did not pass" },
  }, { "type", "text" })
end

-- What a sheet that is no drawing of a part holds. Each kind of item has fields of its own.
local function given_item()
  return open({
    kind = text "room, part, terminal, net, step, decision, terminator, branch, title or text",
    page = { type = "integer", minimum = 1 },
    box = box(),
    confidence = share "null where nothing supports one",
  }, { "kind", "box" })
end

-- A table of the sheet: text by column.
local function rows_of(names, description)
  local columns = {}
  for _, name in ipairs(names) do
    columns[name] = { type = "string" }
  end
  return { type = "array", items = open(columns), description = description }
end

local function general_tolerance()
  return open({
    text = text "as printed",
    standard = nullable("string", "ISO 2768, DIN 7168, ..."),
    class = nullable("string", "of the standard: m"),
    geometry = nullable("string", "class of form and place: K"),
    applies_to = { type = { "string", "null" },
      enum = { "linear", "angles", "decimals", "fractions", json.null } },
    decimals = nullable("integer", "sizes written with so many decimals"),
    upper = nullable "number",
    lower = nullable "number",
  }, { "text" })
end

local function given_sheet()
  return open({
    page = { type = "integer", minimum = 1 },
    width = { type = "integer", minimum = 1, description = "pixels of the page at dpi" },
    height = { type = "integer", minimum = 1 },
    dpi = nullable "number",
    turned = nullable("integer", "degrees clockwise by which the page was turned to read it"),
    skew = nullable("number", "degrees clockwise by which it lay askew"),
    photographed = nullable("boolean", "the sheet was found in a photograph and seen from above"),
    inverted = nullable("boolean", "it was light on dark"),
    paper = { type = { "object", "null" }, description = "the format that the page is as large as",
      properties = { format = { type = "string" }, width = { type = "integer" },
        height = { type = "integer" } } },
    kind = nullable "string",
    units = nullable "string",
    summary = text "a brief description",
    confidence = share "of this sheet",
    title_block = { type = "object", additionalProperties = { type = { "string", "null" } } },
    notes = list_of { type = "string" },
    missing = list_of { type = "string" },
  }, { "page" })
end

local function given_drawing()
  return open({
    kind = nullable "string",
    units = nullable "string",
    pages = { type = "integer", minimum = 1 },
    dpi = nullable "number",
    title_block = { type = "object", additionalProperties = { type = { "string", "null" } } },
    callouts = list_of(given_callout()),
    unconfirmed = list_of(given_callout()), -- of a consensus: what too few read
    title_block_votes = { type = { "object", "null" }, description = "of a consensus, by field",
      additionalProperties = open({
        text = { type = "string" }, sources = list_of { type = "string" },
        confidence = share "from agreement", alternatives = said_otherwise(),
      }, { "text", "sources" }) },
    datums = list_of(open({
      letter = text "the datum's letter, as frames name it",
      confidence = share "null where nothing supports one",
      page = { type = "integer", minimum = 1 },
      box = box(),
    }, { "letter" })),
    notes = list_of { type = "string" },
    missing = list_of { type = "string" },
    text = list_of { type = "string", description = "the lines of a sheet that shows no part" },
    items = list_of(given_item()),
    general_tolerances = list_of(general_tolerance()),
    bill_of_material = rows_of({ "position", "part_number", "designation", "material", "quantity",
      "unit_weight", "standard", "remark" }, "the list of parts"),
    revisions = rows_of({ "revision", "zone", "description", "date", "approver", "number" },
      "what was changed"),
    parts = { type = "array", description = "captions of several parts on one sheet",
      items = open { designation = { type = "string" }, quantity = { type = "integer" } } },
    sheets = list_of(given_sheet()),
  }, { "title_block", "callouts", "notes", "missing" })
end

-- What was tried for the reading, where it was more than one call.
local function trail_step()
  return open({
    endpoint = text "who was asked",
    attempt = { type = "integer", minimum = 1 },
    reason = nullable("string", "why it failed; null where it went well"),
    message = nullable "string",
    seconds = { type = "number", minimum = 0 },
    action = nullable("string", "what followed, or what it was: retry, failover, hedge, ..."),
  }, { "endpoint", "attempt", "seconds" })
end

--- The JSON Schema of a reading, as the file schema/reading-1.schema.json holds it. Fields may be
--- added to a reading without a new version: objects are open.
---@return table
function schema.reading()
  local reading = open({
    schema = { type = "integer", const = schema.VERSION },
    summary = text "a brief description",
    details = list_of { type = "string" },
    confidence = share "how sure the reader is; null where nothing supports a number",
    confidence_reasons = list_of { type = "string" },
    drawing = given_drawing(),
    provider = text "who read",
    model = nullable "string",
    parsed = { type = "boolean", description = "false: the summary is a model's raw text" },
    grounding = { type = { "string", "null" }, enum = { "image", "text", "none", json.null },
      description = "what the reader had before it: the picture, its transcript, or nothing" },
    fallback_from = nullable("string", "who should have read"),
    sources = list_of { type = "string", description = "whose readings it is made of" },
    trail = list_of(trail_step()),
    warnings = list_of { type = "string" },
    processing_time_ms = nullable "number",
  }, { "schema", "summary", "details" })
  reading["$schema"] = "https://json-schema.org/draft/2020-12/schema"
  reading.title = "A reading of a drawing"
  return reading
end

return schema
