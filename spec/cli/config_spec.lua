-- SPDX-License-Identifier: MIT
local core = require "vision.core"
local environment = require "spec.support.environment"
local folder = require "spec.support.folder"
local run = require("spec.support.command_line").run

describe("vision config", function()
  local function with_file(text, body)
    folder.with(function(place)
      local path = place .. "/vision.lua"
      if text then folder.write(path, text) end
      environment.with({ VISION_CONFIG = text and path or false, XDG_CONFIG_HOME = place },
        function() body(path, place) end)
    end)
  end

  it("says that a file is right", function()
    with_file("return { provider = 'openai' }", function(path)
      assert.same({ 0, path .. ": all right\n", "" }, { run { "config", "check" } })
    end)
  end)

  it("says what is wrong with one, and exits with 1", function()
    with_file("return { retry = { max_retries = 1.5 } }", function(path)
      local code, out, err = run { "config", "check" }
      assert.equal(1, code)
      assert.equal("", out)
      assert.equal(1, err:find("vision: " .. path .. ": retry: option 'max_retries'", 1, true), err)
    end)
  end)

  it("touches no file that the configuration names", function()
    folder.with(function(place)
      local text = ("return { provider = 'local', cache = { path = '%s/cache.db' }, "
        .. "shared_state = '%s/shared/state' }"):format(place, place)
      with_file(text, function(path)
        assert.same({ 0, path .. ": all right\n", "" }, { run { "config", "check" } })
      end)
      for _, entry in ipairs(assert(core.folder(place))) do
        assert.equal("prompts", entry.name) -- the helper's
      end
    end)
  end)

  it("checks another file than the user's own", function()
    with_file("return {}", function(_, place)
      folder.write(place .. "/new.lua", "return { cash = true }")
      local code, _, err = run { "config", "check", place .. "/new.lua" }
      assert.equal(1, code)
      assert.truthy(err:find("did you mean 'cache'", 1, true))
      assert.equal(1, (run { "config", "check", place .. "/nowhere.lua" }))
    end)
  end)

  it("needs no file", function()
    with_file(nil, function(_, place)
      local path = place .. "/vision/vision.lua"
      assert.same({ 0, path .. "\n", "" }, { run { "config", "path" } })
      assert.same({ 0, ("there is no file %s: the defaults hold\n"):format(path), "" },
        { run { "config", "check" } })
    end)
  end)

  it("shows what is built", function()
    with_file("return { provider = 'stub', retry = false, cache = { max_size = 5 } }", function()
      local code, out = run { "config", "show" }
      assert.equal(0, code)
      assert.matches("^cache[^\n]* %(max_size = 5%)\n.*\nstub\n  circuit_breaker", out)
      assert.falsy(out:find "retry")
    end)
  end)
end)
