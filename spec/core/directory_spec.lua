-- SPDX-License-Identifier: MIT
local core = require "vision.core"
local task = require "vision.base.task"

local function step(directory)
  assert(directory:read())
  assert(task.wait(directory))
  return directory:entries()
end

describe("core.directory", function()
  it("gives names and kinds in steps, then nothing", function()
    local directory = core.directory "examples"
    local kinds = {}
    for _, entry in ipairs(assert(step(directory))) do kinds[entry.name] = entry.kind end
    assert.equal("file", kinds["analyze.lua"])
    assert.equal("folder", kinds.drawings)
    assert.is_nil(kinds["."])
    assert.matches("^%d+:%d+$", directory:identity())
    assert.same({}, step(directory))
    directory:close()
    directory:close()
    assert.equal(0, directory:id())
    assert.has_error(function() directory:read() end)
  end)

  it("says nothing while it is read, and is read by one at a time", function()
    local directory = core.directory "examples"
    assert(directory:read())
    assert.is_nil(directory:entries())
    assert.has_error(function() directory:read() end, nil)
    directory:close() -- in the middle
  end)

  it("fails with the name of what is no folder", function()
    local entries, err = step(core.directory "/nowhere")
    assert.is_nil(entries)
    assert.equal("not_found", err.reason)
    assert.matches("/nowhere", err.message)
    assert.has_error(function() core.directory "a\0b" end)
  end)

  it("may be collected at any time", function()
    for _ = 1, 10 do
      for _ = 1, 20 do assert(core.directory "examples":read()) end
      collectgarbage()
    end
  end)
end)
