-- SPDX-License-Identifier: MIT
local compare_output = require "vision.cli.compare_output"
local comparison = require "vision.ensemble.comparison"
local environment = require "spec.support.environment"
local json = require "vision.base.json"
local options = require "vision.cli.options"
local picture_file = require "spec.support.picture_file"
local readers = require "spec.support.readers"
local run = require("spec.support.command_line").run
local terminal = require "vision.cli.terminal"
local virtual = require "spec.support.virtual"

local function reading(name, confidence, ...)
  local callouts = {}
  for i, text in ipairs { ... } do callouts[i] = { text = text, type = "other" } end
  return readers.new(name, { reading = { confidence = confidence, summary = "Read by " .. name,
    drawing = { callouts = callouts, title_block = { title = name == "c" and "Flange B" or
      "Flange A" } } } })
end

local function compared(strategy, list)
  local result
  virtual.new():run(function()
    result = assert(comparison.compare_providers(readers.PICTURE, list, { strategy = strategy }))
  end)
  return result
end

local LIST = { reading("a", 0.9, "M8", "Ø19,9", "R5"), reading("b", nil, "M8", "Ø19,9"),
  reading("c", 0.2, "M8", "Ø19,8"), readers.new("d", { fails = "timeout" }) }

describe("what vision compare shows", function()
  after_each(picture_file.clean)

  it("is who said what, with dissent marked", function()
    local out = compare_output.text("flange.pdf", compared("consensus", LIST), terminal.NONE)
    assert.matches("^flange.pdf %- 3 of 4 read it in 1.0 s\n", out)
    assert.matches("  1  a  read     90 %%  3 call%-outs  1.0 s\n", out)
    assert.matches("  4  d  timeout ", out)
    assert.matches("By consensus: all of them", out)
    assert.matches("M8 +%d+ %%  =  =  =  %-\n", out)
    assert.matches("!  Ø19,9 +%d+ %%  =  =  x  %-\n +or: Ø19,8 +%-  %-  =  %-\n", out)
    assert.matches("!  title: Flange A +%d+ %%  =  =  x  %-\n +or: Flange B +%-  %-  =  %-\n", out)
    assert.matches("Too few read %(1%)\n.-R5 +%d+ %%  =  %-  %-  %-\n", out)
  end)

  it("says whom another strategy has chosen", function()
    local out = compare_output.text("x", compared("highest_confidence", LIST), terminal.NONE)
    assert.matches("Read by a\n", out)
    assert.matches("By highest_confidence: a, confidence 90 %%", out)
    assert.matches("Call%-outs %(2%)", out) -- the votes are shown all the same
    out = compare_output.text("x", compared("first_success", { LIST[4] }), terminal.NONE)
    assert.matches("Nobody could read it", out)
  end)

  it("is one JSON object for programs", function()
    local object = assert(json.decode(compare_output.json("x", compared("consensus", LIST))))
    assert.equal("consensus", object.selected_result.provider)
    assert.equal("a", object.selected_provider)
    assert.same({ "a", "b", "c", "d" }, object.endpoints)
    assert.equal("timeout", object.provider_results.d.reason)
    assert.equal("M8", object.provider_results.b.result.drawing.callouts[1].text)
    assert.same({ { text = "Ø19,8", sources = { "c" } } },
      object.selected_result.drawing.callouts[2].alternatives)
    local text = compare_output.json("x", compared("consensus", { LIST[4] }))
    assert.matches('"selected_result":null', text)
  end)
end)

describe("vision compare", function()
  after_each(picture_file.clean)

  it("asks those that are named", function()
    local code, out, err = run { "compare", "--providers", "stub", picture_file.new() }
    assert.same({ 0, "" }, { code, err })
    assert.matches("1  stub  fixed answer", out)
    assert.matches("Stub answer", out)
    code, out = run { "compare", "--json", "--strategy", "first_success", "--providers", "stub",
      picture_file.new() }
    assert.equal(0, code)
    assert.equal("first_success", json.decode(out).strategy_used)
  end)

  it("refuses what it does not know", function()
    local path = picture_file.new()
    local function refused(code, pattern, ...)
      local found, _, err = run { "compare", path, ... }
      assert.equal(code, found)
      assert.matches(pattern, err)
    end
    refused(2, "names such as openai", "--providers", "stub,gpt")
    refused(2, "names such as openai", "--providers", "")
    refused(2, "no script selection/best.lua", "--providers", "stub", "--strategy", "best")
    refused(2, "vision: %-%-providers names 'stub' twice", "--providers", "stub,stub")
    environment.with(environment.NO_KEYS, function()
      refused(1, "^vision: no key: set OPENAI_API_KEY", "--providers", "openai")
    end)
    local code, _, err = run { "compare", "--providers", "stub", "/nowhere.png" }
    assert.equal(1, code)
    assert.matches("no such file", err)
  end)

  it("is an object for programs, too, where the drawing cannot be opened", function()
    local code, out = run { "compare", "--json", "--providers", "stub", "/nowhere.png" }
    local answer = json.decode(out)
    assert.same({ 1, "/nowhere.png", "no such file: /nowhere.png", "not_found" },
      { code, answer.file, answer.error, answer.reason })
    assert.same({ {}, {}, "consensus", 0 }, { answer.provider_results, answer.endpoints,
      answer.strategy_used, answer.success_count })
    assert.truthy(out:find('"selected_result":null', 1, true))
  end)

  it("reads a list of providers and models", function()
    assert.same({ { "openai", "gpt-5.4" }, { "local" }, { "openai_compatible", "org/model:7b" } },
      options.providers "openai/gpt-5.4, local,openai_compatible/org/model:7b")
    assert.is_nil((options.providers "auto"))
  end)
end)
