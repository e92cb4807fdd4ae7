-- SPDX-License-Identifier: MIT
-- Values that a generator makes up are spelled as sheets spell them and read again: what comes out
-- must be what went in.
local grammar = require "vision.reading.grammar"

-- A generator of its own, so that a failure can be made again.
local state = 4711
local function random(most)
  state = (state * 1103515 + 12345) % 2147483
  return state % most + 1
end

local function pick(list)
  return list[random(#list)]
end

local function maybe(make)
  return random(3) == 1 and make() or nil
end

-- A size of at most two decimals, and its spelling with either decimal sign.
local function decimal(least, most)
  local hundredths = least * 100 + random((most - least) * 100)
  local text = ("%d.%02d"):format(math.floor(hundredths / 100), hundredths % 100)
  if random(2) == 1 then
    text = text:gsub("%.?0+$", "")
  end
  return hundredths / 100, (text:gsub("%.", pick { ".", "," }))
end

-- Adds a field to the value and its spelling to the text, in one step, so that both agree.
local function add(callout, text, fields)
  callout.text = callout.text .. text
  for name, value in pairs(fields) do
    callout.value[name] = value
  end
end

local function add_count(callout)
  local count = 1 + random(30)
  add(callout, pick { "%dx ", "%d x ", "(%dX) ", "%dx" }:format(count), { quantity = count })
end

local HEADS = {
  function(callout)
    local size, text = decimal(10, 400)
    add(callout, pick { "Ø", "Ø ", "DIA " } .. text, { type = "diameter", nominal = size })
  end,
  function(callout)
    local size, text = decimal(10, 100)
    add(callout, pick { "R", "R ", "Radius " } .. text, { type = "radius", nominal = size })
  end,
}

local FITS = { "H7", "h6", "JS9", "F8", "k6", "p6", "H7/k6", "H11/c11", "ZC9" }

local TOLERANCES = {
  function(callout)
    local upper, text = decimal(0, 2)
    add(callout, pick { " ±", "±", " ± ", " +/-" } .. text, { upper = upper, lower = -upper })
  end,
  function(callout)
    local upper, upper_text = decimal(0, 2)
    local lower, lower_text = decimal(0, 2)
    add(callout, pick { " +%s/-%s", " +%s -%s", " (+%s/-%s)" }:format(upper_text, lower_text),
      { upper = upper, lower = -lower })
  end,
  function(callout)
    if callout.value.type == "diameter" then
      local fit = pick(FITS)
      add(callout, " " .. fit, { fit = fit })
    end
  end,
}

local NOTES = {
  function(callout) add(callout, pick { " TYP", " (TYP)", " typ." }, { typical = true }) end,
  function(callout) add(callout, pick { " THRU", " durch", " genomg." }, { through = true }) end,
  function(callout) add(callout, pick { " max", " MAX." }, { maximum = true }) end,
}

local function add_depth(callout)
  local depth, text = decimal(1, 60)
  add(callout, pick { " ↧%s", " ↧ %s", " %s DEEP", " %s tief", " djup %s" }:format(text),
    { depth = depth })
end

local function add_bore(callout)
  local size, size_text = decimal(20, 60)
  local depth, depth_text = decimal(1, 20)
  add(callout, pick { " ⌴ Ø%s ↧ %s", " ⌴Ø%s ↧%s", " CBORE Ø%s x %s" }:format(size_text, depth_text),
    { counterbore = { diameter = size, depth = depth } })
end

local function hole()
  local callout = { text = "", value = {} }
  maybe(function() add_count(callout) end)
  pick(HEADS)(callout)
  maybe(function() pick(TOLERANCES)(callout) end)
  if callout.value.type == "diameter" then
    maybe(function() add_depth(callout) end)
    maybe(function() add_bore(callout) end)
  end
  maybe(function() pick(NOTES)(callout) end)
  return callout
end

-- No count in front: in "R5 (4x) M8" it is anybody's.
local function metric_thread(least)
  local callout = { text = "", value = { type = "thread" } }
  local size = (least or 2) + random(60)
  local screw = { standard = "ISO metric", size = size }
  callout.text = callout.text .. "M" .. size
  maybe(function()
    local pitch = random(8) / 4
    screw.pitch = pitch * 2 < size and pitch or nil
    callout.text = callout.text .. (screw.pitch and "x" .. pitch or "")
  end)
  maybe(function()
    screw.class = pick { "6H", "6g", "4H5H", "6H/6g" }
    callout.text = callout.text .. pick { "-", " - " } .. screw.class
  end)
  callout.value.thread = screw
  maybe(function() add_depth(callout) end)
  return callout
end

local SIGNS = { "⌖", "⟂", "⏥", "//", "∠", "◎", "↗" }

local function frame()
  local zone, text = decimal(0, 2)
  local letters, datums = {}, {}
  for index = 1, random(3) do
    letters[index] = pick { "A", "B", "C", "D" }
    datums[index] = { datum = letters[index] }
  end
  return { text = pick(SIGNS) .. "|" .. text .. "|" .. table.concat(letters, "|"),
    value = { type = "frame", zone = { value = zone }, datums = datums } }
end

local function same(callout, value)
  assert(value, "not read: " .. callout.text)
  for name, wanted in pairs(callout.value) do
    assert.same(wanted, value[name], callout.text .. ": " .. name)
  end
  for _, name in ipairs { "quantity", "upper", "lower", "depth", "fit", "counterbore", "length" } do
    assert.same(callout.value[name], value[name], callout.text .. ": " .. name)
  end
end

describe("a call-out that is spelled and read again", function()
  for name, make in pairs { hole = hole, thread = metric_thread, frame = frame } do
    it("is the same " .. name, function()
      for _ = 1, 5000 do
        local callout = make()
        same(callout, grammar.parse(callout.text))
      end
    end)
  end

  it("is the same beside another in one line", function()
    for _ = 1, 5000 do
      local first, second = hole(), metric_thread(10) -- Ø20 M7 is a fit
      local values = grammar.parse_all(first.text .. " " .. second.text)
      assert(values and #values == 2, first.text .. " " .. second.text)
      same(first, values[1])
      same(second, values[2])
    end
  end)
end)
