-- SPDX-License-Identifier: MIT
local errors = require "vision.base.error"
local folder = require "spec.support.folder"
local json = require "vision.base.json"
local picture_file = require "spec.support.picture_file"
local readers = require "spec.support.readers"
local run = require("spec.support.command_line").run

local ESTIMATE = {
  images = { { page = 1, part = "sheet", width = 1312, height = 1896, tokens = 2956 } },
  image_tokens = 2956, text_tokens = 100, input_tokens = 3056, output_tokens = 2048,
  cost_usd = 0.01234, price_date = "2026-11", warnings = { "scaled to 31 %" },
}

local function manager(provider, err)
  return { current_provider = function() return provider, err end }
end

local function model(result, err)
  local provider = { name = "openai", model = "m" }
  function provider.estimate(_, _, options)
    provider.options = options
    return result, err
  end
  return provider
end

describe("vision estimate", function()
  after_each(picture_file.clean)

  it("shows tokens and the price with its date", function()
    local provider = model(ESTIMATE)
    local code, out, err = run({
      "estimate", "--prompt", "general", "--pages", "2", picture_file.new(),
    }, { manager = manager(provider) })
    assert.same({ 0, "" }, { code, err })
    assert.truthy(out:find(" - openai (m)\n", 1, true))
    assert.truthy(out:find("page 1, sheet  1312 x 1896  2956 tokens", 1, true))
    assert.truthy(out:find("Cost    at most $0.0124 (prices of 2026-11)", 1, true))
    assert.truthy(out:find("Note: scaled to 31 %", 1, true))
    assert.same({ prompt = "general", pages = { 2 } }, provider.options)
  end)

  it("says that a price is unknown rather than nothing", function()
    local unknown = { images = {}, text_tokens = 1, output_tokens = 5, warnings = {} }
    local _, out = run({ "estimate", picture_file.new() }, { manager = manager(model(unknown)) })
    assert.truthy(out:find("Input   unknown number of tokens", 1, true))
    assert.truthy(out:find("Cost    unknown", 1, true))
  end)

  it("says that reading on this machine costs nothing", function()
    local code, out = run({ "estimate", picture_file.new() },
      { manager = manager { name = "local" } })
    assert.equal(0, code)
    assert.truthy(out:find("costs nothing", 1, true))
  end)

  it("prices a folder in a table, with a total and what is not known", function()
    local answers = { ESTIMATE, { images = {}, text_tokens = 1, output_tokens = 5, warnings = {} },
      ESTIMATE }
    local asked = 0
    local provider = { name = "openai", model = "m", estimate = function()
      asked = asked + 1
      return answers[asked]
    end }
    folder.with(function(root)
      for _, name in ipairs { "a.gif", "b.gif", "c.gif" } do
        folder.write(root .. "/" .. name, readers.PICTURE)
      end
      folder.write(root .. "/d.png", "no picture")
      local code, out, err = run({ "estimate", root }, { manager = manager(provider) })
      assert.equal(1, code)
      assert.matches("/a.gif +1 picture +3056 tokens +at most $0.0124\n", out)
      assert.matches("/b.gif +0 pictures +unknown size +unknown\n", out)
      assert.matches("\n3 drawings, openai (m): at most $0.03, and 1 drawing of unknown cost; "
        .. "1 drawing cannot be read (prices of 2026-11)\n", out, 1, true)
      assert.matches("d.png: ", err, 1, true)
      asked = 0
      local _, lines = run({ "estimate", "--json", root }, { manager = manager(provider) })
      local total = json.decode(lines:match "([^\n]+)\n$").total
      assert.same({ drawings = 3, failed = 1, unknown = 1, pictures = 2, input_tokens = 6112,
        cost_usd = 0.02468 }, total)
      _, out = run({ "estimate", root }, { manager = manager { name = "local" } })
      assert.matches("\n3 drawings, local: costs nothing; 1 drawing cannot be read\n", out, 1, true)
    end)
  end)

  it("says of a folder without drawings that there are none", function()
    folder.with(function(root)
      local code, out, err = run({ "estimate", root }, { manager = manager(model(ESTIMATE)) })
      assert.same({ 1, "" }, { code, out })
      assert.matches("no drawings in", err)
    end)
  end)

  it("gives one JSON object a line with the same keys on failure", function()
    local path = picture_file.new()
    local code, out = run({ "estimate", "--json", path, "/nowhere" },
      { manager = manager(model(ESTIMATE)) })
    assert.equal(1, code)
    local good, bad = out:match "^([^\n]+)\n([^\n]+)\n$"
    assert.same(ESTIMATE, json.decode(good).estimate)
    assert.equal("not_found", json.decode(bad).reason)
    for _, key in ipairs { "file", "success", "provider", "model", "estimate", "error", "code" } do
      assert.truthy(good:find('"' .. key .. '":', 1, true), key)
      assert.truthy(bad:find('"' .. key .. '":', 1, true), key)
    end
  end)

  it("needs no key, for it sends nothing", function()
    local asked = {}
    local code = run({ "estimate", "--provider", "openai", picture_file.new() }, {
      make_manager = function(options)
        asked[#asked + 1] = options.provider_options.api_key or "no key"
        if #asked == 1 then return manager(nil, errors.new("missing_key", "set OPENAI_API_KEY")) end
        return manager(model(ESTIMATE))
      end,
    })
    assert.equal(0, code)
    assert.same({ "no key", "none" }, asked)
  end)

  it("fails once a file where the provider cannot be had", function()
    local err = errors.new("invalid_option", "no address: pass base_url")
    local code, _, said = run({ "estimate", picture_file.new() }, { manager = manager(nil, err) })
    assert.equal(1, code)
    assert.truthy(said:find "^vision: [^\n]+: no address: pass base_url\n$")
  end)
end)
