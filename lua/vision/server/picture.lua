-- SPDX-License-Identifier: MIT
-- The picture of a request: its own bytes, base64, or an address that it is fetched from.

local core = require "vision.core"
local errors = require "vision.base.error"
local images = require "vision.drawing.image"

local picture = {}

--- The fields that say it.
---@type table<string, vision.OptionSpec>
picture.FIELDS = {
  image = { "the picture: of a form its file", type = "any" },
  image_base64 = { "the picture as base64", type = "any" },
  image_url = { "where it is fetched from, where the service does that", type = "string" },
  file_name = { "what it is called, for its record", type = "string" },
}

local WAYS = { "image", "image_base64", "image_url" }

-- The one way it was given in, and the value.
local function way_of(given)
  local way
  for _, name in ipairs(WAYS) do
    if given[name] ~= nil then
      if way then
        return nil, errors.new("invalid_option", ("give %s or %s, not both"):format(way, name))
      end
      way = name
    end
  end
  if way then return way, given[way] end
  return nil, errors.new("input", "no picture was given: send it as image_base64 in JSON, as a "
    .. "file of a form, or as the body itself")
end

local function fetched(app, url)
  if app.fetcher then return app.fetcher:get(url) end
  return nil, errors.new("forbidden_address", "this service fetches no pictures: send the picture "
    .. "itself, or start the service with --allow-urls")
end

--- The picture that fields mean; may wait.
---@param app vision.App
---@param given table the fields of FIELDS, and others
---@return vision.core.Image|nil
---@return vision.error? err input, invalid_option, forbidden_address, or what is wrong with it
function picture.of(app, given)
  local way, value = way_of(given)
  if not way then return nil, value end
  if way == "image_url" then return fetched(app, value) end
  if core.is_image(value) then return value end
  if type(value) == "string" then return images.image_base64(value) end
  return nil, errors.new("invalid_option", ("'%s' must be a text in base64"):format(way))
end

--- The same, taken out of the fields; the name of its file goes to `file`.
---@param app vision.App
---@param given table
---@return vision.core.Image|nil
---@return vision.error? err
function picture.take(app, given)
  local image, err = picture.of(app, given)
  local file = given.file_name
  for name in pairs(picture.FIELDS) do
    if given[name] ~= nil then given[name] = nil end -- not a new field for each that is not there
  end
  if file then given.file = file end
  return image, err
end

--- Reads a picture, and gives its bytes back as soon as there is an answer: the collector, which
--- sees no more of it than a handle, would keep them long. Of one that failed others who wait for
--- the same reading may still have need.
---@param manager vision.VisionManager
---@param asked vision.AnalyzeRequest  with `image`
---@return vision.Response
---@return vision.error? err
function picture.read(manager, asked)
  local answer, err = manager:analyze(asked)
  if answer.success then asked.image:close() end
  return answer, err
end

return picture
