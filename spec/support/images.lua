-- SPDX-License-Identifier: MIT
-- Image handles of the project's own sheets.

local core = require "vision.core"

local images = {}

function images.bytes(path)
  local file = assert(io.open(path, "rb"))
  local bytes = file:read "*a"
  file:close()
  return bytes
end

function images.of(bytes)
  local image, err = core.image_from_bytes(bytes)
  return assert(image, err and err.message)
end

function images.file(path)
  return images.of(images.bytes(path))
end

return images
