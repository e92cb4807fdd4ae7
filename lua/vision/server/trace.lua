-- SPDX-License-Identifier: MIT
-- The trace that a request belongs to, as W3C Trace Context has it:
--
--   traceparent: 00-TRACE(32 digits)-SPAN(16 digits)-FLAGS(2 digits)

local core = require "vision.core"

local trace = {}

---@class vision.server.Trace
---@field id string      32 digits
---@field span string    16 digits: this request's own
---@field parent string? 16 digits: the caller's
---@field header string  for who is asked on behalf of it

local HEX = "[0-9a-f]"
local PATTERN = ("^(%s)%%-(%s)%%-(%s)%%-(%s)(.?)"):format(HEX:rep(2), HEX:rep(32), HEX:rep(16),
  HEX:rep(2))

-- Of a version to come the parts that are known count; version 00 has no others.
local function parse(header)
  if not header then return nil end
  local version, id, parent, flags, rest = header:match(PATTERN)
  if not version or version == "ff" or version == "00" and rest ~= ""
    or rest ~= "" and rest ~= "-" or id:find "^0+$" or parent:find "^0+$" then
    return nil
  end
  return id, parent, flags
end

--- The trace of a request: the caller's, or a new one where the header is missing or no such thing.
---@param header string?
---@return vision.server.Trace
function trace.of(header)
  local id, parent, flags = parse(header)
  local span = core.random_id():sub(1, 16)
  id = id or core.random_id()
  return { id = id, parent = parent, span = span,
    header = "00-" .. id .. "-" .. span .. (flags == "01" and "-01" or "-00") }
end

return trace
