-- SPDX-License-Identifier: MIT
-- Files by their names.

local file = {}

--- Whether there is one that can be read.
---@param path string
---@return boolean
function file.exists(path)
  local found = io.open(path, "rb")
  if found then found:close() end
  return found ~= nil
end

return file
