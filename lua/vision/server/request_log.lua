-- SPDX-License-Identifier: MIT
-- A line for each request: JSON for programs, or text for people. It has no header, no query and
-- no body of a request, so no key and no drawing.

local clock = require "vision.base.clock"
local date = require "vision.base.date"
local json = require "vision.base.json"
local log = require "vision.base.log"

local request_log = {}

local METHOD_MAX, PATH_MAX = 20, 200

local function to_stderr(line)
  io.stderr:write(line .. "\n") -- at once: several processes may have it
end

---@class vision.server.Outcome  a request that is over
---@field request vision.server.Request
---@field route vision.Route?
---@field status integer      499: the client left
---@field bytes integer       of the answer's body, as far as it went
---@field seconds number
---@field err vision.error?

local function ms_of(outcome) return math.floor(outcome.seconds * 1e6 + 0.5) / 1000 end

local function json_line(outcome)
  local request, err = outcome.request, outcome.err
  return json.encode {
    time = date.iso(clock.wall()), id = request.id, trace = request.trace.id,
    method = request.method:sub(1, METHOD_MAX), path = request.path:sub(1, PATH_MAX),
    status = outcome.status, ms = ms_of(outcome), bytes = outcome.bytes, remote = request.remote,
    provider = request.provider, key = request.key and request.key.name,
    reason = err and err.reason,
  }
end

local function named(name, value) return value and name .. value or "" end

local function text_line(outcome)
  local request, err, key = outcome.request, outcome.err, outcome.request.key
  local line = ("%s %d %s %s %.1f ms %d B %s %s%s%s%s"):format(date.iso(clock.wall()),
    outcome.status, request.method:sub(1, METHOD_MAX), request.path:sub(1, PATH_MAX),
    ms_of(outcome), outcome.bytes, request.remote, request.id,
    named(" provider=", request.provider), named(" key=", key and key.name),
    named(" reason=", err and err.reason))
  -- What others wrote begins no line of its own.
  return line:find "%c" and line:gsub("%c", " ") or line
end

local FORMATS = { json = json_line, text = text_line }

--- What writes a line for each request that is over.
---@param format "json"|"text"
---@param sink? fun(line: string) stderr without it; must not wait
---@return fun(outcome: vision.server.Outcome)
function request_log.new(format, sink)
  local write, line_of = sink or to_stderr, FORMATS[format]
  return function(outcome) write(line_of(outcome)) end
end

--- Has the program's other messages in the same form, one JSON object a line, too.
---@param sink? fun(line: string)
---@return fun(level: string, message: string) say  what writes one
function request_log.take_messages(sink)
  local write = sink or to_stderr
  local function say(level, message)
    write(json.encode { time = date.iso(clock.wall()), level = level, message = message })
  end
  log.set_sink(say)
  return say
end

return request_log
