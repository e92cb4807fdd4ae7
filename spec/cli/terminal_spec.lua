-- SPDX-License-Identifier: MIT
-- Looks at real streams: `script` of util-linux gives the command a terminal of its own.

local command = require "spec.support.command"

-- What `terminal.look(1)` says in a process whose stdout is a terminal, or a pipe.
local function look(on_terminal, variables)
  local program = "local t = require(\"vision.cli.terminal\").look(1, os.getenv) "
    .. "print(t.is_terminal, t.colour, t.width)"
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(program)
  file:close()
  local line = ("env %s LUA_PATH='%s' %s %s"):format(variables or "", package.path,
    command.INTERPRETER, path)
  if on_terminal then
    line = ("script -qec \"%s\" /dev/null </dev/null"):format(line)
  end
  local pipe = assert(io.popen(line))
  local text = pipe:read "*a"
  pipe:close()
  os.remove(path)
  return (text:gsub("%s+", " "))
end

describe("a stream", function()
  it("that is a pipe is no terminal", function()
    assert.equal("false false 80 ", look(false, "TERM=xterm"))
  end)

  it("that is a terminal has colour and a width", function()
    assert.equal("true true 100 ", look(true, "-u NO_COLOR TERM=xterm COLUMNS=100"))
  end)

  it("has no colour where NO_COLOR is set or the terminal is dumb", function()
    assert.equal("true false 80 ", look(true, "NO_COLOR=1 TERM=xterm COLUMNS=80"))
    assert.equal("true false 80 ", look(true, "-u NO_COLOR TERM=dumb COLUMNS=80"))
    assert.equal("true true 80 ", look(true, "NO_COLOR= TERM=xterm COLUMNS=80"))
  end)

  it("keeps lines readable in a very narrow or wide one", function()
    assert.equal("true true 20 ", look(true, "-u NO_COLOR TERM=xterm COLUMNS=10"))
    assert.equal("true true 120 ", look(true, "-u NO_COLOR TERM=xterm COLUMNS=300"))
  end)
end)
