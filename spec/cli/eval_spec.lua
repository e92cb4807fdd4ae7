-- SPDX-License-Identifier: MIT
local environment = require "spec.support.environment"
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

  -- Reads one drawing rightly in part, and the other (the second without a word) not at all.
  local function manager(unread)
    local calls = 0
    return {
      analyze = function()
        calls = calls + 1
        if calls == (unread or 2) then
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

  it("says what was missed and what was invented, sheet by sheet", function()
    local _, out = run({ "eval", folder }, { manager = manager() })
    assert.truthy(out:find("\n  pin, call-outs: 12,5\n", 1, true), out)
    assert.truthy(out:find("\n  pin, invented: 99\n", 1, true), out)
    assert.truthy(out:find("\n  plate, call-outs: Ø8 · 12,5\n", 1, true), out)
    assert.truthy(out:find("\n  plate, title block: title: Pin\n", 1, true), out)
  end)

  it("keeps a run and says how the next one differs", function()
    local kept = folder .. "/run"
    local _, json_line = run({ "eval", "--json", "--save", kept, folder }, { manager = manager() })
    local file = assert(io.open(kept))
    assert.equal(json_line, file:read "*a")
    file:close()
    local _, out = run({ "eval", "--compare", kept, folder }, { manager = manager(1) })
    assert.truthy(out:find("\nAgainst " .. kept .. "\n", 1, true), out)
    assert.truthy(out:find("\n  plate    +0.500", 1, true), out)
    local gained, lost = out:match "\nGained\n(.-)\nLost\n(.*)$"
    assert.truthy(gained:find("plate, call-outs: Ø8\n", 1, true), out)
    assert.truthy(gained:find("pin, no longer invented: 99\n", 1, true), out)
    assert.truthy(lost:find("pin, call-outs: Ø8\n", 1, true), out)
    assert.truthy(lost:find("plate, invented: 99\n", 1, true), out)
    local _, again = run({ "eval", "--json", "--compare", kept, folder }, { manager = manager() })
    local compared = assert(json.decode(again)).compared
    assert.same({ 0, {} }, { compared.each.pin.callouts, compared.each.pin.lost.callouts })
  end)

  it("reads nothing where it could not compare, and says what it could not keep", function()
    local calls = { analyze = function() error "read" end }
    local code, out, err = run({ "eval", "--compare", folder .. "/none", folder },
      { manager = calls })
    assert.same({ 1, "" }, { code, out })
    assert.truthy(err:find "^vision: cannot read the earlier run: [^\n]*/none[^\n]*\n$")
    code, out, err = run({ "eval", "--save", "/dev/full", folder }, { manager = manager() })
    assert.equal(1, code)
    assert.truthy(out:find("ALL", 1, true))
    assert.truthy(err:find "vision: cannot write /dev/full: No space left on device\n$", err)
  end)

  it("reads pictures only where it is told to, and hears how it goes", function()
    local asked
    local fake = { analyze = function(_, request)
      asked = request
      return manager().analyze()
    end }
    run({ "eval", "--no-text-layer", folder }, { manager = fake })
    assert.is_true(asked.no_text_layer)
    assert.is_function(asked.on_progress)
  end)

  it("says where there are no labels", function()
    local code, out, err = run { "eval", "/nowhere" }
    assert.same({ 1, "" }, { code, out })
    assert.truthy(err:find "^vision: [^\n]*/nowhere[^\n]*\n$")
  end)

  it("keeps what it measured, for consensus", function()
    local home = folder .. "/home"
    environment.with({ XDG_CONFIG_HOME = home, VISION_SCRIPTS = false }, function()
      local reads = manager(99)
      reads.current_provider = function() return { name = "a", endpoint_name = "a/m" } end
      local code, out = run({ "eval", "--calibrate", folder }, { manager = reads })
      assert.equal(0, code)
      assert.matches("Measured on 2 drawings", out)
      -- 2 of 4 call-outs are right, of 4 that stand there
      assert.matches("a/m +0%.500 +0%.500 +2 +4\n", out)
      assert.matches("Written to .-/vision/calibration%.json", out)
      local known = require("vision.ensemble.consensus.calibration").current()
      assert.equal(0.5, known.readers["a/m"].precision)
      local _, text = run({ "eval", "--calibrate", "--json", folder }, { manager = reads })
      assert.equal(2, json.decode(text).calibration.drawings)
    end)
  end)

  it("scores the consensus of several", function()
    environment.with({ XDG_CONFIG_HOME = folder .. "/home", VISION_SCRIPTS = false }, function()
      local code, out = run { "eval", "--calibrate", "--json", "--providers", "stub", folder }
      assert.equal(0, code)
      local result = json.decode(out)
      assert.equal(0, result.total.callouts) -- a stub reads nothing
      assert.same({}, result.calibration.readers)
    end)
    local code, _, err = run { "eval", "--providers", "stub,stub", folder }
    assert.equal(2, code)
    assert.matches("names 'stub' twice", err)
  end)
end)
