-- SPDX-License-Identifier: MIT
-- Runs the real command in a process of its own, with no key, setting or proxy of the machine's.

local command = {}

command.INTERPRETER = rawget(_G, "jit") and "luajit" or "lua5.4"

-- Longer than any of it may take; `timeout` then ends it with 124.
local SECONDS = 60

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- What the command needs of this process's environment to run at all, also under sanitizers.
local INHERITED = { "PATH", "VISION_READER", "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS" }

local function environment(variables)
  local words = { "env", "-i" }
  local given = { LUA_PATH = package.path, LUA_CPATH = package.cpath, HOME = "/nonexistent" }
  for _, name in ipairs(INHERITED) do
    given[name] = os.getenv(name)
  end
  for name, value in pairs(variables or {}) do
    given[name] = value
  end
  for name, value in pairs(given) do
    words[#words + 1] = quote(name .. "=" .. value)
  end
  return table.concat(words, " ")
end

local function line_of(arguments, options)
  local words = {}
  for i, argument in ipairs(arguments) do
    words[i] = quote(argument)
  end
  return ("%s timeout --foreground %d %s bin/vision.lua %s <%s"):format(
    environment(options.environment), SECONDS, command.INTERPRETER, table.concat(words, " "),
    quote(options.input or "/dev/null"))
end

local function read_and_remove(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  os.remove(path)
  return text
end

---@class spec.Running
---@field pid integer

--- Starts the command.
---@param arguments string[]
---@param options? { environment: table<string, string>?, input: string? } input: a file
---@return spec.Running
function command.start(arguments, options)
  local out, err = os.tmpname(), os.tmpname()
  -- The shell says which process it became, then how that ended.
  local line = line_of(arguments, options or {}):gsub("'", "'\\''")
  local pipe = assert(io.popen(
    ("exec 2>/dev/null; sh -c 'echo $$; exec %s >%s 2>%s'; echo $?"):format(line, out, err)))
  return { pipe = pipe, pid = pipe:read "*n", out = out, err = err }
end

--- Waits for its end.
---@param running spec.Running
---@return integer status
---@return string out
---@return string err
function command.finish(running)
  local status = running.pipe:read "*n"
  running.pipe:close()
  return status, read_and_remove(running.out), read_and_remove(running.err)
end

--- Runs the command to its end.
---@param arguments string[]
---@param options? table as in `command.start`
---@return integer status
---@return string out
---@return string err
function command.run(arguments, options)
  return command.finish(command.start(arguments, options))
end

--- Starts a Lua script in a process of its own, whose loop and collector nobody else has used.
---@param script string
---@return file* # what it prints, on both outputs
function command.start_script(script)
  return assert(io.popen(("LUA_PATH=%s LUA_CPATH=%s %s -e %s 2>&1"):format(
    quote(package.path), quote(package.cpath), command.INTERPRETER, quote(script))))
end

--- What such a script prints up to its end.
---@param script string
---@return string
function command.script(script)
  local pipe = command.start_script(script)
  local said = pipe:read "*a"
  pipe:close()
  return said
end

return command
