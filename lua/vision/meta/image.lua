---@meta vision.core
-- SPDX-License-Identifier: MIT
-- Types of csrc/lua/image.c.

---@class vision.core
local core = {}

---A picture or document: its bytes, which live once and never change. Collected when nothing holds
---it any more, be it Lua or a request under way.
---@class vision.core.Image
local Image = {}

---@return "png"|"jpeg"|"gif"|"webp"|"tiff"|"bmp"|"pdf"
function Image:type() end

---@return string # for instance "image/png"
function Image:media_type() end

---Pixels as seen, that is after the turn that `orientation` asks for.
---@return integer? # nil for a PDF
function Image:width() end

---@return integer? # pixels as seen; nil for a PDF
function Image:height() end

---Pages of a TIFF file, 1 for other pictures.
---@return integer? # nil for a PDF: its reader knows
function Image:pages() end

---How the stored pixels lie, as EXIF (JPEG) and TIFF have it: 1 upright, 3 upside down, 5 to 8 on
---their side.
---@return integer # 1 .. 8
function Image:orientation() end

---@return boolean # more than one frame in time (GIF, WebP, PNG)
function Image:animated() end

---@return boolean # its header allows it to show what is under it (PNG, GIF, WebP)
function Image:transparent() end

---@return integer # bytes
function Image:size() end

---@return string # 64 hexadecimal digits
function Image:sha256() end

---@return string # a copy of the bytes
function Image:bytes() end

---@return string # the bytes as base64; to send them, give the handle to the request instead
function Image:base64() end

---Gives the bytes up before the collector would; requests under way keep them. Any number of times.
function Image:close() end

---A file being read on the thread pool.
---@class vision.core.ImageRead : vision.core.Operation
local ImageRead = {}

---@return boolean # done, cancelled or closed
function ImageRead:done() end

---Nothing while it is not done.
---@return vision.core.Image? image
---@return { reason: string, message: string }? err not_found, is_directory, unreadable, too_large,
---  cancelled, or as of `image_from_bytes`
function ImageRead:result() end

---Ends it with "cancelled" unless it is done.
function ImageRead:cancel() end

---Starts to read a file.
---@param path string
---@param maximum? integer bytes, 1 .. 1 GiB; 128 MiB without it
---@return vision.core.ImageRead? reading
---@return { reason: string, message: string }? err
function core.image_read(path, maximum) end

---Copies the bytes, reads the header, takes the SHA-256 (0.6 ms a megabyte, here and now).
---@param bytes string at most 128 MiB
---@return vision.core.Image? image
---@return { reason: string, message: string }? err empty, too_large, unsupported_format,
---  truncated_image, invalid_image, too_many_pages
function core.image_from_bytes(bytes) end

---@param text string base64, strict but for line breaks; a prefix "data:…;base64," is allowed
---@return vision.core.Image? image
---@return { reason: string, message: string }? err invalid_base64, or as of `image_from_bytes`
function core.image_from_base64(text) end

---@param value any
---@return boolean # whether it is the handle of an image
function core.is_image(value) end

return core
