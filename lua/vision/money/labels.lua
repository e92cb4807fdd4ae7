-- SPDX-License-Identifier: MIT
-- Names as stores keep them: providers, models, tags. What is no text, or is longer than an index
-- takes, is made one that can be kept and told from others.

local core = require "vision.core"
local json = require "vision.base.json"

local labels = {}

-- Bytes.
local MAX = 256
local DIGEST = 16

--- A name that can be kept: UTF-8 without control characters, at most 256 bytes; of a longer one
--- the beginning and a digest.
---@param name string
---@return string
function labels.kept(name)
  local text = name
  if text:find "[%c\127-\255]" then
    text = json.valid_utf8(text):gsub("%c", " ")
  end
  if #text <= MAX then return text end
  local first = text:sub(1, MAX - DIGEST - 4):gsub("[\192-\255]?[\128-\191]*$", "")
  return first .. "… " .. core.sha256(name):sub(1, DIGEST)
end

return labels
