-- SPDX-License-Identifier: MIT
-- What a request may say of a reading, whichever route it takes.

local option_lists = require "vision.base.options"

local reading = {}

local function are_pages(value)
  for _, page in ipairs(value) do
    if type(page) ~= "number" or page < 1 or page % 1 ~= 0 then return false end
  end
  return option_lists.is_list(value)
end

local FIELDS = {
  provider = { "who is to read: a provider, or provider/model", type = "string" },
  prompt = { "name of a prompt", type = "string" },
  variables = { "of the prompt", type = "table", is_map = true },
  pages = { "of a PDF or TIFF, counted from 1", type = "table", items = "integer",
    check = are_pages, must_be = "a list of pages, counted from 1" },
  dpi = { "at which pages are drawn", type = "number", above = 0, max = 1200 },
  no_text_layer = { "read the pictures of PDF pages", type = "boolean" },
  tags = { "words by which readings are found again", type = "table" },
}

--- The fields of a reading, with others.
---@param ... table<string, vision.OptionSpec>
---@return table<string, vision.OptionSpec>
function reading.fields(...)
  local all = {}
  for _, list in ipairs { FIELDS, ... } do
    for name, spec in pairs(list) do all[name] = spec end
  end
  return all
end

-- What a provider takes of them.
local OPTIONS = { "prompt", "variables", "pages", "dpi", "no_text_layer", "tags", "file" }

--- The options of `analyze_image` that a request gives.
---@param given table checked fields
---@param request vision.server.Request
---@return table
function reading.options(given, request)
  local options = { budget_key = request.key and request.key.name,
    traceparent = request.trace.header }
  for _, name in ipairs(OPTIONS) do options[name] = given[name] end
  return options
end

return reading
