-- SPDX-License-Identifier: MIT
-- Addresses (URLs) as people may see them.

local errors = require "vision.base.error"
local option_lists = require "vision.base.options"

local address = {}

-- What begins an address, also where its slashes were forgotten ("file:", ":memory:": SQLite's).
local SCHEMES = {}
for word in ("file memory sqlite postgres postgresql redis rediss mysql http https"):gmatch "%a+" do
  SCHEMES[word] = true
end

--- Whether a text can be the path of a file. What looks like an address may hold a password: it is
--- refused, and not shown.
---@param path any
---@param what string whose path it is, the start of the message
---@return true|nil
---@return vision.error? err invalid_option
function address.check_path(path, what)
  if not option_lists.is_path(path) then
    return nil, errors.new("invalid_option", what .. " must be a path: a text, not empty and "
      .. "without zero bytes")
  elseif path:find "^%a[%w+.-]*:/" or SCHEMES[path:match "^:?(%a+):"] then
    return nil, errors.new("invalid_option", what .. " must be the path of a file, and looks like "
      .. "an address of another kind")
  end
  return true
end

--- The address without user, password and what stands behind a question mark, where secrets may
--- stand; a path stays as it is.
---@param url string
---@return string
function address.shown(url)
  local scheme, rest = url:match "^(%a[%w+.-]*://)(.*)$"
  if not scheme then return url end
  return scheme .. (rest:gsub("%?.*$", ""):gsub("^.*@", ""))
end

return address
