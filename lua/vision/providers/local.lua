-- SPDX-License-Identifier: MIT
-- Reads on this machine: the PDF's text layer, OCR and the grammar of call-outs. No key, no
-- network, no model.

local cost = require "vision.money.cost"
local description = require "vision.drawing.description"
local errors = require "vision.base.error"
local images = require "vision.drawing.image"
local option_lists = require "vision.base.options"
local stream = require "vision.providers.stream"
local task = require "vision.base.task"
local version = require "vision.version"

local here = { name = "local" }

here.OPTIONS = {
  timeout_seconds = { "seconds for the whole analysis", type = "number", above = 0, max = 86400,
    default = 120 },
  ocr_provider = { "where text comes from", type = "string", default = "auto",
    one_of = { "auto", "tesseract", "text_layer" } },
}

local Local = { name = "local", endpoint_name = "local" }
Local.__index = Local

Local.capabilities = { vision = true, pdf = true, stream = true, network = false,
  answer = "reading" }
Local.price = cost.FREE

local function own_options()
  local specs = {}
  for name, spec in pairs(require("vision.providers").ANALYZE) do
    specs[name] = spec
  end
  specs.ocr_provider = { "where text comes from", type = "string",
    one_of = here.OPTIONS.ocr_provider.one_of }
  return specs
end

--- Reads a drawing. The prompt and its variables are for models; here they change nothing, but a
--- fault in them is said.
---@param image table|string
---@param given table? see providers.ANALYZE; also ocr_provider
---@return vision.VisionDescription|nil reading
---@return vision.error? err
function Local:analyze_image(image, given)
  local options, err = option_lists.check(own_options(), given, "local")
  if not options then
    return nil, err
  elseif not options.include_description then
    return description.none { provider = self.name }
  end
  local ok, handle
  ok, err = require("vision.providers").check_prompt(options)
  if not ok then
    return nil, err
  end
  handle, err = images.of(image)
  if not handle then
    return nil, errors.from(err)
  end
  options.ocr_provider = options.ocr_provider or self.ocr_provider
  local reading
  reading, err = task.timeout(options.timeout_seconds or self.timeout_seconds,
    require("vision.reading").read, handle, options)
  if not reading then
    return nil, errors.from(err)
  end
  reading.cost_usd = 0
  return description.new(reading)
end

Local.analyze_image_stream = stream.of_analysis

--- What decides an answer beside the picture and the options of a call: this program as it is.
---@return string
function Local:identity()
  return ("local %s %s"):format(version, self.ocr_provider)
end

--- Makes the provider.
---@param given table? timeout_seconds (120), ocr_provider ("auto")
---@return table|nil
---@return vision.error? err  missing_library: what to install
function here.new(given)
  local provider, err = option_lists.check(here.OPTIONS, given, "local")
  if not provider then
    return nil, err
  end
  local about
  about, err = require("vision.reading.reader").available()
  if not about then
    return nil, err
  end
  return setmetatable(provider, Local)
end

function here.status()
  local about, err = require("vision.reading.reader").available()
  return { available = about ~= nil, requires_key = false, reason = err and tostring(err) or nil }
end

return setmetatable(here, {
  __call = function(_, given)
    return here.new(given)
  end,
})
