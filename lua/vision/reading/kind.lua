-- SPDX-License-Identifier: MIT
-- What sort of drawing a sheet is, by counting what speaks for each. The sheet's own words and
-- call-outs vote; without votes there is no kind.
local parts = require "vision.reading.parts"
local rooms = require "vision.reading.rooms"
local spelling = require "vision.reading.spelling"
local steps = require "vision.reading.steps"
local task = require "vision.base.task"

local kind = {}

-- What sheets call themselves, folded.
local NAMES = {
  architectural = { "floor plan", "floorplan", "grundriss", "planritning", "bottenvaning",
    "erdgeschoss", "obergeschoss", "ground floor", "first floor" },
  circuit = { "schematic", "circuit diagram", "wiring diagram", "schaltplan", "stromlaufplan",
    "kretsschema", "elschema", "kopplingsschema" },
  flowchart = { "flow chart", "flowchart", "ablaufdiagramm", "flussdiagramm", "flodesschema",
    "programmablaufplan" },
}

local NAME, ROOM, AREA, DECISION, BRANCH, TERMINATOR = 4, 3, 2, 3, 1, 1

-- What stands behind so many bytes of a line votes no more.
local LONGEST = 400

local function vote_name(votes, text)
  local folded = spelling.fold(text)
  for name, words in pairs(NAMES) do
    for _, word in ipairs(words) do
      if folded:find(word, 1, true) then
        votes[name] = votes[name] + NAME
        return
      end
    end
  end
end

local CHART = { decision = DECISION, branch = BRANCH, terminator = TERMINATOR }

-- In a title block words are names: "Lager" is a bearing there.
local function vote_segment(votes, segment)
  local text = segment.text:sub(1, LONGEST)
  vote_name(votes, text)
  if segment.in_block then
    return
  end
  if rooms.use(text) then
    votes.architectural = votes.architectural + ROOM
  end
  if rooms.area(text) then
    votes.architectural = votes.architectural + AREA
  end
  votes.flowchart = votes.flowchart + (CHART[steps.kind(text)] or 0)
  for word in text:gmatch "%S+" do
    votes.circuit = votes.circuit + parts.votes(word)
  end
end

local STRONG = { diameter = 3, radius = 3, thread = 3, frame = 3, chamfer = 3, surface_finish = 3,
  angle = 2, counterbore = 3, countersink = 3, depth = 2 }

-- Bare numbers are pins, steps and seats too: many of them say no more than a few.
local BARE, MOST_BARE = 0.5, 3

local function vote_callouts(votes, callouts)
  local bare = 0
  for _, callout in ipairs(callouts) do
    local weight = STRONG[callout.type] or (callout.text:find "[.,]" or callout.upper) and 2
    bare = bare + (weight and 0 or BARE)
    votes.mechanical = votes.mechanical + (weight or 0)
  end
  votes.mechanical = votes.mechanical + math.min(bare, MOST_BARE)
end

-- Fewer votes than this decide nothing.
local FEWEST = 3
local ORDER = { "mechanical", "architectural", "circuit", "flowchart" }

--- The kind of a drawing.
---@param segments table[]
---@param callouts table[]
---@param title_block table
---@return "mechanical"|"architectural"|"circuit"|"flowchart"|"other"|nil  "other": there is text,
---  but nothing that speaks for one of the kinds; nil: there is no text
function kind.of(segments, callouts, title_block)
  local votes = { mechanical = 0, architectural = 0, circuit = 0, flowchart = 0 }
  vote_callouts(votes, callouts)
  if title_block.general_tolerance or title_block.material or title_block.projection then
    votes.mechanical = votes.mechanical + 4
  end
  for _, segment in ipairs(segments) do
    task.breathe()
    vote_segment(votes, segment)
  end
  local best, most = #segments > 0 and "other" or nil, FEWEST - 1
  for _, name in ipairs(ORDER) do
    if votes[name] > most then
      best, most = name, votes[name]
    end
  end
  return best
end

--- The call-outs that make sense on such a drawing: numbers in circuits and charts are pins, names
--- and steps.
---@param name string|nil
---@param callouts table[]
---@return table[]
function kind.callouts(name, callouts)
  if name == "circuit" or name == "flowchart" then
    return {}
  end
  return callouts
end

return kind
