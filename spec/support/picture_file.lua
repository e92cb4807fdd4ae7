-- SPDX-License-Identifier: MIT
-- Files with pictures in them, for specs of what takes file names.

local pictures = require "spec.support.pictures"

local picture_file = {}

--- A PNG of one pixel.
picture_file.PNG = pictures.png(1, 1, function() return 255, 255, 255 end)

local written = {}

--- A file with these bytes, gone after `picture_file.clean()`.
---@param bytes string? the PNG by default
---@return string path
function picture_file.new(bytes)
  local path = os.tmpname()
  local file = assert(io.open(path, "wb"))
  file:write(bytes or picture_file.PNG)
  file:close()
  written[#written + 1] = path
  return path
end

function picture_file.clean()
  for i = #written, 1, -1 do
    os.remove(written[i])
    written[i] = nil
  end
end

return picture_file
