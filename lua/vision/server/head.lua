-- SPDX-License-Identifier: MIT
-- The headers of a request as an application takes them, whichever carrier read them.

local errors = require "vision.base.error"

local head = {}

-- What means something else when it stands twice.
local ONCE = { ["content-length"] = true, ["content-type"] = true, host = true,
  authorization = true, ["transfer-encoding"] = true }

-- Where a body ends must mean the same to every proxy before this.
local function wrong_length(headers)
  local encoding = headers["transfer-encoding"]
  if encoding and encoding:lower() ~= "chunked" then
    return errors.new("usage", "of Transfer-Encoding only 'chunked' is known here")
  elseif encoding and headers["content-length"] then
    return errors.new("usage", "a request has Content-Length or Transfer-Encoding, not both")
  end
end

-- "Content-Length : 5" is a length to some proxies, and another header to others.
local NO_NAME = "[^%w!#$%%&'*+.^_`|~-]"

local function name_of(text)
  return text ~= "" and not text:find(NO_NAME) and text:lower() or nil
end

-- What most requests have, as most write it.
local USUAL = {}
for name in ("Host Connection User-Agent Accept Accept-Encoding Accept-Language Authorization "
  .. "Content-Type Content-Length Transfer-Encoding Origin Referer Traceparent X-Request-Id "
  .. "X-Forwarded-For X-Forwarded-Proto X-Real-Ip"):gmatch "%S+" do
  USUAL[name], USUAL[name:lower()] = name:lower(), name:lower()
end

--- Names in lower case; values of one name joined.
---@param list string[] name, value, name, value …
---@return table<string, string>|nil
---@return vision.error? err usage: one is none, one that may stand once stands twice, or it is not
---  clear where the body ends
function head.headers(list)
  local headers = { host = nil, accept = nil, ["content-type"] = nil, ["content-length"] = nil }
  for i = 1, #list, 2 do
    local name, value = USUAL[list[i]] or name_of(list[i]), list[i + 1]
    local before = headers[name or ""]
    if not name then
      return nil, errors.new("usage", "a header of the request is not valid")
    elseif before and ONCE[name] then
      return nil, errors.new("usage", ("the header %s stands twice"):format(name))
    end
    headers[name] = before and before .. ", " .. value or value
  end
  local err = wrong_length(headers)
  if err then return nil, err end
  return headers
end

return head
