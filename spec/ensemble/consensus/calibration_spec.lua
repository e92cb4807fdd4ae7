-- SPDX-License-Identifier: MIT
local chance = require "spec.support.chance"
local calibration = require "vision.ensemble.consensus.calibration"
local consensus = require "vision.ensemble.consensus"
local description = require "vision.drawing.description"
local environment = require "spec.support.environment"
local folders = require "spec.support.folder"
local json = require "vision.base.json"
local log = require "vision.base.log"

local function at_home(body)
  folders.with(function(home)
    environment.with({ XDG_CONFIG_HOME = home, VISION_SCRIPTS = false }, function() body(home) end)
  end)
end

describe("a calibration", function()
  it("is written beside the user's scripts and read again", function()
    at_home(function(home)
      assert.same({}, calibration.current().readers)
      local path = assert(calibration.save { version = 1, drawings = 3, curve = { { 0.5, 0.25 } },
        readers = { ["openai/m"] = calibration.reader(8, 10, 18, 3) } })
      assert.equal(home .. "/vision/calibration.json", path)
      local known = calibration.current()
      assert.same({ precision = 0.75, recall = 0.45, drawings = 3, callouts = 10 },
        known.readers["openai/m"])
      assert.same({ { 0.5, 0.25 } }, known.curve)
    end)
  end)

  it("is refused with what is wrong in it, and then stands for none", function()
    local function refused(pattern, text)
      at_home(function(home)
        os.execute("mkdir -p '" .. home .. "/vision'")
        folders.write(home .. "/vision/calibration.json", text)
        local found, err = calibration.load(home .. "/vision/calibration.json")
        assert.is_nil(found)
        assert.equal("invalid_json", err.reason)
        assert.matches(pattern, err.message)
        local said
        log.set_sink(function(_, message) said = message end)
        assert.same({}, calibration.current().readers)
        log.set_sink(nil)
        assert.matches("calibration.json", said)
      end)
    end
    refused("not valid JSON", "{")
    refused("'version' must be 1", "{}")
    refused("readers.a: precision", '{"version":1,"readers":{"a":{"precision":2,"recall":0.5}}}')
    refused("curve%[2%]: must be two numbers",
      '{"version":1,"readers":{},"curve":[[0.5,0.5],[0.4,0.6]]}')
  end)

  it("is whole or refused, whatever bytes it is of", function()
    local good = json.encode { version = 1, drawings = 2, curve = { { 0.2, 0.1 }, { 0.8, 0.9 } },
      readers = { a = { precision = 0.9, recall = 0.8, drawings = 2, callouts = 10 },
        b = { precision = 0.5, recall = 0.5, drawings = 2, callouts = 4 } } }
    local function input(name, text)
      return { name = name, reading = description.new { provider = name, summary = "s",
        drawing = { kind = "mechanical", callouts = { { text = text, type = "other", page = 1 } },
          title_block = {}, notes = {}, missing = {} } } }
    end
    folders.with(function(path)
      local used, refused = 0, 0
      chance.runs(400, function(source)
        folders.write(path .. "/c.json", source:damaged(good))
        local found, err = calibration.load(path .. "/c.json")
        if found then
          local result = assert(consensus.of({ input("a", "M8"), input("b", "M8"),
            input("c", "R5") }, { calibration = found }))
          for _, callout in ipairs(result.drawing.callouts) do
            assert.is_true(callout.confidence >= 0 and callout.confidence <= 1)
          end
          used = used + 1
        else
          assert.equal("invalid_json", err.reason)
          refused = refused + 1
        end
      end)
      assert.is_true(used > 5 and refused > 50)
    end)
  end)

  it("says where there is no place for it", function()
    environment.with({ XDG_CONFIG_HOME = false, VISION_SCRIPTS = false, HOME = false }, function()
      local _, err = calibration.save { version = 1, readers = {} }
      assert.matches("set HOME", err.message)
      assert.same({}, calibration.current().readers)
    end)
    environment.with({ VISION_SCRIPTS = "/proc/nowhere/scripts" }, function()
      local _, err = calibration.save { version = 1, readers = {} }
      assert.equal("input", err.reason)
    end)
  end)

  it("makes no certainty of a few", function()
    local judged = {}
    for i = 1, 8 do judged[i] = { confidence = i / 10, right = i > 1 } end
    local curve = calibration.curve(judged)
    assert.equal(2, #curve)
    assert.is_true(math.abs(curve[1][2] - 1 / 3) < 1e-9) -- none of one
    assert.is_true(math.abs(curve[2][2] - 8 / 9) < 1e-9) -- seven of seven
  end)

  it("takes a figure along its lines", function()
    local curve = { { 0.2, 0.1 }, { 0.6, 0.5 }, { 0.8, 0.9 } }
    for _, pair in ipairs { { 0, 0 }, { 0.1, 0.05 }, { 0.4, 0.3 }, { 0.8, 0.9 }, { 1, 0.9 } } do
      assert.is_true(math.abs(pair[2] - calibration.of_figure(curve, pair[1])) < 1e-9)
    end
    assert.equal(0.3, calibration.of_figure(nil, 0.3))
  end)
end)
