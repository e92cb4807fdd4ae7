-- SPDX-License-Identifier: MIT

-- Small pictures written by hand, for specs.

local pictures = {}

-- One source for both Luas: `~` is no syntax in LuaJIT.
local bxor = jit and require("bit").bxor or load "local a, b = ... return a ~ b"

local function big32(number)
  number = number % 4294967296
  return string.char(math.floor(number / 16777216) % 256, math.floor(number / 65536) % 256,
    math.floor(number / 256) % 256, number % 256)
end

local function little32(number)
  return big32(number):reverse()
end

local function little16(number)
  return string.char(number % 256, math.floor(number / 256) % 256)
end

-- ---- PNG ----

local crc_table = {}
for index = 0, 255 do
  local value = index
  for _ = 1, 8 do
    local half = math.floor(value / 2)
    value = value % 2 == 1 and bxor(half, 0xEDB88320) % 4294967296 or half
  end
  crc_table[index] = value
end

local function crc32(text)
  local value = 4294967295
  for index = 1, #text do
    local low = bxor(value % 256, text:byte(index))
    value = bxor(math.floor(value / 256), crc_table[low]) % 4294967296
  end
  return bxor(value, 4294967295) % 4294967296
end

local function adler32(text)
  local a, b = 1, 0
  for index = 1, #text do
    a = (a + text:byte(index)) % 65521
    b = (b + a) % 65521
  end
  return b * 65536 + a
end

-- A zlib stream that stores: no compression is needed here.
local function stored(text)
  local parts = { "\120\1" }
  for from = 1, #text, 65535 do
    local piece = text:sub(from, from + 65534)
    local last = from + 65535 > #text and 1 or 0
    parts[#parts + 1] = string.char(last) .. little16(#piece) .. little16(65535 - #piece) .. piece
  end
  return table.concat(parts) .. big32(adler32(text))
end

---One chunk of a PNG file.
function pictures.chunk(name, data)
  return big32(#data) .. name .. data .. big32(crc32(name .. data))
end

local COLOUR = { [1] = 0, [2] = 4, [3] = 2, [4] = 6 } -- samples a pixel -> colour type

---A PNG file whose pixels are given by `pixel(x, y)` -> 1 to 4 samples of 8 bits.
---@param width integer
---@param height integer
---@param pixel fun(x: integer, y: integer): integer, ...
---@return string
function pictures.png(width, height, pixel)
  local rows = {}
  for y = 0, height - 1 do
    local row = { "\0" }
    for x = 0, width - 1 do
      row[#row + 1] = string.char(pixel(x, y))
    end
    rows[#rows + 1] = table.concat(row)
  end
  local samples = select("#", pixel(0, 0))
  return pictures.png_of(width, height, COLOUR[samples], table.concat(rows))
end

---A PNG file with that header, whatever its data says; `chunks` stand before the data.
function pictures.png_of(width, height, colour, data, chunks)
  return "\137PNG\r\n\26\n"
    .. pictures.chunk("IHDR", big32(width) .. big32(height) .. string.char(8, colour, 0, 0, 0))
    .. (chunks or "") .. pictures.chunk("IDAT", stored(data)) .. pictures.chunk("IEND", "")
end

-- ---- TIFF ----

local SHORT, LONG = 3, 4

local function tiff_entry(tag, kind, value)
  return little16(tag) .. little16(kind) .. little32(1) .. little32(value)
end

---A TIFF file of grey pages: { width =, height =, orientation =, data = width * height bytes }.
---@param pages table[]
---@return string
function pictures.tiff(pages)
  local parts, at = { "II*\0" .. little32(8) }, 8
  for index, page in ipairs(pages) do
    local entries = 10
    local data_at = at + 2 + entries * 12 + 4
    local next_at = index < #pages and data_at + #page.data or 0
    parts[#parts + 1] = little16(entries) .. tiff_entry(256, LONG, page.width)
      .. tiff_entry(257, LONG, page.height) .. tiff_entry(258, SHORT, 8)
      .. tiff_entry(259, SHORT, 1) .. tiff_entry(262, SHORT, 1) .. tiff_entry(273, LONG, data_at)
      .. tiff_entry(274, SHORT, page.orientation or 1) .. tiff_entry(277, SHORT, 1)
      .. tiff_entry(278, LONG, page.height) .. tiff_entry(279, LONG, #page.data)
      .. little32(next_at) .. page.data
    at = next_at
  end
  return table.concat(parts)
end

-- ---- JPEG ----

---The same JPEG file with an EXIF orientation.
---@param jpeg string
---@param orientation integer 1 .. 8
function pictures.oriented(jpeg, orientation)
  local tiff = "II*\0" .. little32(8) .. little16(1) .. little16(0x0112) .. little16(3)
    .. little32(1) .. little32(orientation) .. little32(0)
  local segment = "Exif\0\0" .. tiff
  return jpeg:sub(1, 2) .. "\255\225" .. little16(#segment + 2):reverse() .. segment .. jpeg:sub(3)
end

return pictures
