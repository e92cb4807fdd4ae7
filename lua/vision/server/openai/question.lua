-- SPDX-License-Identifier: MIT
-- What a chat in OpenAI's form asks: the picture and the words of its messages, and who is to read.

local errors = require "vision.base.error"
local option_lists = require "vision.base.options"
local picture = require "vision.server.picture"
local providers = require "vision.providers"

local question = {}

--- Names of the service's own reader.
question.OWN = { vision = true, auto = true }

local function is_empty(value) return next(value) == nil end

local NO_TOOLS = { "tools are not called here", type = "table", check = is_empty,
  must_be = "absent or empty" }

-- Fields that are not here choose how a model writes. A reading's form is the service's own, so
-- they are let pass.
local FIELDS = {
  model = { "who is to read", type = "string" },
  messages = { "what is asked", type = "table", must_be = "a list of messages, not empty",
    check = function(value) return #value > 0 end },
  stream = { "as events", type = "boolean" },
  stream_options = { "include_usage", type = "table" },
  response_format = { "text or JSON", type = "table" },
  n = { "answers; there is one reading", type = "integer", min = 1, max = 1 },
  tools = NO_TOOLS, functions = NO_TOOLS,
}

local ROLES = { system = true, developer = true, user = true, assistant = true }

local FORMATS = { text = false, json_object = true, json_schema = true }

local function refuse(param, message, ...)
  return nil, errors.new("invalid_option", message:format(...), { param = param })
end

local function check_fields(given)
  for _, name in ipairs(option_lists.names(FIELDS)) do
    local _, err = option_lists.check({ [name] = FIELDS[name] }, { [name] = given[name] },
      "the request")
    if err then return nil, errors.with(err, { param = name }) end
  end
  if not given.messages then return refuse("messages", "'messages' is missing") end
  return true
end

-- ---- messages ----

local PARTS = {}

function PARTS.text(found, part)
  if type(part.text) ~= "string" then return "must have its words as 'text'" end
  found.words[#found.words + 1] = part.text
end

PARTS.input_text = PARTS.text
PARTS.output_text = PARTS.text

function PARTS.image_url(found, part)
  local given = part.image_url
  if type(given) == "table" then given = given.url end
  if given == nil then return "must have the picture as 'image_url.url'" end
  found.pictures[#found.pictures + 1] = { value = given }
end

function PARTS.file(found, part)
  local file = type(part.file) == "table" and part.file or {}
  if file.file_data == nil then
    return "must have the file itself as 'file.file_data': none is kept here"
  end
  found.pictures[#found.pictures + 1] = { value = file.file_data,
    name = type(file.filename) == "string" and file.filename or nil }
end

local function part_of(found, part, param)
  local take = type(part) == "table" and PARTS[part.type]
  if not take then
    return refuse(param, "'%s' must be a part of type text, image_url or file", param)
  end
  local fault = take(found, part)
  if fault then return refuse(param, "'%s' %s", param, fault) end
  return true
end

-- The words and pictures of one message.
local function message_of(message, param)
  local role = type(message) == "table" and message.role
  if not ROLES[role] then
    return refuse(param, "'%s' must be a message with the role system, developer, user or "
      .. "assistant", param)
  end
  local found, content = { role = role, words = {}, pictures = {} }, message.content
  if type(content) == "string" then
    found.words[1] = content
  elseif type(content) == "table" then
    for i, part in ipairs(content) do
      local ok, err = part_of(found, part, ("%s.content[%d]"):format(param, i - 1))
      if not ok then return nil, err end
    end
  elseif role ~= "assistant" then
    return refuse(param .. ".content", "'%s.content' must be a text or a list of parts", param)
  end
  return found
end

-- A conversation brings all that was said before: the newest picture is the one it is about.
local function add(asked, message, param)
  local said = table.concat(message.words, "\n")
  if said:find "%S" then
    if message.role == "assistant" then said = "You answered:\n" .. said end
    asked.words[#asked.words + 1] = said
  end
  if #message.pictures > 1 then
    return refuse(param, "a reading is of one picture, and '%s' has %d: ask once for each, or POST "
      .. "them to /api/v1/vision/batch", param, #message.pictures)
  elseif message.pictures[1] then
    asked.picture, asked.param = message.pictures[1], param
  end
  return true
end

local function read_messages(messages)
  local asked = { words = {} }
  for i, message in ipairs(messages) do
    local param = ("messages[%d]"):format(i - 1)
    local found, err = message_of(message, param)
    local ok
    if found then ok, err = add(asked, found, param) end
    if not ok then return nil, err end
  end
  if asked.picture then return asked end
  return refuse("messages", "no message has a picture: send a drawing as a part of type image_url "
    .. "with a data: URL")
end

local function picture_of(app, asked)
  local value = asked.picture.value
  local is_address = type(value) == "string" and value:find "^[Hh][Tt][Tt][Pp][Ss]?:"
  if type(value) == "table" then
    return refuse(asked.param, "the picture of '%s' must be a text", asked.param)
  end
  local image, err = picture.of(app, { [is_address and "image_url" or "image_base64"] = value })
  if not image then return nil, errors.with(errors.from(err), { param = asked.param }) end
  return image
end

local function words_of(asked)
  local words = table.concat(asked.words, "\n\n")
  if words == "" then return nil end
  local spec = providers.ANALYZE.question
  if spec.check(words) then return words end
  return refuse("messages", "the words of all messages together must be %s", spec.must_be)
end

-- ---- the rest ----

-- Whether the service's own reader is just that.
local function is_own(app, model)
  local own = app.engine:provider()
  local only = own and own.endpoints and #own.endpoints == 1 and own.endpoints[1].provider
  return only and only.model ~= nil and only.name .. "/" .. only.model == model
end

local function provider_of(app, model)
  if not model or question.OWN[model] or is_own(app, model) then return app.engine:provider() end
  local provider, err = app.engine:provider(model)
  if provider or err.reason ~= "invalid_option" then return provider, err end
  return nil, errors.new("no_model", ("there is no model '%s' here: say 'vision' for the service's "
    .. "own reader, a provider, or provider/model; GET /v1/models lists them"):format(
    option_lists.shown_word(model)), { param = "model" })
end

local function form_of(given, request)
  local format = given.response_format and given.response_format.type or "text"
  if FORMATS[format] == nil then
    return refuse("response_format", "'response_format.type' must be text, json_object or "
      .. "json_schema")
  end
  return {
    id = "chatcmpl-" .. request.id, model = given.model or "vision", is_json = FORMATS[format],
    with_usage = (given.stream_options or {}).include_usage == true,
  }
end

---@class vision.server.ChatForm how a chat is to be answered
---@field id string
---@field model string        as it was asked for
---@field is_json boolean     the reading's JSON; else its text
---@field with_usage boolean  a stream is to end with what was used

--- What a request asks; may wait for a picture that is fetched.
---@param app vision.App
---@param request vision.server.Request
---@return vision.AnalyzeRequest|nil
---@return vision.server.ChatForm|vision.error form_or_err invalid_option, no_model, what is wrong
---  with the picture …; `param` says where
function question.of(app, request)
  local given = request.body.fields
  local ok, err = check_fields(given)
  local form, found, words, provider, image
  if ok then form, err = form_of(given, request) end
  if form then found, err = read_messages(given.messages) end
  if found then words, err = words_of(found) end
  if not err then provider, err = provider_of(app, given.model) end
  if provider then image, err = picture_of(app, found) end
  if not image then return nil, err end
  return { image = image, question = words, provider = provider, include_ocr = false,
    file = found.picture.name, budget_key = request.key and request.key.name,
    traceparent = request.trace.header }, form
end

return question
