-- SPDX-License-Identifier: MIT
local errors = require "vision.base.error"
local json = require "vision.base.json"
local picture_file = require "spec.support.picture_file"
local response = require "vision.response"
local run = require("spec.support.command_line").run

local LABEL = {
  kind = "mechanical", dimensions = { "Ø8", "12,5" }, title_block = { title = "Pin" },
  notes = {}, threads = {}, gdt = {},
}

describe("vision eval", function()
  local folder

  local function add(name, label)
    local picture = assert(io.open(folder .. "/" .. name .. ".png", "wb"))
    picture:write(picture_file.PNG)
    picture:close()
    local file = assert(io.open(folder .. "/" .. name .. ".json", "w"))
    local whole = { file = name .. ".png" }
    for key, value in pairs(label) do
      whole[key] = value
    end
    file:write(json.encode(whole))
    file:close()
  end

  before_each(function()
    folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir " .. folder)
    add("pin", LABEL)
    add("plate", LABEL)
    add("board", { kind = "circuit" })
  end)

  after_each(function() os.execute("rm -r " .. folder) end)

  -- Reads the first drawing rightly in part, and the second not at all.
  local function manager()
    local calls = 0
    return {
      analyze = function()
        calls = calls + 1
        if calls == 2 then
          local err = errors.new("overloaded", "busy")
          return response.failure(err, "a", 1), err
        end
        return response.success({ summary = "s", details = {}, provider = "a", drawing = {
          title_block = { title = "PIN" },
          callouts = { { type = "diameter", text = "Ø8" }, { type = "length", text = "99" } },
        } }, nil, 1)
      end,
    }
  end

  it("gives the figures of each drawing and of all as JSON", function()
    local code, out, err = run({ "eval", "--json", folder }, { manager = manager() })
    assert.equal(1, code)
    assert.truthy(err:find "^vision: [^\n]*plate%.png: busy\n$")
    local result = assert(json.decode(out))
    assert.same({ 2, { "plate" } }, { result.drawings, result.unread })
    assert.same({ 0.5, 0.5, 1, 0.5 }, {
      result.each.pin.number_recall, result.each.pin.callouts, result.each.pin.title_block,
      result.each.pin.invented,
    })
    assert.equal(0.25, result.total.number_recall)
    assert.truthy(out:find('"frames":null', 1, true))
  end)

  it("shows them as a table that fits a terminal", function()
    local _, out = run({ "eval", folder }, { manager = manager() })
    assert.truthy(out:find("\n  pin      0.500", 1, true), out)
    assert.truthy(out:find("\n  ALL      0.250", 1, true), out)
    for line in out:gmatch "[^\n]+" do
      assert.is_true(#line <= 80)
    end
  end)

  it("says where there are no labels", function()
    local code, out, err = run { "eval", "/nowhere" }
    assert.same({ 1, "" }, { code, out })
    assert.truthy(err:find "^vision: [^\n]*/nowhere[^\n]*\n$")
  end)
end)
