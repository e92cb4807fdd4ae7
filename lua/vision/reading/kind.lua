-- SPDX-License-Identifier: MIT
-- What sort of drawing a sheet is, by counting what speaks for each. The sheet's own words and
-- call-outs vote; without votes there is no kind.
local spelling = require "vision.reading.spelling"

local kind = {}

local ROOMS = {
  "bedroom", "kitchen", "bathroom", "living", "balcony", "entrance", "hall", "toilet", "bath",
  "garage", "office", "schlafzimmer", "kuche", "badezimmer", "wohnzimmer", "balkon", "flur",
  "diele", "sovrum", "kok", "badrum", "tvatt", "vardagsrum", "balkong", "entre", "klk", "matplats",
  "hallway", "wc",
}
local CIRCUIT_WORDS = {
  "gnd", "vcc", "vdd", "usb", "mains", "relay", "uart", "gpio", "sda", "scl", "miso", "mosi", "pe",
  "led",
}
local FLOW_WORDS = {
  "yes", "no", "start", "end", "stop", "ja", "nein", "nej", "adequate", "protocol", "if", "then",
  "contact",
}

local function set(list)
  local out = {}
  for _, word in ipairs(list) do
    out[word] = true
  end
  return out
end

local ROOM, CIRCUIT, FLOW = set(ROOMS), set(CIRCUIT_WORDS), set(FLOW_WORDS)

-- "R1", "IC2", "-X1:8", "10n", "+3.3V": names of parts and values of circuits.
local function is_part(word)
  return word:find "^%-?[A-Z][A-Z]?[A-Z]?%d+$" ~= nil and not word:find "^[MRCA]%d+$"
    or word:find "^%-[A-Z]%d+:" ~= nil
    or word:find "^[RC]%d+$" ~= nil
end

local function is_electrical(word)
  return word:find "^[+-]?%d+[.,]?%d*[VAW]$" ~= nil or word:find "^%d+[.,]?%d*[kMnpu]$" ~= nil
    or word:find "^%d+[.,]?%d*[munk]?[FHR]$" ~= nil
end

local function vote_word(votes, word)
  local folded = spelling.fold(word):gsub("[^%w]", "")
  if ROOM[folded] then
    votes.architectural = votes.architectural + 3
  elseif CIRCUIT[folded] then
    votes.circuit = votes.circuit + 2
  elseif FLOW[folded] then
    votes.flowchart = votes.flowchart + 1
  end
  if word:find "^%d+ ?m²" or word:find "^BH=" then
    votes.architectural = votes.architectural + 2
  elseif is_part(word) or is_electrical(word) then
    votes.circuit = votes.circuit + 1
  elseif word:find "%a%?$" then
    votes.flowchart = votes.flowchart + 3
  end
end

local STRONG = { diameter = 3, radius = 3, thread = 3, frame = 3, chamfer = 3, surface_finish = 3,
  angle = 2, counterbore = 3,
  countersink = 3, depth = 2 }

local function vote_callouts(votes, callouts)
  for _, callout in ipairs(callouts) do
    local weight = STRONG[callout.type] or (callout.text:find "[.,]" or callout.upper) and 2 or 0.5
    votes.mechanical = votes.mechanical + weight
  end
end

-- Fewer votes than this decide nothing.
local FEWEST = 3

--- The kind of a drawing.
---@param segments table[]
---@param callouts table[]
---@param title_block table
---@return "mechanical"|"architectural"|"circuit"|"flowchart"|nil
function kind.of(segments, callouts, title_block)
  local votes = { mechanical = 0, architectural = 0, circuit = 0, flowchart = 0 }
  vote_callouts(votes, callouts)
  if title_block.general_tolerance or title_block.material or title_block.projection then
    votes.mechanical = votes.mechanical + 4
  end
  for _, segment in ipairs(segments) do
    for word in segment.text:gmatch "%S+" do
      vote_word(votes, word)
    end
  end
  local best, most = nil, FEWEST - 1
  for _, name in ipairs { "mechanical", "architectural", "circuit", "flowchart" } do
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
