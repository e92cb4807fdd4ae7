-- SPDX-License-Identifier: MIT
local chance = require "spec.support.chance"
local json = require "vision.base.json"

local function finalized(body)
  local newproxy = rawget(_G, "newproxy") -- LuaJIT has no finalizers of tables
  if newproxy then
    getmetatable(newproxy(true)).__gc = body
  else
    setmetatable({}, { __gc = body })
  end
end

describe("json.encode", function()
  it("writes keys in order, lists and objects", function()
    assert.equal('{"a":[1,2],"b":{"c":true}}', json.encode { b = { c = true }, a = { 1, 2 } })
  end)

  it("keeps a marked empty list", function()
    local reading = { details = json.array {}, drawing = {} }
    assert.equal('{"details":[],"drawing":{}}', json.encode(reading))
    assert.equal("[]", json.encode(json.array()))
  end)

  it("gives an object the names of its shape", function()
    local shape = { "b", "d", "a", d = { "y", "x", x = { "z" } } }
    for _, case in ipairs {
      { { a = 1 }, '{"a":1,"b":null,"d":null}' },
      { { c = 1, d = { y = false } }, '{"a":null,"b":null,"c":1,"d":{"x":null,"y":false}}' },
      { { d = { x = {} } }, '{"a":null,"b":null,"d":{"x":{"z":null},"y":null}}' },
      { { d = json.null, e = { 1 } }, '{"a":null,"b":null,"d":null,"e":[1]}' },
      { { d = json.array(), e = {} }, '{"a":null,"b":null,"d":[],"e":{}}' },
      { { d = { { y = 1 } }, b = { f = 1 } }, '{"a":null,"b":{"f":1},"d":[{"y":1}]}' },
      { { d = "text", a = json.raw "7" }, '{"a":7,"b":null,"d":"text"}' },
      { { 1, 2 }, "[1,2]" },
      { "text", '"text"' },
    } do
      assert.equal(case[2], json.encode(case[1], { shape = shape }))
    end
  end)

  it("writes what a copy with nulls would be, of objects by chance", function()
    for seed = 1, 200 do
      local random = chance.new(seed)
      local object, names = {}, {}
      for _ = 1, random:integer(0, 60) do
        object[("k%d"):format(random:integer(1, 80))] = random:integer(0, 9)
      end
      for i = 1, random:integer(0, 40) do names[i] = ("k%d"):format(2 * i) end
      assert.equal(json.encode(json.with_nulls(object, names)),
        json.encode(object, { shape = names }), "seed " .. seed)
    end
  end)

  it("names the place of a fault also within a shape", function()
    local ok, err = pcall(json.encode, { d = { x = print } }, { shape = { "a", d = { "y" } } })
    assert.is_false(ok)
    assert.matches("at 'd.x'", err, 1, true)
  end)

  it("writes null for named absent fields", function()
    local answer = json.with_nulls({ success = true }, { "error", "code" })
    assert.equal('{"code":null,"error":null,"success":true}', json.encode(answer))
    assert.equal("[1,null]", json.encode { 1, json.null })
  end)

  it("writes numbers that come back equal", function()
    local numbers = { 0.1, 1 / 3, 1e-7, 1e300, 123456789.12345678, 2 ^ 53 - 1, -2.5, 2 ^ 60 }
    for _, number in ipairs(numbers) do
      assert.equal(number, json.decode(json.encode(number)))
    end
    assert.equal("19.9", json.encode(19.9))
    assert.equal("2", json.encode(2.0))
  end)

  it("writes the fewest digits that give the same number, whatever its decimals", function()
    local function fewest(number)
      if number % 1 == 0 and math.abs(number) < 2 ^ 53 then return ("%.0f"):format(number) end
      for digits = 15, 17 do
        local written = ("%%.%dg"):format(digits):format(number)
        if tonumber(written) == number then return written end
      end
    end
    local function check(number)
      local written = json.encode(number) -- the two may differ in how the last digit is rounded
      assert.equal(number, tonumber(written))
      assert.equal(#fewest(number), #written, written)
    end
    local random = chance.new(7)
    for _ = 1, 20000 do
      local decimals, most = random:integer(0, 9), 10 ^ random:integer(1, 16)
      local number = math.floor(random:number(-most, most)) / 10 ^ decimals
      check(number)
      check(number * (1 + 2 ^ -52))
    end
    assert.equal("-0", json.encode(-0.0))
  end)

  it("refuses what JSON cannot say and names the place", function()
    for _, value in ipairs { 0 / 0, math.huge, -math.huge, print } do
      local ok, message = pcall(json.encode, { drawing = { callouts = { { nominal = value } } } })
      assert.is_false(ok)
      assert.truthy(tostring(message):find("drawing.callouts.1.nominal", 1, true))
    end
    assert.has_error(function() json.encode { 1, x = 2 } end)
    local cycle = {}
    cycle.again = cycle
    assert.has_error(function() json.encode(cycle) end)
  end)

  it("escapes and repairs text", function()
    assert.equal([["a\"\\\n\u0000\u001fé"]], json.encode 'a"\\\n\0\31é')
    assert.equal('"a\239\191\189b"', json.encode "a\255b")
    assert.equal('"\239\191\189\239\191\189"', json.encode "\192\128")
  end)

  it("goes on after a value that was refused half-way", function()
    for _ = 1, 3 do
      assert.has_error(function() json.encode { a = { b = 1, c = { print } } } end)
      assert.equal('{"d":[1]}', json.encode { d = { 1 } })
    end
  end)

  it("is not upset by a finalizer that encodes, too", function()
    local list, inside, within = {}, false, 0
    -- Long keys: Lua 5.4 makes them again when they are pushed, and collects then.
    for i = 1, 200 do list[i] = { [("key"):rep(20)] = "text", [("other"):rep(20)] = { i } } end
    -- The collector hardly rests, and a step goes as far as it can (LuaJIT's: round the whole heap,
    -- however much others have left); a rest that was set before is over.
    local far = rawget(_G, "jit") and 1e8 or 1000
    local pause, step = collectgarbage("setpause", 10), collectgarbage("setstepmul", far)
    collectgarbage()
    collectgarbage "stop" -- but for the one place
    for round = 1, 1000 do
      finalized(function()
        if inside then
          within = within + 1
          assert(json.encode { a = { b = "c" } } == '{"a":{"b":"c"}}')
        end
      end)
      list[1] = { round } -- a text that is there already, LuaJIT would not make again
      inside = true
      collectgarbage "restart"
      local one, other = json.encode(list), json.encode(list)
      collectgarbage "stop"
      inside = false
      assert.is_true(one == other and json.decode(one)[1][1] == round)
      if within > 3 then break end
    end
    collectgarbage("setpause", pause)
    collectgarbage("setstepmul", step)
    collectgarbage "restart"
    assert.is_true(within > 0)
  end)

  it("prints for people", function()
    local text = json.encode({ a = { 1 }, b = {} }, { pretty = true })
    assert.equal('{\n  "a": [\n    1\n  ],\n  "b": {}\n}', text)
  end)
end)

describe("json.decode", function()
  it("makes null nil", function()
    assert.same({ b = 1, c = { 1, 3 } }, json.decode '{"a":null,"b":1,"c":[1,null,3,null]}')
    local value, err = json.decode "null"
    assert.is_nil(value)
    assert.is_nil(err)
    assert.same({}, json.decode "[null]")
  end)

  it("gives whole numbers that print as such", function()
    assert.equal("2", tostring(json.decode "[2.0]"[1]))
  end)

  it("refuses broken text, foreign numbers and bad UTF-8", function()
    local bad = {
      "", "{", "[1,]", "[NaN]", "[Infinity]", "[-Infinity]", "[0x10]", "[1e999]", "[1] x",
      '["\\ud800"]', '["\255"]', '["\237\160\128"]', '["\192\175"]',
      ("["):rep(200) .. ("]"):rep(200),
    }
    for _, text in ipairs(bad) do
      local value, err = json.decode(text)
      assert.is_nil(value, text)
      assert.equal("invalid_json", err.reason)
    end
  end)

  it("lets every form of valid UTF-8 pass", function()
    for _, text in ipairs { "é", "⌀", "\240\159\152\128", "\244\143\191\191", "\238\128\128" } do
      assert.equal(text, json.decode(json.encode { text })[1])
    end
  end)

  it("finds a key that stands twice in one object, and only there", function()
    for text, key in pairs {
      ['{"a":1,"a":2}'] = "a", ['{"b":{"a":1,"c":[],"a":2}}'] = "a",
      ['[{"a":1},{"a":1,"a":1}]'] = "a",
      ['{"a":{"x":1},"b":2,"a":3}'] = "a", ['{"a\\"":1,"a\\"" : 2}'] = 'a"',
      ['{"\\u0061":1,"a":2}'] = "a", ['{"":1,"":2}'] = "",
    } do
      assert.is_table(json.decode(text), text)
      assert.equal(key, json.duplicate_key(text), text)
    end
    for _, text in ipairs { "{}", "[]", '"a"', "1", '{"a":"a","b":"a"}', '[{"a":1},{"a":2}]',
      '{"a":{"a":{"a":[]}}}', '{"a":"\\"a\\":","b":"{[","c":"]}\\\\"}', '["a","a"]' } do
      assert.is_nil(json.duplicate_key(text), text)
    end
  end)
end)
