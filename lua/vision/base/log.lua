-- SPDX-License-Identifier: MIT
-- One line on stderr for what a person should know and no answer can carry. What is logged is a
-- short text: never image bytes, never a key.

local log = {}

local LEVELS = { error = 1, warn = 2, info = 3, debug = 4 }

local function to_stderr(level, message)
  io.stderr:write("vision: ", level, ": ", message, "\n")
end

local sink = to_stderr
local threshold = LEVELS[os.getenv "VISION_LOG" or "warn"] or LEVELS.warn

--- Sends lines elsewhere (a host's own log, a spec); nil is stderr again.
---@param fn fun(level: string, message: string)?
function log.set_sink(fn)
  sink = fn or to_stderr
end

--- From now on lines up to this level are written; the first is that of VISION_LOG, else "warn".
---@param level "error"|"warn"|"info"|"debug"
function log.set_level(level)
  threshold = LEVELS[level] or error(("unknown log level '%s'"):format(tostring(level)), 2)
end

for level, rank in pairs(LEVELS) do
  log[level] = function(message, ...)
    if rank <= threshold then
      local text = select("#", ...) > 0 and message:format(...) or message
      sink(level, (text:gsub("%c+", " ")))
    end
  end
end

return log
