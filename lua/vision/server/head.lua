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

--- Names in lower case; values of one name joined.
---@param list string[] name, value, name, value …
---@return table<string, string>|nil
---@return vision.error? err usage: one is none, one that may stand once stands twice, or it is not
---  clear where the body ends
function head.headers(list)
  local headers = {}
  for i = 1, #list, 2 do
    local name, value = list[i]:lower(), list[i + 1]
    if name == "" or name:find(NO_NAME) then
      return nil, errors.new("usage", "a header of the request is not valid")
    elseif headers[name] and ONCE[name] then
      return nil, errors.new("usage", ("the header %s stands twice"):format(name))
    end
    headers[name] = headers[name] and headers[name] .. ", " .. value or value
  end
  local err = wrong_length(headers)
  if err then return nil, err end
  return headers
end

return head
