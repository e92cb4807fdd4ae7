-- SPDX-License-Identifier: MIT
-- The door for programs that speak with OpenAI's chat completions: their requests go through the
-- same engine as all others, so failover, cache, limits and budgets hold.

local answers = require "vision.server.openai.answer"
local errors = require "vision.base.error"
local failure = require "vision.server.openai.failure"
local following = require "vision.server.following"
local json = require "vision.base.json"
local live_text = require "vision.server.openai.live_text"
local option_lists = require "vision.base.options"
local picture = require "vision.server.picture"
local question = require "vision.server.openai.question"
local replies = require "vision.server.reply"
local schemas = require "vision.server.schemas"

-- ---- chat ----

local function whole(app, request, asked, form)
  local answer, err = picture.read(app.engine.manager, asked)
  request.provider = answer.provider
  if err then return failure.reply(err) end
  return replies.json(200, answers.completion(form, answer))
end

local function last_texts(request, form, live, news)
  request.provider, request.err = news.answer.provider, news.err
  if news.err then return answers.event(failure.body(news.err)) end
  local rest = live:rest(answers.content(form, news.answer))
  return (rest ~= "" and answers.piece(form, rest) or "") .. answers.last(form, news.answer)
end

-- What is sent of news; nil where that is nothing.
local function text_of(request, form, live, news)
  if news.answer then return last_texts(request, form, live, news) end
  if not news.event then return answers.COMMENT end
  if news.event.event_type ~= "partial" or form.is_json then return nil end
  local words = live:feed(news.event.data.text or "")
  return words ~= "" and answers.piece(form, words) or nil
end

-- What fails before anything was sent has a status of its own, as clients expect it.
local function first_text(request, form, live, news_of)
  for news in news_of do
    if news.err then return nil, news.err end
    local text = text_of(request, form, live, news)
    if text then return answers.first(form) .. text end
  end
  return nil, errors.new("cancelled", "the client left")
end

local function streamed(app, request, asked, form)
  local live, news_of = live_text.new(), following.new(app.engine.manager, asked)
  local first, err = first_text(request, form, live, news_of)
  if not first then
    news_of:close()
    return failure.reply(err)
  end
  return replies.event_stream(function()
    local text = first
    first = nil
    if text then return text end
    for news in news_of do
      text = text_of(request, form, live, news)
      if text then return text end
    end
  end, function() news_of:close() end)
end

local function chat(app, request)
  local asked, form = question.of(app, request)
  if not asked then return failure.reply(form) end
  local is_stream = request.body.fields.stream
  return (is_stream and streamed or whole)(app, request, asked, form)
end

-- ---- models ----

-- The service's own reader, the providers that could read, and what that reader asks: what requests
-- have named is known to their worker alone.
local function names_of(app)
  local seen = { vision = true }
  for name, about in pairs(app.engine.manager:providers().providers) do
    local has_key = about.key_set or not about.requires_key
    if about.available and has_key then seen[name] = true end
  end
  local own = app.engine:provider()
  for _, endpoint in ipairs(own and own.endpoints or {}) do
    local asked = endpoint.provider
    if asked.model then seen[asked.name .. "/" .. asked.model] = true end
  end
  return option_lists.names(seen)
end

-- When a model was made is not known here.
local function model_of(name)
  return { id = name, object = "model", created = 0, owned_by = name:match "^[^/]+" }
end

local function models(app)
  local list = json.array {}
  for i, name in ipairs(names_of(app)) do list[i] = model_of(name) end
  return replies.json(200, { object = "list", data = list })
end

local function model(app, request)
  local params = request.params
  local wanted = params.model and params.provider .. "/" .. params.model or params.provider
  for _, name in ipairs(names_of(app)) do
    if name == wanted then return replies.json(200, model_of(name)) end
  end
  return failure.reply(errors.new("no_model", ("there is no model '%s' here; GET /v1/models lists "
    .. "all"):format(option_lists.shown_word(wanted)), { param = "model" }))
end

return {
  { method = "POST", path = "/v1/chat/completions", name = "chat_completions", scope = "analyze",
    summary = "Read the drawing of a chat, as OpenAI's clients ask", body = "messages",
    handler = chat, takes = schemas.CHAT, answer = schemas.ref "ChatCompletion", events = true,
    failure = schemas.ref "OpenAIFailure" },
  { method = "GET", path = "/v1/models", name = "models", scope = "analyze",
    summary = "Who can be asked by a chat", handler = models, answer = schemas.object {
      object = { const = "list" }, data = schemas.list(schemas.ref "OpenAIModel") },
    failure = schemas.ref "OpenAIFailure" },
  { method = "GET", path = "/v1/models/{provider}", name = "model", scope = "analyze",
    summary = "One of them", handler = model, answer = schemas.ref "OpenAIModel",
    failure = schemas.ref "OpenAIFailure" },
  { method = "GET", path = "/v1/models/{provider}/{model}", name = "provider_model",
    scope = "analyze", summary = "One of them, by provider and model", handler = model,
    answer = schemas.ref "OpenAIModel", failure = schemas.ref "OpenAIFailure" },
}
