-- SPDX-License-Identifier: MIT
local progress = require "vision.cli.progress"
local terminal = require "vision.cli.terminal"

local function stream()
  local parts = {}
  return {
    write = function(_, ...)
      for _, part in ipairs { ... } do
        parts[#parts + 1] = part
      end
    end,
    flush = function() end,
  }, parts
end

describe("progress", function()
  it("is one line that is rewritten and taken away", function()
    local out, parts = stream()
    local shown = progress.new(out, { is_terminal = true, width = 12 })
    shown:show "reading a"
    shown:show "reading a long name\27[2J"
    shown:clear()
    shown:clear()
    assert.equal("\r\27[Kreading a\r\27[Kreading a …\r\27[K", table.concat(parts))
  end)

  it("says nothing where there is no terminal", function()
    local out, parts = stream()
    local shown = progress.new(out, terminal.NONE)
    shown:show "reading a"
    shown:clear()
    assert.same({}, parts)
  end)
end)
