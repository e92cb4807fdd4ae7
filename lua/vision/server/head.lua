-- SPDX-License-Identifier: MIT
-- The headers of a request as an application takes them, whichever carrier read them.

local errors = require "vision.base.error"

local head = {}

-- What means something else when it stands twice.
local ONCE = { ["content-length"] = true, ["content-type"] = true, host = true,
  authorization = true, ["transfer-encoding"] = true }

--- Names in lower case; values of one name joined.
---@param list string[] name, value, name, value …
---@return table<string, string>|nil
---@return vision.error? err usage: one that may stand once stands twice
function head.headers(list)
  local headers = {}
  for i = 1, #list, 2 do
    local name, value = list[i]:lower(), list[i + 1]
    if headers[name] and ONCE[name] then
      return nil, errors.new("usage", ("the header %s stands twice"):format(name))
    end
    headers[name] = headers[name] and headers[name] .. ", " .. value or value
  end
  return headers
end

return head
