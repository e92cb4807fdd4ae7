---@meta vision.core
-- SPDX-License-Identifier: MIT
-- Types of csrc/lua/image_writer.c.

---@class vision.core
local core = {}

---An image in the making, whose bytes come piece by piece and are no string of Lua's.
---@class vision.core.ImageWriter
local ImageWriter = {}

---@param chunk string the next bytes
---@return true|nil
---@return { reason: string, message: string }? err too_large (128 MiB)
function ImageWriter:feed(chunk) end

---The image, once; afterwards it is closed.
---@return vision.core.Image? image
---@return { reason: string, message: string }? err what is wrong with it
function ImageWriter:finish() end

---Frees what it holds. Any number of times.
function ImageWriter:close() end

---@return vision.core.ImageWriter
function core.image_writer() end

return core
