-- SPDX-License-Identifier: MIT
local progress = require "vision.cli.progress"
local terminal = require "vision.cli.terminal"

-- Progress of some files on a terminal, what it writes, and its clock.
local function shown(total, screen)
  local parts, now = {}, { seconds = 100 }
  local stream = { write = function(_, ...)
    for _, part in ipairs { ... } do
      parts[#parts + 1] = part
    end
  end, flush = function() end }
  screen = screen or { is_terminal = true, width = 80 }
  return progress.new(stream, screen, total, function() return now.seconds end), parts, now
end

describe("progress", function()
  it("is one line that is rewritten and taken away", function()
    local line, parts = shown(2)
    line:begin "a.png"
    line:clear()
    line:clear()
    assert.equal("\r\27[K[1/2] reading a.png\r\27[K", table.concat(parts))
  end)

  it("says how long the rest may take, once a file is done", function()
    local line, parts, now = shown(4)
    line:begin "a.png"
    now.seconds = 103
    line:begin "b.png"
    assert.equal("[2/4, about 9 s left] reading b.png", parts[#parts])
    now.seconds = 180
    line:begin "c.png"
    assert.equal("[3/4, about 2 min left] reading c.png", parts[#parts])
  end)

  it("counts the pages that are done", function()
    local line, parts, now = shown(2)
    line:begin "set.pdf"
    local report = line:reporter()
    report(0, 4)
    assert.equal("[1/2, page 1 of 4] reading set.pdf", parts[#parts])
    now.seconds = 101
    report(1, 4)
    assert.equal("[1/2, page 2 of 4, about 7 s left] reading set.pdf", parts[#parts])
    report(4, 4)
    assert.truthy(parts[#parts]:find "page 2 of 4")
    line:begin "b.png"
    assert.falsy(parts[#parts]:find "page")
  end)

  it("fits the terminal, and nothing in a name steers it", function()
    local line, parts = shown(1, { is_terminal = true, width = 20 })
    line:begin "\27[2Ja long name.png"
    assert.equal("[1/1] reading  [2J…", parts[#parts])
  end)

  it("says nothing where there is no terminal", function()
    local line, parts = shown(1, terminal.NONE)
    line:begin "a.png"
    line:reporter()(0, 2)
    line:clear()
    assert.same({}, parts)
  end)
end)
