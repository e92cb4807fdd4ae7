-- SPDX-License-Identifier: MIT
-- Reads a file of the system's zoneinfo (RFC 8536): when the clocks of a zone were changed, and the
-- rule that holds after that.

local tzif = {}

local HEADER = 44

local function integer(bytes, at, size)
  local value = bytes:byte(at)
  if value >= 128 then value = value - 256 end
  for i = 1, size - 1 do value = value * 256 + bytes:byte(at + i) end
  return value
end

-- The counts of a part, in the order in which the file has them.
local function header_of(bytes, at)
  if bytes:sub(at, at + 3) ~= "TZif" or #bytes < at + HEADER - 1 then return nil end
  local function count(i) return integer(bytes, at + 20 + 4 * i, 4) end
  return { isut = count(0), isstd = count(1), leaps = count(2), times = count(3), types = count(4),
    chars = count(5) }
end

local function size_of(header, width)
  return header.times * (width + 1) + header.types * 6 + header.chars + header.leaps * (width + 4)
    + header.isstd + header.isut
end

local function body_of(bytes, at, header, width)
  local kinds_at = at + header.times * width
  local types_at = kinds_at + header.times
  local function offset_of(kind) return integer(bytes, types_at + kind * 6, 4) end
  local times, offsets = {}, { [0] = offset_of(0) }
  for i = 1, header.times do
    local kind = bytes:byte(kinds_at + i - 1)
    if kind >= header.types then return nil end
    times[i], offsets[i] = integer(bytes, at + (i - 1) * width, width), offset_of(kind)
  end
  return { times = times, offsets = offsets }
end

local function is_whole(bytes, at, header, width)
  for _, count in pairs(header) do
    if count < 0 then return false end
  end
  return header.types > 0 and at + size_of(header, width) - 1 <= #bytes
end

--- What a file says.
---@param bytes string
---@return { times: number[], offsets: number[], footer: string? }|nil # nil: it is none
function tzif.parse(bytes)
  local header, at, width = header_of(bytes, 1), 1 + HEADER, 4
  if not header then return nil end
  if bytes:byte(5) >= 50 then -- version "2" and later: all again, in 64 bits
    if not is_whole(bytes, at, header, width) then return nil end
    local second = at + size_of(header, width)
    header, at, width = header_of(bytes, second), second + HEADER, 8
  end
  if not header or not is_whole(bytes, at, header, width) then return nil end
  local found = body_of(bytes, at, header, width)
  if found and width == 8 then
    found.footer = bytes:match("^\n([^\n]+)\n", at + size_of(header, width))
  end
  return found
end

return tzif
