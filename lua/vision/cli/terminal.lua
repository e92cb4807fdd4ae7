-- SPDX-License-Identifier: MIT
-- What stdout and stderr are connected to. Plain Lua cannot tell, so a shell is asked, at most once
-- a stream and only where the answer matters.

local terminal = {}

local MIN_WIDTH, DEFAULT_WIDTH, MAX_WIDTH = 20, 80, 120

---@class vision.cli.Terminal
---@field is_terminal boolean
---@field colour boolean   may escape sequences be written
---@field width integer    columns, 20 .. 120; 80 where it is no terminal

--- No terminal: a file or a pipe.
terminal.NONE = { is_terminal = false, colour = false, width = DEFAULT_WIDTH }

local function is_terminal(descriptor)
  local result = os.execute(("[ -t %d ]"):format(descriptor))
  return result == true or result == 0 -- LuaJIT gives the exit status
end

local function columns(environment)
  local given = tonumber(environment "COLUMNS")
  if given then return given end
  local pipe = io.popen "stty size 2>/dev/null </dev/tty"
  local size = pipe and pipe:read "*l"
  if pipe then pipe:close() end
  local width = size and tonumber(size:match "%d+ (%d+)")
  return width ~= 0 and width or nil -- a terminal that was told no size says 0
end

--- Looks at a stream.
---@param descriptor integer  1 is stdout, 2 is stderr
---@param environment fun(name: string): string?
---@return vision.cli.Terminal
function terminal.look(descriptor, environment)
  if not is_terminal(descriptor) then return terminal.NONE end
  local width = columns(environment) or DEFAULT_WIDTH
  return {
    is_terminal = true,
    colour = (environment "NO_COLOR" or "") == "" and environment "TERM" ~= "dumb",
    width = math.max(MIN_WIDTH, math.min(width, MAX_WIDTH)),
  }
end

return terminal
