-- SPDX-License-Identifier: MIT
-- The rooms of a floor plan: names in English, German and Swedish, with the areas and sizes that
-- stand with them. A name that no list knows is a room's where an area stands under it.
local blocks = require "vision.reading.blocks"
local spelling = require "vision.reading.spelling"

local rooms = {}

-- Folded names (no capitals, no dots on letters) by use. Words of one or two letters are left out:
-- on plans they name furniture too.
local USES = {
  bedroom = { "bedroom", "master bedroom", "guest room", "schlafzimmer", "schlafen", "kinderzimmer",
    "gastezimmer", "kind", "eltern", "sovrum", "sov", "gastrum", "barnrum" },
  ["living room"] = { "living room", "living", "lounge", "family room", "wohnzimmer", "wohnen",
    "wohnraum", "vardagsrum", "allrum", "v-rum" },
  kitchen = { "kitchen", "kitchenette", "kuche", "kueche", "kochen", "kochnische", "wohnkuche",
    "kok", "koksvra", "pentry" },
  ["dining room"] = { "dining", "dining room", "dining area", "essen", "esszimmer", "essplatz",
    "matplats", "matsal", "matrum" },
  bathroom = { "bathroom", "bath", "shower", "shower room", "ensuite", "en suite", "bad",
    "badezimmer", "dusche", "duschbad", "badrum", "dusch" },
  toilet = { "toilet", "wc", "restroom", "powder room", "gaste-wc", "toalett" },
  hall = { "hall", "hallway", "corridor", "entrance", "entry", "foyer", "lobby", "vestibule",
    "flur", "diele", "eingang", "windfang", "garderobe", "gang", "entre", "korridor", "passage" },
  closet = { "closet", "walk-in closet", "walk in closet", "wardrobe", "dressing", "ankleide",
    "kladkammare", "kladvard", "klk" },
  laundry = { "laundry", "utility", "utility room", "hauswirtschaft", "hauswirtschaftsraum", "hwr",
    "waschkuche", "tvatt", "tvattstuga", "grovkok" },
  storage = { "storage", "store", "store room", "pantry", "abstellraum", "abstellkammer", "abst",
    "keller", "speisekammer", "vorrat", "lager", "forrad", "frd", "skafferi", "kallare" },
  office = { "office", "study", "home office", "buro", "buero", "arbeitszimmer", "arbeiten",
    "kontor", "arbetsrum" },
  balcony = { "balcony", "terrace", "patio", "deck", "porch", "veranda", "balkon", "terrasse",
    "loggia", "balkong", "terrass", "altan", "uteplats" },
  garage = { "garage", "carport" },
  stairs = { "stairs", "staircase", "treppe", "treppenhaus", "trappa", "trapphus" },
  services = { "boiler room", "plant room", "technik", "technikraum", "heizung", "heizraum",
    "hausanschlussraum", "teknik", "teknikrum", "pannrum", "elevator", "lift", "aufzug", "hiss" },
  room = { "room", "zimmer", "rum", "conference room", "meeting room", "besprechung",
    "konferens" },
}

-- Names of so many letters are known with one wrong; shorter ones would be other words.
local LEAST_LONG = 6

local USE_OF, LONG = {}, {}
for use, names in pairs(USES) do
  for _, name in ipairs(names) do
    USE_OF[name] = use
    if #name >= LEAST_LONG then
      LONG[#LONG + 1] = name
    end
  end
end
table.sort(LONG) -- the same name is found each time where two are as near

local function use_of_word(word)
  if USE_OF[word] then
    return USE_OF[word]
  end
  for _, name in ipairs(LONG) do
    if spelling.within(word, name, 1) then
      return USE_OF[name]
    end
  end
end

-- The name alone: no number behind it ("SOVRUM 1"), no scraps of rules.
local function bare(text)
  text = spelling.fold(text):gsub("[^%w%-/ &+]", " "):gsub(" %d+$", "")
  return (text:gsub("%s+", " "):gsub("^[%-/ +]+", ""):gsub("[%-/ +&]+$", ""))
end

--- What a room of this name is for ("bedroom", "kitchen", …); nil: it is no room's name.
---@param text string  "SOVRUM 1", "BAD/WC", "Wohnen / Essen"
---@return string|nil
function rooms.use(text)
  local name = bare(text)
  local use = use_of_word(name)
  if use then
    return use
  end
  local first = name:match "^([^/&+]+) ?[/&+]"
  return first and use_of_word((first:gsub(" $", "")))
end

-- The engine has no ²: it writes a question mark, a star or a small figure.
local AREA = "(%d+[.,]?%d*) ?[mM][²2?*'^°\"]?%f[%s%z%)%.,;]"
local FEET = "(%d+[.,]?%d*) ?[Ss][Qq]%.? ?[Ff][Tt]"
local SIZE = { "%d+[.,]?%d* ?m? ?[x×X] ?%d+[.,]?%d* ?m?",
  "%d+' ?%-? ?%d*\"? ?[x×X] ?%d+' ?%-? ?%d*\"?" }

--- The area in a text, its unit, and the text without both. A lone "13 m" is a length.
---@param text string
---@return number|nil area
---@return string|nil unit  "m²" or "sq ft"
---@return string rest
function rooms.area(text)
  text = text:gsub("²", "2")
  local from, to, number = text:find(AREA)
  if from and text:sub(from, to):find "[mM]$" then
    from = nil
  end
  local unit = "m²"
  if not from then
    from, to, number = text:find(FEET)
    unit = "sq ft"
  end
  if not from then
    return nil, nil, text
  end
  return tonumber((number:gsub(",", "."))), unit, text:sub(1, from - 1) .. text:sub(to + 1)
end

local function size_of(text)
  for _, pattern in ipairs(SIZE) do
    local from, to = text:find(pattern)
    if from then
      return text:sub(from, to):gsub(" $", ""), text:sub(1, from - 1) .. text:sub(to + 1)
    end
  end
  return nil, text
end

local function is_word(text)
  local _, letters = text:gsub("[%a\195-\197]", "")
  return letters >= 3 and letters > 0.6 * #text:gsub("[%s\128-\191]", "")
end

-- Names that no list knows are believed where the engine is sure.
local LEAST_SURE = 0.6

-- Adds what one line says to the room of its paragraph.
local function read_line(room, segment)
  local area, unit, rest = rooms.area(segment.text)
  local size
  size, rest = size_of(rest)
  local name = rest:gsub("^[%s%p]+", ""):gsub("[%s|=+_~.,:;]+$", "")
  local use = rooms.use(name)
  local used = area or size or use
  if use or is_word(name) and (segment.confidence or 1) >= LEAST_SURE then
    room.names[#room.names + 1] = name
    room.use = room.use or use
    used = true
  end
  if used then
    room.lines[#room.lines + 1] = segment
  end
  room.area, room.unit = room.area or area, room.unit or unit
  room.size = room.size or size
end

local function name_of(names)
  return (table.concat(names, " "):gsub("/ ", "/"))
end

local function room_of(block)
  local room = { names = {}, lines = {} }
  for _, segment in ipairs(block) do
    read_line(room, segment)
  end
  local named = #room.names > 0
  if not (room.use or named and room.area) then
    return nil
  end
  return {
    kind = "room", name = name_of(room.names), use = room.use or "room", area = room.area,
    unit = room.unit, size = room.size, box = blocks.box(room.lines), page = block[1].page,
    confidence = blocks.confidence(room.lines),
  }, room.lines
end

--- The rooms of a plan, from top to bottom.
---@param segments table[]  From top to bottom.
---@return table[] items            { kind = "room", name, use, area?, unit?, size?, box, … }
---@return table<table, true> used  Segments that went into them.
function rooms.read(segments)
  local items, used = {}, {}
  for _, block in ipairs(blocks.group(segments)) do
    local room, lines = room_of(block)
    if room then
      items[#items + 1] = room
      for _, segment in ipairs(lines) do
        used[segment] = true
      end
    end
  end
  return items, used
end

return rooms
