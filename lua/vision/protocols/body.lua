-- SPDX-License-Identifier: MIT
-- The body of a request as segments: JSON text, and between its pieces the pictures, which become
-- base64 only while they are sent.

local json = require "vision.base.json"

local body = {}

-- Marks the place of a picture. JSON text never holds this byte unescaped.
local MARK = "\1"

--- A JSON string that holds a file as base64, for a place in a request.
---@param prefix string what stands before the base64, for instance "data:image/png;base64,"
---@return table
function body.base64(prefix)
  return json.raw('"' .. prefix .. MARK .. '"')
end

--- The segments of a request whose n-th place for a file is for `images[n]`.
---@param request table
---@param images table[] image handles
---@return (string|{ base64: table })[]
function body.segments(request, images)
  local text = json.encode(request)
  local segments, from = {}, 1
  for _, image in ipairs(images) do
    local at = assert(text:find(MARK, from, true), "a request has fewer places than pictures")
    segments[#segments + 1] = text:sub(from, at - 1)
    segments[#segments + 1] = { base64 = image }
    from = at + 1
  end
  segments[#segments + 1] = text:sub(from)
  return segments
end

return body
