-- SPDX-License-Identifier: MIT
-- What an application answers: a status, headers and a body, or events that come one by one.

local errors = require "vision.base.error"
local json = require "vision.base.json"
local option_lists = require "vision.base.options"
local sse = require "vision.server.sse"

local reply = {}

---@class vision.server.Reply
---@field status integer
---@field headers table<string, string>
---@field body string|vision.Image|nil
---@field events? fun(): string?   instead of a body: pieces of it, as they come; nil is the end;
---  what it throws breaks the answer off, so that it is not taken for whole
---@field close? fun()             gives up what the events hold; any number of times
---@field err? vision.error        why it failed, for the log

--- The type of every answer in JSON.
reply.JSON = "application/json; charset=utf-8"

---@param status integer
---@param value any
---@param headers? table<string, string>
---@param options? table of `json.encode`
---@return vision.server.Reply
function reply.json(status, value, headers, options)
  local all = { ["Content-Type"] = reply.JSON }
  if headers then
    for name, text in pairs(headers) do all[name] = text end
  end
  return { status = status, headers = all, body = json.encode(value, options) .. "\n" }
end

---@param status integer
---@param content_type string
---@param body string
---@return vision.server.Reply
function reply.text(status, content_type, body)
  return { status = status, headers = { ["Content-Type"] = content_type }, body = body }
end

--- A body that is made piece by piece while it is sent.
---@param content_type string
---@param next_piece fun(): string?
---@return vision.server.Reply
function reply.stream(content_type, next_piece)
  return { status = 200, headers = { ["Content-Type"] = content_type }, events = next_piece }
end

-- How much a client wants a type, 0 to 1: what is said of it itself counts before what is said of
-- "text/*" and "*/*".
local function wish(accept, content_type)
  local best, rank = 0, 0
  for range in accept:gmatch "[^,]+" do
    local name, q = range:match "^%s*([^;%s]+)", tonumber(range:match ";%s*q=([%d.]+)") or 1
    local own = name == content_type and 3 or name == content_type:match "^[^/]+/" .. "*" and 2
      or name == "*/*" and 1 or 0
    if own > rank then best, rank = q, own end
  end
  return best
end

--- In which form an answer is wanted: what the query says (`format`), else the header Accept.
---@param request vision.server.Request
---@param types table<string, string> form -> its content type
---@param default string the form where the client does not mind
---@return string|nil form
---@return vision.error? err not_acceptable
function reply.format(request, types, default)
  if request.query.format then return request.query.format end
  local accept = request.headers.accept or "*/*"
  local best, most = default, wish(accept:lower(), types[default])
  for _, form in ipairs(option_lists.names(types)) do
    local wanted = wish(accept:lower(), types[form])
    if wanted > most then best, most = form, wanted end
  end
  if most > 0 then return best end
  return nil, errors.new("not_acceptable", "this answer can be had as "
    .. table.concat(option_lists.names(types), ", ") .. "; see the header Accept, or say ?format=")
end

-- Whole seconds, and never fewer than asked for.
local function failure_headers(err)
  local headers = {}
  if err.retry_after then
    headers["Retry-After"] = ("%d"):format(math.max(1, math.ceil(err.retry_after)))
  end
  headers.Allow = err.allow
  headers["WWW-Authenticate"] = err.challenge
  return headers
end

--- A failure in a shape of its own.
---@param err vision.error  a whole one
---@param body table
---@param headers? table<string, string>  beside those that the error asks for
---@return vision.server.Reply
function reply.refusal(err, body, headers)
  local all = failure_headers(err)
  for name, text in pairs(headers or {}) do all[name] = text end
  local made = reply.json(err.http_status, body, all)
  made.err = err
  return made
end

--- The one shape of a failure.
---@param err vision.error
---@param request vision.server.Request
---@param answer? table a whole answer that has the failure in it, where the route's contract is one
---@return vision.server.Reply
function reply.failure(err, request, answer)
  err = errors.from(err)
  local body = {}
  for name, value in pairs(answer or {}) do body[name] = value end
  body.success, body.error, body.code, body.reason = false, err.message, err.code, err.reason
  body.request_id = request.id
  return reply.refusal(err, body)
end

--- Texts of Server-Sent Events, as they come.
---@param next_text fun(): string?  nil ends it
---@param close? fun()
---@return vision.server.Reply
function reply.event_stream(next_text, close)
  local made = reply.stream("text/event-stream", next_text)
  made.headers["Cache-Control"] = "no-store"
  made.headers["X-Accel-Buffering"] = "no" -- a proxy that gathers them makes it one answer
  made.close = close
  return made
end

--- Events as Server-Sent Events.
---@param next_event fun(): string?, table?   the event's name and what it says; nil ends it
---@param close? fun()
---@return vision.server.Reply
function reply.events(next_event, close)
  return reply.event_stream(function()
    local name, data = next_event()
    return name and sse.text(name, data)
  end, close)
end

return reply
