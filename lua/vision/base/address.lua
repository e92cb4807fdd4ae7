-- SPDX-License-Identifier: MIT
-- Addresses (URLs) as people may see them.

local address = {}

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
