-- SPDX-License-Identifier: MIT
-- One reading of several, call-out by call-out and field by field: what enough of them say, by how
-- good each is known to be. Who said what stays in it, and what few said is kept apart.

local calibration = require "vision.ensemble.consensus.calibration"
local description = require "vision.drawing.description"
local errors = require "vision.base.error"
local evidence = require "vision.ensemble.consensus.evidence"
local fields = require "vision.ensemble.consensus.fields"
local groups = require "vision.ensemble.consensus.groups"
local json = require "vision.base.json"
local votes = require "vision.ensemble.consensus.votes"

local consensus = { calibration = calibration }

local ACCEPTED = 0.5

-- Only a reading made here has these; it measures what a model guesses.
local LOCAL_ONLY = { "pages", "dpi", "datums", "text", "items", "general_tolerances",
  "bill_of_material", "revisions", "parts", "sheets" }

---@class vision.ConsensusInput
---@field name string          the endpoint
---@field reading vision.VisionDescription
---@field weight number?       1; 0: it is shown, but counts for nothing

---@class vision.ConsensusOptions
---@field calibration vision.Calibration?  that of the user's folder

-- ---- who reads ----

local function is_local(input)
  return input.reading.provider == "local"
end

local function reader_of(input, measured)
  local known = measured.readers[input.name] or votes.UNMEASURED
  return { name = input.name, precision = known.precision, recall = known.recall,
    weight = input.weight or 1, is_local = is_local(input) }
end

-- Those that read a drawing at all; a raw text has no vote.
local function voters(inputs)
  local readings = {}
  for _, input in ipairs(inputs) do
    if input.reading.drawing then readings[#readings + 1] = input end
  end
  return readings
end

local function of_field(list, field)
  local out = {}
  for i, item in ipairs(list) do out[i] = item[field] end
  return out
end

-- ---- call-outs ----

-- A local reading says of each call-out how sure it is.
local function word_of(item, reader)
  return votes.says(reader, reader.is_local and item.callout.confidence or nil)
end

-- For one way to read a place, against there being nothing. Who reads it otherwise speaks neither
-- for it nor for nothing; silence of the local reading means nothing where it saw the numbers.
local function odds_of(group, readers, otherwise, supported)
  local sum, silences = 0, {}
  for i, reader in ipairs(readers) do
    local item = group.by_reader[i]
    if item then
      sum = sum + word_of(item, reader)
    elseif not otherwise[i] and not (reader.is_local and supported) then
      silences[#silences + 1] = votes.silent(reader)
    end
  end
  return sum + votes.together(silences)
end

-- The spelling of whose word weighs most.
local function spokesman(group, readers)
  local best, most
  for _, item in ipairs(group.items) do
    local weight = word_of(item, readers[item.reader])
    if not best or weight > most then best, most = item, weight end
  end
  return best.callout
end

local function sources_of(group, readers)
  local names = json.array {}
  for i, reader in ipairs(readers) do
    if group.by_reader[i] then names[#names + 1] = reader.name end
  end
  return names
end

-- Who has a say about a place, in whatever way.
local function speakers(ways)
  local set = {}
  for _, way in ipairs(ways) do
    for reader in pairs(way.by_reader) do set[reader] = true end
  end
  return set
end

-- The odds of each become shares of one, with nothing there as one more way.
local function share_out(list)
  local most = 0
  for _, candidate in ipairs(list) do most = math.max(most, candidate.odds) end
  local sum = math.exp(-most)
  for _, candidate in ipairs(list) do sum = sum + math.exp(candidate.odds - most) end
  for _, candidate in ipairs(list) do
    candidate.probability = math.exp(candidate.odds - most) / sum
  end
end

-- Every way in which a place was read, the most likely first.
local function candidates_of(group, readers, known)
  local ways, list = { group }, {}
  for _, other in ipairs(group.dissent or {}) do ways[#ways + 1] = other end
  local all = speakers(ways)
  for place, way in ipairs(ways) do
    local supported = evidence.supports(known, way.value.numbers)
    list[place] = { group = way, supported = supported, place = place,
      odds = odds_of(way, readers, all, supported) }
  end
  share_out(list)
  table.sort(list, function(a, b)
    if a.odds ~= b.odds then return a.odds > b.odds end
    return a.place < b.place
  end)
  return list
end

local function rounded(figure)
  return math.floor(figure * 100 + 0.5) / 100
end

-- Where it stands, of whoever saw that.
local function place_of(group)
  for _, item in ipairs(group.items) do
    if item.callout.box then return item.callout end
  end
  return {}
end

local function callout_of(candidate, readers, others, measured)
  local group, callout = candidate.group, {}
  for name, value in pairs(spokesman(group, readers)) do callout[name] = value end
  local place = place_of(group)
  callout.box, callout.outline = place.box, place.outline
  callout.page = place.page or callout.page
  callout.sources = sources_of(group, readers)
  callout.supported = candidate.supported
  callout.confidence = rounded(calibration.of_figure(measured.curve, candidate.probability))
  callout.reasons = { ("read so by %d of %d"):format(#group.items, #readers) }
  for _, other in ipairs(others) do
    callout.alternatives = callout.alternatives or {}
    table.insert(callout.alternatives, { text = spokesman(other.group, readers).text,
      sources = sources_of(other.group, readers) })
  end
  return callout
end

-- The call-outs that are likely enough, and those that are not.
local function decide(readings, readers, known, measured)
  local accepted, unconfirmed = json.array {}, json.array {}
  for _, group in ipairs(groups.of(readings)) do
    local list = candidates_of(group, readers, known)
    local best = table.remove(list, 1)
    local callout = callout_of(best, readers, list, measured)
    table.insert(best.probability >= ACCEPTED and accepted or unconfirmed, callout)
  end
  return accepted, unconfirmed
end

-- ---- the reading ----

local function local_reading(readings)
  for _, input in ipairs(readings) do
    if is_local(input) then return input.reading end
  end
end

local function drawing_of(readings, readers, measured)
  local list = of_field(readings, "reading")
  local here = local_reading(readings)
  local known = here and evidence.numbers(here.drawing)
  local drawing = {
    kind = fields.word(list, readers, "kind"), units = fields.word(list, readers, "units"),
    notes = fields.texts(list, readers, "notes"), missing = fields.texts(list, readers, "missing"),
  }
  drawing.callouts, drawing.unconfirmed = decide(list, readers, known, measured)
  drawing.title_block, drawing.title_block_votes = fields.title_block(list, readers)
  for _, name in ipairs(here and LOCAL_ONLY or {}) do drawing[name] = here.drawing[name] end
  return drawing
end

-- The words of the reading that has most of what was accepted.
local function nearest(readings, readers, callouts)
  local counts, best = {}, 1
  for _, callout in ipairs(callouts) do
    for _, name in ipairs(callout.sources) do counts[name] = (counts[name] or 0) + 1 end
  end
  for i, reader in ipairs(readers) do
    if (counts[reader.name] or 0) > (counts[readers[best].name] or 0) then best = i end
  end
  return readings[best].reading
end

local function mean_confidence(callouts)
  local sum = 0
  for _, callout in ipairs(callouts) do sum = sum + callout.confidence end
  return #callouts > 0 and rounded(sum / #callouts) or nil
end

local function reasons_of(readers, callouts, measured)
  local names, guessed = {}, 0
  for i, reader in ipairs(readers) do
    names[i] = reader.name
    guessed = guessed + (measured.readers[reader.name] and 0 or 1)
  end
  local reasons = { ("agreement of %s over %d call-outs"):format(table.concat(names, ", "),
    #callouts) }
  if guessed > 0 then
    reasons[2] = ("%d of them never measured on labelled drawings"):format(guessed)
  end
  return reasons
end

local function warnings_of(drawing)
  local unsupported, warnings = 0, {}
  for _, callout in ipairs(drawing.callouts) do
    if callout.supported == false then unsupported = unsupported + 1 end
  end
  if unsupported > 0 then
    warnings[1] = ("%d call-outs hold numbers that were not seen on the sheet here"):format(
      unsupported)
  end
  if #drawing.unconfirmed > 0 then
    warnings[#warnings + 1] = ("%d call-outs that too few read are kept apart"):format(
      #drawing.unconfirmed)
  end
  return warnings
end

--- One reading of several. Each call-out has `sources` (who read it so), `confidence` (from their
--- agreement), `supported` (whether a local reading saw its numbers; nil where there is none) and
--- `alternatives` (how others read it). `drawing.unconfirmed` holds what too few read,
--- `drawing.title_block_votes` who said what of each field.
---@param inputs vision.ConsensusInput[]  in an order that breaks ties
---@param options? vision.ConsensusOptions
---@return vision.VisionDescription|nil
---@return vision.error? err invalid_response: none of them read a drawing
function consensus.of(inputs, options)
  local measured = options and options.calibration or calibration.current()
  local readings = voters(inputs)
  if #readings == 0 then
    return nil, errors.new("invalid_response", "none of the readings holds a drawing to vote on")
  end
  local readers = {}
  for i, input in ipairs(readings) do readers[i] = reader_of(input, measured) end
  local drawing = drawing_of(readings, readers, measured)
  local words = nearest(readings, readers, drawing.callouts)
  return description.new {
    summary = words.summary, details = words.details, drawing = drawing,
    confidence = mean_confidence(drawing.callouts),
    confidence_reasons = reasons_of(readers, drawing.callouts, measured),
    provider = "consensus", grounding = "image", sources = of_field(readers, "name"),
    warnings = warnings_of(drawing),
  }
end

return consensus
