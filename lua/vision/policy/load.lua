-- SPDX-License-Identifier: MIT
-- Reads one script: Lua text (never bytecode) that returns a table, run with nothing around it but
-- the functions listed here. What is wrong with it is one line: file, line, reason.

local errors = require "vision.base.error"

-- Largest script in bytes; a catalogue of models is 20 KB.
local MAX_BYTES = 1024 * 1024

-- What a script sees: pure functions on values, nothing that reads, writes or loads.
local ALLOWED = {
  "assert", "error", "ipairs", "next", "pairs", "select", "tonumber", "tostring", "type",
  string = { "byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "reverse",
    "sub", "upper" },
  table = { "concat", "insert", "remove", "sort" },
  math = { "abs", "ceil", "floor", "fmod", "huge", "max", "min", "pi", "sqrt" },
}

local function environment()
  local env = {}
  for key, value in pairs(ALLOWED) do
    if type(value) == "table" then
      env[key] = {}
      for _, name in ipairs(value) do
        env[key][name] = _G[key][name]
      end
    else
      env[value] = _G[value]
    end
  end
  return env
end

-- Lua shortens a long path in its messages; people need the whole one.
local function with_path(message, path)
  return (tostring(message):gsub("^.-:(%d+): ", function(line)
    return path .. ":" .. line .. ": "
  end, 1))
end

-- Far more than a table of models takes; some seconds at the most.
local MAX_STEPS = 100 * 1000 * 1000

-- Runs the chunk in a coroutine of its own, so that the limit is its own too. (LuaJIT has one hook
-- for all and does not call it from compiled code.)
local function run(chunk)
  if rawget(_G, "jit") then
    require("jit").off(chunk, true)
  end
  local thread = coroutine.create(chunk)
  local hook, mask, count = debug.gethook()
  debug.sethook(thread, function()
    error("it does not come to an end", 2)
  end, "", MAX_STEPS)
  local ok, value = coroutine.resume(thread)
  debug.sethook(thread)
  if hook then
    debug.sethook(hook, mask, count)
  end
  return ok, value
end

local function read(path)
  local file, message = io.open(path, "rb")
  if not file then
    return nil, message
  end
  local text = file:read(MAX_BYTES + 1)
  file:close()
  if not text or #text == 0 then
    return nil, path .. ": it is empty"
  elseif #text > MAX_BYTES then
    return nil, ("%s: larger than %d bytes"):format(path, MAX_BYTES)
  end
  return text
end

local function refuse(message)
  return nil, errors.new("script", message)
end

--- What the script at `path` returns.
---@param path string
---@return table|nil
---@return vision.error? err reason "script": the message begins with file and line
local function load_text(path, text)
  -- LuaJIT's `load` takes an environment too; "t" refuses bytecode in both.
  local chunk, message = load(text, "@" .. path, "t", environment())
  if not chunk then
    return refuse(with_path(message, path))
  end
  local ok, value = run(chunk)
  if not ok then
    return refuse(with_path(value, path))
  elseif type(value) ~= "table" then
    return refuse(("%s: it must return a table, not a %s"):format(path, type(value)))
  end
  return value
end

local function load_script(path)
  local text, message = read(path)
  if not text then
    return refuse(message)
  end
  return load_text(path, text)
end

return { file = load_script, text = load_text }
