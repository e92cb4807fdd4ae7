-- SPDX-License-Identifier: MIT
-- What goes in: a picture or a PDF, by the handle that Lua has of it.
--
-- The bytes live in C, once; the handle says type, pixels, pages and SHA-256 (see
-- lua/vision/meta/image.lua). The type is told by the content, never by a name. Nothing is decoded
-- here: what is wrong with a picture beyond its header shows when it is read.

local core = require "vision.core"
local errors = require "vision.base.error"
local task = require "vision.base.task"

local images = {}

local function whole(image, err)
  if image then return image end
  return nil, errors.from(err)
end

---Reads a file on the thread pool; waits, as `task.wait` does.
---@param path string
---@param maximum? integer bytes, 1 .. 1 GiB; 128 MiB without it
---@return vision.core.Image|nil
---@return vision.error? err not_found, is_directory, unreadable, too_large, or as of `image_bytes`;
---  cancelled or timeout when the task was stopped
function images.image_file(path, maximum)
  if type(path) ~= "string" then
    error(("image_file: a path expected, got %s"):format(type(path)), 2)
  end
  local reading, failed = core.image_read(path, maximum)
  if not reading then return nil, errors.from(failed) end
  local ok, stopped = task.wait(reading)
  local image, err
  if ok then
    image, err = whole(reading:result())
  end
  reading:close()
  return image, err or stopped
end

---@param bytes string the content of a file; at most 128 MiB
---@return vision.core.Image|nil
---@return vision.error? err empty, too_large, unsupported_format, truncated_image, invalid_image,
---  too_many_pages
function images.image_bytes(bytes)
  if type(bytes) ~= "string" then
    error(("image_bytes: a string expected, got %s"):format(type(bytes)), 2)
  end
  return whole(core.image_from_bytes(bytes))
end

---@param text string base64 with or without line breaks, or a URL "data:image/png;base64,…"
---@return vision.core.Image|nil
---@return vision.error? err invalid_base64 (names the character), or as of `image_bytes`
function images.image_base64(text)
  if type(text) ~= "string" then
    error(("image_base64: a string expected, got %s"):format(type(text)), 2)
  end
  return whole(core.image_from_base64(text))
end

---The image that an argument means: a handle as it is, a string as the bytes of a file.
---@param image vision.core.Image|string
---@return vision.core.Image|nil
---@return vision.error? err as of `image_bytes`
function images.of(image)
  if core.is_image(image) then return image end
  if type(image) ~= "string" then
    error(("an image or its bytes expected, got %s"):format(type(image)), 2)
  end
  return images.image_bytes(image)
end

return images
