-- SPDX-License-Identifier: MIT
-- The body of a request, taken while it arrives. In JSON the pictures are cut out and decoded on
-- the way; a picture that is the whole body is gathered as it is; what a route does not take is
-- refused before it is read.

local core = require "vision.core"
local errors = require "vision.base.error"
local json = require "vision.base.json"
local multipart = require "vision.server.multipart"
local option_lists = require "vision.base.options"

local body = {}

---@class vision.server.Body what a handler gets
---@field fields table      of the JSON object or the form; `image` is a picture's handle, where the
---  body has one
---@field digest string?    of a picture that is the whole body

---@class vision.server.Receiver
---@field sink userdata? JsonLift or ImageWriter: what may be fed in the place of `feed`
---@field feed fun(self, chunk: string): true|nil, vision.error?
---@field finish fun(self): vision.server.Body|nil, vision.error?

---@alias vision.server.BodyKind
---| "json"      without a picture
---| "messages"  JSON with pictures in it
---| "picture"   JSON, a form, or the picture itself
---| "pictures"  JSON or a form

local JSON = "application/json"

local JSON_MAX = 1024 * 1024 -- of a body, beside its pictures

-- Of JSON that is decoded at once: others wait meanwhile.
local VALUES_MAX = 50000

-- What is too short to be cut out as a picture is still one.
local SHORT_PICTURE = 1024

--- Pictures of one body.
body.PICTURES_MAX = 1000

-- ---- JSON ----

local Json = {}
Json.__index = Json

function Json:feed(chunk)
  local ok, err = self.sink:feed(chunk)
  if not ok then return nil, errors.from(err) end
  return true
end

-- What was cut out is put back as a handle under its own key, and under "image".
local function put_back(value, mark, images)
  for key, inner in pairs(value) do
    if type(inner) == "string" and images[1] then
      local at = inner:find(mark, 1, true)
      local number = at and tonumber(inner:sub(at + #mark))
      if number then value[key] = images[number] end
    elseif type(inner) == "table" then
      put_back(inner, mark, images)
    end
  end
end

local function check_size(text, most)
  if #text > most then
    return errors.new("too_large", ("JSON may have %d bytes beside its pictures"):format(most))
  elseif #text > VALUES_MAX and select(2, text:gsub("[,{%[]", "")) > VALUES_MAX then
    return errors.new("too_large", ("JSON may have %d values"):format(VALUES_MAX))
  end
end

function Json:finish()
  local lift = self.sink
  local text, images = lift:finish()
  local mark = lift:mark()
  lift:close()
  if not text then return nil, errors.from(images) end
  local too_large = check_size(text, self.most)
  if too_large then return nil, too_large end
  local fields, err = json.decode(text)
  if err then return nil, err end
  if type(fields) ~= "table" or fields[1] ~= nil then
    return nil, errors.new("invalid_json", "the body must be a JSON object")
  end
  local twice = json.duplicate_key(text)
  if twice then
    return nil, errors.new("invalid_json", ("the body has the field '%s' twice"):format(
      option_lists.shown_word(twice)))
  end
  put_back(fields, mark, images)
  return { fields = fields }
end

local function json_receiver(kind, maximum)
  local lift, err = core.json_lift { maximum = maximum, threshold = SHORT_PICTURE }
  if not lift then return nil, errors.from(err) end
  local most = JSON_MAX + (kind == "pictures" and body.PICTURES_MAX * SHORT_PICTURE or 0)
  return setmetatable({ sink = lift, most = most }, Json)
end

-- ---- a picture that is the whole body ----

local Raw = {}
Raw.__index = Raw

function Raw:feed(chunk)
  local ok, err = self.sink:feed(chunk)
  if not ok then return nil, errors.from(err) end
  return true
end

function Raw:finish()
  local image, err = self.sink:finish()
  if not image then return nil, errors.from(err) end
  return { fields = { image = image } }
end

-- ---- which ----

local function is_picture(content_type)
  return content_type:find "^image/" or content_type == "application/pdf"
    or content_type == "application/octet-stream"
end

local function unsupported(takes)
  return nil, errors.new("unsupported_body",
    "this path takes " .. takes .. "; say which it is with the header Content-Type")
end

--- What receives the body of a request.
---@param kind vision.server.BodyKind  what the route takes
---@param content_type string?   the header
---@param maximum integer        bytes of the body
---@return vision.server.Receiver|nil
---@return vision.error? err unsupported_body, usage (a form without a boundary)
function body.receiver(kind, content_type, maximum)
  local bare = content_type == JSON and JSON
    or (content_type or ""):match "^%s*([^;%s]*)":lower()
  if bare == JSON then
    return json_receiver(kind, body.maximum(kind, maximum))
  elseif kind == "json" or kind == "messages" then
    return unsupported "JSON (application/json)"
  elseif bare == "multipart/form-data" then
    return multipart.receiver(content_type, kind == "pictures" and body.PICTURES_MAX or 1)
  elseif kind == "picture" and is_picture(bare) then
    return setmetatable({ sink = core.image_writer() }, Raw)
  end
  return unsupported("JSON (application/json)" .. (kind == "picture" and ", a form "
    .. "(multipart/form-data) or the picture itself (image/png, application/pdf …)"
    or " or a form (multipart/form-data)"))
end

--- The most bytes that the body of a kind may have.
---@param kind vision.server.BodyKind
---@param maximum integer of any body
---@return integer
function body.maximum(kind, maximum)
  return kind == "json" and math.min(JSON_MAX, maximum) or maximum
end

return body
