-- SPDX-License-Identifier: MIT
-- Pictures that are kept beside their records, where that was asked for: files in a folder, named
-- by the digest of their bytes.

local core = require "vision.core"
local errors = require "vision.base.error"
local files = require "vision.base.file"
local task = require "vision.base.task"

local pictures = {}

-- Bytes written at a time; between two pieces others run.
local PIECE = 1024 * 1024

local ENDINGS = { "png", "jpeg", "gif", "webp", "tiff", "bmp", "pdf" }

local function path_of(folder, hash, ending)
  return ("%s/%s.%s"):format(folder:gsub("/+$", ""), hash, ending)
end

local function write_all(file, bytes)
  for first = 1, #bytes, PIECE do
    local ok, message = file:write(bytes:sub(first, first + PIECE - 1))
    if not ok then return nil, message end
    if first + PIECE <= #bytes then task.sleep(0) end
  end
  return file:flush()
end

-- A file of its owner's alone: drawings are nobody else's business.
local function begin(path)
  local made, err = core.make_file(path)
  if not made then return nil, err.message end
  return io.open(path, "r+b")
end

--- Keeps a picture. A name stands only for whole files: it is written beside and then renamed.
---@param folder string it must be there
---@param image vision.core.Image
---@return string|nil path
---@return vision.error? err unreadable: it cannot be written
function pictures.keep(folder, image)
  local path = path_of(folder, image:sha256(), image:type())
  if files.exists(path) then return path end
  local beside = ("%s.%s.part"):format(path, core.random_id())
  local file, message = begin(beside)
  local ok
  if file then
    ok, message = write_all(file, image:bytes())
    file:close()
    if ok then ok, message = os.rename(beside, path) end
    if not ok then os.remove(beside) end
  end
  if not ok then
    return nil, errors.new("unreadable", "the picture cannot be kept: " .. tostring(message))
  end
  return path
end

--- Removes a picture.
---@param folder string
---@param hash string SHA-256 of its bytes
---@return integer removed files
function pictures.forget(folder, hash)
  local count = 0
  for _, ending in ipairs(ENDINGS) do
    if hash:find "^%x+$" and os.remove(path_of(folder, hash, ending)) then count = count + 1 end
  end
  return count
end

return pictures
