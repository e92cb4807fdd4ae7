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

-- What the text of a request follows from, beside the types of its files.
local FIELDS = { "system", "user", "max_tokens", "max_tokens_field", "detail", "answer",
  "temperature", "stream" }

local function same_request(one, other)
  for i = 1, #FIELDS do
    local name = FIELDS[i]
    if one[name] ~= other[name] then
      return false
    end
  end
  local images, types = one.images, other.types
  for i = 1, #images do
    if images[i]:type() ~= types[i] then
      return false
    end
  end
  return #images == #types
end

--- The segments of a call. From call to call of a provider mostly the pictures alone change: what
--- `memory` holds of the last one is used again.
---@param memory table empty at first; one a provider
---@param call vision.Call
---@param build fun(call: vision.Call): table
---@return table segments
function body.of_call(memory, call, build)
  if not memory.last or not same_request(call, memory.last) then
    memory.segments, memory.last = build(call), { types = {} }
    for _, name in ipairs(FIELDS) do
      memory.last[name] = call[name]
    end
    for i, image in ipairs(call.images) do
      memory.last.types[i] = image:type()
    end
  end
  local kept, images = memory.segments, call.images
  if #images == 1 then
    return { kept[1], { base64 = images[1] }, kept[3] }
  end
  local segments = {}
  for i, segment in ipairs(kept) do
    segments[i] = i % 2 == 0 and { base64 = images[i / 2] } or segment
  end
  return segments
end

return body
