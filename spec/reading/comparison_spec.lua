-- SPDX-License-Identifier: MIT
local comparison = require "vision.reading.comparison"

local function sheet(callouts, findings)
  return { callouts = callouts, findings = findings }
end

describe("comparison", function()
  it("gives how far each figure moved", function()
    local moved = comparison.of(
      { total = { callouts = 0.7, frames = 0.5 }, each = { a = sheet(0.9) } },
      { total = { callouts = 0.8, frames = 0.5, invented = 0 }, each = { a = sheet(0.6) } })
    assert.same({ callouts = 0.1, frames = 0 }, moved.total)
    assert.equal(-0.3, moved.each.a.callouts)
    assert.is_nil(moved.each.a.frames)
  end)

  it("gives the findings that are gone and the new ones, as often as they stand", function()
    local before = sheet(1, { callouts = { "R5", "R5", "8" }, invented = { "9" } })
    local now = sheet(1, { callouts = { "R5", "M6" }, misread = { "4" } })
    local moved = comparison.of({ total = {}, each = { a = before } },
      { total = {}, each = { a = now } })
    assert.same({ "R5", "8" }, moved.each.a.gained.callouts)
    assert.same({ "M6" }, moved.each.a.lost.callouts)
    assert.same({ "9" }, moved.each.a.gained.invented)
    assert.same({ "4" }, moved.each.a.lost.misread)
  end)

  it("names the sheets that only one run has", function()
    local moved = comparison.of({ total = {}, each = { a = sheet(1), b = sheet(1) } },
      { total = {}, each = { b = sheet(1), d = sheet(1), c = sheet(1) } })
    assert.same({ "a" }, moved.only_before)
    assert.same({ "c", "d" }, moved.only_now)
    assert.is_nil(moved.each.a)
  end)

  it("takes what a file holds for what it is", function()
    local moved = comparison.of(
      { total = { callouts = "x" }, each = { a = 3, b = sheet("y", { callouts = { 1, {} } }) } },
      { total = { callouts = 1 }, each = { a = sheet(1), b = sheet(1, { callouts = { "8" } }) } })
    assert.same({}, moved.total)
    assert.same({ "a" }, moved.only_now)
    assert.same({ {}, { "8" } }, { moved.each.b.gained.callouts, moved.each.b.lost.callouts })
  end)

  local function loaded(text)
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(text)
    file:close()
    local result, err = comparison.load(path)
    os.remove(path)
    return result, err, path
  end

  it("loads an earlier run, and no other file", function()
    assert.same({ callouts = 1 }, assert(loaded '{"total":{"callouts":1},"each":{}}').total)
    for _, text in ipairs { "", "no JSON", "[]", '{"total":1,"each":{}}', '{"total":{}}' } do
      local result, err, path = loaded(text)
      assert.is_nil(result)
      assert.equal("invalid_json", err.reason)
      assert.truthy(err.message:find(path, 1, true))
    end
    for _, path in ipairs { "/nowhere/before.json", "spec" } do
      local result, err = comparison.load(path)
      assert.is_nil(result)
      assert.equal("not_found", err.reason)
      assert.truthy(err.message:find(path, 1, true))
    end
  end)
end)
