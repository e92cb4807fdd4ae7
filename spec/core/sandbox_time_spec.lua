-- SPDX-License-Identifier: MIT
-- What one instruction, or none at all, could make take long: work that Lua's own count does not
-- see.
local core = require "vision.core"

local MEMORY, STEPS, MIB = 16 * 1024 * 1024, 200000, 1024 * 1024
local ENDLESS = "does not come to an end"
local is_luajit = rawget(_G, "jit") ~= nil

-- A script whose function has this body, after what is said before it.
local function script(body, before)
  return (before or "") .. "\nreturn { f = function() " .. body .. "\nend }"
end

local function call(text)
  local box = assert(core.sandbox(MEMORY))
  assert(box:load(text, "=", 1e7))
  return box:call("f", STEPS)
end

local function stopped(text, words)
  local result, err = call(text)
  assert.is_nil(result)
  assert.equal("script", err.reason)
  assert.truthy(err.message:find(words or ENDLESS, 1, true), err.message)
end

-- With the least of steps it has 50 ms of CPU time.
local function refused(text, pattern)
  local box = assert(core.sandbox(MEMORY))
  local data, err = box:load(text, "=", 1000)
  assert.is_nil(data)
  assert.truthy(err.message:find(pattern), err.message)
end

-- A list on which a quicksort without chance takes the square of its length (after M. D. McIlroy,
-- "A killer adversary for quicksort"): values are given to it while it compares.
local function worst_list(count)
  local values, list, solid, candidate = {}, {}, 0, 1
  local GAS = count + 1
  for i = 1, count do values[i], list[i] = GAS, i end
  table.sort(list, function(a, b)
    if values[a] == GAS and values[b] == GAS then
      values[a == candidate and a or b] = solid
      solid = solid + 1
    end
    if values[a] == GAS then candidate = a elseif values[b] == GAS then candidate = b end
    return values[a] < values[b]
  end)
  return values
end

describe("sandbox: time that is not counted by Lua", function()
  it("counts a replacement that makes nothing out of many parts", function()
    stopped(script [[return #(("x"):rep(60000):gsub("", ("%0"):rep(30000)))]])
  end)

  it("counts a pattern that is only looked at", function()
    stopped(script([[for _ = 1, 1000 do s:find(p) end]], [[
      local s, p = "", ("a"):rep(500000) .. "%a"]]))
  end)

  it("counts the comparisons of a sort, not what they should be", function()
    local values = worst_list(2500)
    local text = script("table.sort(list) return true",
      "local list = { " .. table.concat(values, ", ") .. " }")
    if is_luajit then
      stopped(text)
      stopped((text:gsub("list%)", "list, function(a, b) return a < b end)", 1)))
    else -- it takes another pivot by chance
      assert.is_true(call(text))
    end
  end)

  it("sorts as ever", function()
    assert.same({ 1, 2, 3, 5, 8 }, (call(script
      "local t = { 5, 3, 8, 1, 2 } table.sort(t) return t")))
    assert.same({ "c", "b", "a" }, (call(script
      "local t = { 'b', 'a', 'c' } table.sort(t, function(a, b) return a > b end) return t")))
    stopped(script "table.sort({ 1, 'a', 2 })", ":2: attempt to compare")
    stopped(script "table.sort({ 1, 2 }, 3)", ":2: bad argument #2")
    stopped(script "table.sort(3)", ":2: bad argument #1")
  end)

  it("does not walk over large empty tables for ever to hand them back", function()
    local before = [[
      local empty, list = {}, {}
      for i = 1, 60000 do empty[i] = i end
      for i = 1, 60000 do empty[i] = nil end]]
    stopped(script([[
      local list, lists = {}, {}
      for i = 1, 4000 do list[i] = empty end
      for i = 1, 20 do lists[i] = list end
      return lists]], before))
  end)

  it("does not only collect garbage at the edge of its memory", function()
    local rows = is_luajit and 500 or 700
    local result, err = call(script("for i = 1, 60000 do local s = text .. i end", ([[
      local text, rows = ("x"):rep(60), {}
      for i = 1, %d do
        local row = {}
        for j = 1, 250 do row[j] = {} end
        rows[i] = row
      end]]):format(rows)))
    assert.is_nil(result)
    -- Near the edge it depends on the machine which of the two it meets first.
    assert.truthy(err.message:find(ENDLESS, 1, true)
      or err.message:find("it takes more memory than it may", 1, true), err.message)
  end)

  it("bounds one text that was made while the script was read", function()
    local box = assert(core.sandbox(MEMORY))
    local data, err = box:load(script("", "local s = ('x'):rep(" .. MIB .. ")"), "=", 1e7)
    assert.is_nil(data)
    assert.truthy(err.message:find("1024 KiB in one piece", 1, true), err.message)
  end)

  -- The compilers of both Luas take the square of the length for these.
  local HARD_TEXTS = {
    ["else and again"] = "local a if a then" .. (" elseif a then"):rep(60000) .. " end",
    ["conditions in a row"] = "local a return " .. ("a and\n"):rep(150000) .. "a",
    ["comparisons in a row"] = "local a return " .. ("a == a and "):rep(90000) .. "a",
  }
  for what, body in pairs(HARD_TEXTS) do
    it("stops compiling " .. what, function()
      refused(script(body), "^:%d+: it " .. ENDLESS)
    end)
  end

  it("stops compiling names that are looked for in many functions", function()
    local parts, names = {}, {}
    for i = 1, 198 do names[i] = ("v%x"):format(i) end
    for _ = 1, 100 do
      parts[#parts + 1] = "local function f() local " .. table.concat(names, ",")
    end
    parts[#parts + 1] = ("\nx(x)"):rep(50000) .. (" end"):rep(100)
    refused(script("", table.concat(parts)), "^:%d+: it ")
  end)
end)

describe("sandbox: texts of scripts", function()
  it("says the line also where a limit of the compiler was met", function()
    refused(script("return " .. ("("):rep(1000)), "^:2: ")
    refused("\n\nlocal x = " .. ("{"):rep(1000), "^:3: ")
  end)

  it("skips the mark that some editors begin a text with, and no more", function()
    local box = assert(core.sandbox(MEMORY))
    assert.same({ a = 1 }, (box:load("\239\187\191return { a = 1 }", "=", 1e7)))
    refused("\239\187\191\27Lua", "it is bytecode, not text")
    refused("\239\187\191\27LJ\2", "it is bytecode, not text")
    refused("\239\187\191#\n\27LJ\2", "%a")
    refused("#\n\27LJ\2", "%a")
    refused("\239\187\191", "must return a table")
  end)

  it("takes a text to its last byte", function()
    local long = ("x"):rep(5000)
    local box = assert(core.sandbox(MEMORY))
    for length = 1000, 1030 do
      local text = "return { '" .. long:sub(1, length) .. "' }"
      assert.same({ long:sub(1, length) }, (box:load(text, "=", 1e7)))
    end
  end)

  it("takes the least integer for a place in a text", function()
    assert.equal(1, (call(script "return (('x'):find('x', -2^63))")))
  end)
end)
