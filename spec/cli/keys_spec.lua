-- SPDX-License-Identifier: MIT
local command_line = require "spec.support.command_line"
local core = require "vision.core"
local folder = require "spec.support.folder"
local json = require "vision.base.json"

local unpack = table.unpack or unpack

describe("vision keys", function()
  local path

  local function run(...)
    local argv = { "keys", ... }
    argv[#argv + 1] = "--keys"
    argv[#argv + 1] = path
    return command_line.run(argv)
  end

  local function with(body)
    folder.with(function(place)
      path = place .. "/keys.json"
      body()
    end)
  end

  it("has help for each command below it, and a page that shows it", function()
    for _, action in ipairs { "new", "list", "revoke" } do
      local code, out = command_line.run { "keys", action, "--help" }
      local file = assert(io.open("docs/commands/keys-" .. action .. ".md"))
      local page = file:read "*a"
      file:close()
      assert.equal(0, code)
      assert.is_truthy(page:find(out, 1, true), action .. ": run lua5.4 docs/update.lua")
    end
  end)

  it("shows a key once, and then only whose it is", function()
    with(function()
      local code, out = run("new", "ci", "--per-minute", "30")
      assert.equal(0, code)
      local key = out:match "^(vk_%x+_%x+)\n$"
      assert.is_string(key)
      local _, made = run("new", "boss", "--scope", "admin", "--json")
      assert.same({ "boss", 76 }, { json.decode(made).name, #json.decode(made).key })
      code, out = run "list"
      assert.equal(0, code)
      assert.matches("ci +%d+%-%d+%-%d+ +analyze, read +30 a minute", out)
      assert.matches("boss +%S+ +admin", out)
      _, out = run("list", "--json")
      local first = json.decode(out:match "^[^\n]+")
      assert.same({ "ci", 30 }, { first.name, first.requests_per_minute })
      assert.is_nil(out:find(core.sha256(key), 1, true))
      assert.is_nil(out:find(key:sub(-64), 1, true))
    end)
  end)

  it("revokes one by its name", function()
    with(function()
      run("new", "ci")
      assert.same({ 0, "ci: revoked\n", "" }, { run("revoke", "ci") })
      local code, _, err = run("revoke", "ci")
      assert.equal(1, code)
      assert.matches("there is no key named 'ci'", err)
      assert.matches("none", select(2, run "list"))
    end)
  end)

  it("says what is wrong with a name, a scope, a number, a file", function()
    with(function()
      for _, case in ipairs {
        { 1, "must be a name", "new", "a b" },
        { 2, "one of 'analyze'", "new", "x", "--scope", "write" },
        { 2, "%-%-per%-minute", "new", "x", "--per-minute", "0" },
      } do
        local code, _, err = run(unpack(case, 3))
        assert.equal(case[1], code)
        assert.matches(case[2], err)
      end
      folder.write(path, "not json")
      local code, _, err = run "list"
      assert.equal(1, code)
      assert.matches("keys%.json is no file of keys: not valid JSON", err)
    end)
  end)
end)
