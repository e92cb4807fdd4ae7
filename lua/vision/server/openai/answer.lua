-- SPDX-License-Identifier: MIT
-- A reading as the answer of a chat: whole, or in the chunks of a stream.

local clock = require "vision.base.clock"
local json = require "vision.base.json"
local response = require "vision.response"

local answer = {}

-- ---- its words ----

local function add_list(lines, title, list)
  if #list == 0 then return end
  lines[#lines + 1] = "\n" .. title
  for _, text in ipairs(list) do lines[#lines + 1] = "- " .. text end
end

local function fields_of(title_block)
  local list = {}
  for name, text in pairs(title_block or {}) do
    if type(text) == "string" then list[#list + 1] = ("%s: %s"):format(name, text) end
  end
  table.sort(list)
  return list
end

local function texts_of(callouts)
  local list = {}
  for _, callout in ipairs(callouts or {}) do list[#list + 1] = callout.text end
  return list
end

--- A reading as text for people: the summary, the details, and what was read off the drawing.
---@param description { summary: string, details: string[], drawing: table? }
---@return string
function answer.text(description)
  local lines, drawing = { description.summary }, description.drawing or {}
  if #description.details > 0 then lines[2] = "" end
  for _, detail in ipairs(description.details) do lines[#lines + 1] = "- " .. detail end
  add_list(lines, "Title block:", fields_of(drawing.title_block))
  add_list(lines, "Call-outs:", texts_of(drawing.callouts))
  add_list(lines, "Notes:", drawing.notes or {})
  return table.concat(lines, "\n")
end

--- What a chat gets as its content.
---@param form vision.server.ChatForm
---@param given vision.Response
---@return string
function answer.content(form, given)
  if not form.is_json then return answer.text(given.description) end
  return json.encode(json.with_nulls(given.description, response.DESCRIPTION_FIELDS))
end

-- ---- what was used ----

-- nil where that is not known; what cost nothing used nothing.
local function usage_of(given)
  local used = given.usage
  if given.cost_usd == 0 then used = {} end
  if not used then return nil end
  local input, output = used.input_tokens or 0, used.output_tokens or 0
  return {
    prompt_tokens = input, completion_tokens = output, total_tokens = input + output,
    prompt_tokens_details = { cached_tokens = used.cached_tokens or 0 },
    completion_tokens_details = { reasoning_tokens = used.reasoning_tokens or 0 },
  }
end

-- What OpenAI's form has no place for.
local OWN = { "provider", "model", "cached", "cost_usd", "record_id", "fallback_from", "warnings" }

local function own_fields(given)
  local own = { confidence = given.description.confidence }
  for _, name in ipairs(OWN) do own[name] = given[name] end
  return own
end

-- ---- whole ----

local function envelope(form, object, choices)
  return { id = form.id, object = object, created = math.floor(clock.wall()), model = form.model,
    choices = json.array(choices) }
end

--- The whole answer.
---@param form vision.server.ChatForm
---@param given vision.Response  one that went well
---@return table
function answer.completion(form, given)
  local whole = envelope(form, "chat.completion", { { index = 0, finish_reason = "stop",
    logprobs = json.null, message = { role = "assistant", refusal = json.null,
      content = answer.content(form, given) } } })
  whole.usage, whole.vision = usage_of(given), own_fields(given)
  return whole
end

-- ---- in chunks ----

--- The end of a stream.
answer.DONE = "data: [DONE]\n\n"

--- Says that the stream lives; clients pass it over.
answer.COMMENT = ": reading\n\n"

---@param value table
---@return string
function answer.event(value)
  return ("data: %s\n\n"):format(json.encode(value))
end

local function chunk(form, delta, finish)
  local whole = envelope(form, "chat.completion.chunk", { { index = 0, delta = delta,
    logprobs = json.null, finish_reason = finish or json.null } })
  if form.with_usage then whole.usage = json.null end
  return whole
end

--- The first chunk: who speaks.
---@param form vision.server.ChatForm
---@return string
function answer.first(form)
  return answer.event(chunk(form, { role = "assistant", content = "" }))
end

--- More of the content.
---@param form vision.server.ChatForm
---@param text string
---@return string
function answer.piece(form, text)
  return answer.event(chunk(form, { content = text }))
end

--- All that follows the content.
---@param form vision.server.ChatForm
---@param given vision.Response
---@return string
function answer.last(form, given)
  local closing = chunk(form, {}, "stop")
  closing.vision = own_fields(given)
  local texts = { answer.event(closing) }
  if form.with_usage then
    local used = envelope(form, "chat.completion.chunk")
    used.usage = usage_of(given) or json.null
    texts[2] = answer.event(used)
  end
  texts[#texts + 1] = answer.DONE
  return table.concat(texts)
end

return answer
