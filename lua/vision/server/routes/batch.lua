-- SPDX-License-Identifier: MIT
-- Many pictures at once: taken in, read beside the requests, asked about meanwhile.

local core = require "vision.core"
local errors = require "vision.base.error"
local fields = require "vision.server.fields"
local json = require "vision.base.json"
local option_lists = require "vision.base.options"
local picture = require "vision.server.picture"
local pictures_max = require("vision.server.body").PICTURES_MAX
local reading = require "vision.server.reading"
local replies = require "vision.server.reply"
local schemas = require "vision.server.schemas"
local task = require "vision.base.task"

local IMAGES = { type = "array", minItems = 1, maxItems = pictures_max, items = {
  anyOf = json.array { { type = "string", contentEncoding = "base64" }, schemas.object {
    ["image_base64?"] = schemas.TEXT, ["image_url?"] = schemas.TEXT,
    ["file_name?"] = schemas.TEXT } } } }

local BATCH = reading.fields({
  images = { "the pictures: base64 each, or { image_base64 or image_url, file_name } (of a form: "
    .. "its files)", type = "table",
    check = function(value) return #value >= 1 and #value <= pictures_max end,
    must_be = ("a list of 1 to %d pictures"):format(pictures_max), schema = IMAGES },
  max_concurrency = { "read at the same time", type = "integer", min = 1, max = 100, default = 5 },
})

-- A text or a picture alone is its base64.
local function entry_of(given, index)
  if type(given) == "string" or core.is_image(given) then given = { image_base64 = given } end
  local entry, err = option_lists.check(picture.FIELDS, given, ("images[%d]"):format(index))
  return entry, err
end

-- All are looked at before any is read; what is at an address is fetched when its turn comes.
local function entries_of(app, list)
  local entries = {}
  for i, given in ipairs(list) do
    local entry, err = entry_of(given, i)
    if entry and not entry.image_url then
      entry.image, err = picture.of(app, entry)
      entry.image_base64 = nil
    end
    if err then
      local name = entry and entry.file_name and (" (%s)"):format(entry.file_name) or ""
      return nil, errors.with(err, { message = ("images[%d]%s: %s"):format(i, name, err.message) })
    end
    entries[i] = entry
  end
  return entries
end

local function start(app, request)
  local given, err = fields.of(BATCH, request)
  if not given then return replies.failure(err, request) end
  if not given.images then
    return replies.failure(errors.new("input", "no pictures were given: send a list 'images' in "
      .. "JSON, or the files of a form"), request)
  end
  local provider, entries, state
  provider, err = app.engine:provider(given.provider)
  if provider then entries, err = entries_of(app, given.images) end
  if entries then
    state, err = app.jobs:start(provider, { provider = given.provider, entries = entries,
      max_concurrency = given.max_concurrency, options = reading.options(given, request) })
  end
  if not state then return replies.failure(err, request) end
  request.provider = state.provider
  return replies.json(202, state, { Location = "/api/v1/vision/batch/" .. state.job_id })
end

local function status(app, request)
  local state, err = app.jobs:state(request.params.id)
  if not state then return replies.failure(err, request) end
  return replies.json(200, state)
end

local function cancel(app, request)
  local state, err = app.jobs:cancel(request.params.id)
  if not state then return replies.failure(err, request) end
  return replies.json(202, state)
end

-- ---- results ----

local RESULTS = {
  from = { "the first, in the order in which they came", type = "integer", min = 1, max = 2 ^ 31,
    default = 1 },
  limit = { "so many at most", type = "integer", min = 1, max = 200, default = 50 },
}

local function results(app, request)
  local query = request.query
  local list, err = app.jobs:results(request.params.id, query.from, query.limit)
  if not list then return replies.failure(err, request) end
  local found = json.array {}
  for i, text in ipairs(list) do found[i] = json.raw(text) end
  return replies.json(200, { results = found, next_from = query.from + #list })
end

-- ---- progress as events ----

-- Seconds between two looks at the state, and after which something is said, whatever it is.
local LOOK, LONGEST_SILENCE = 0.25, 15

local function has_changed(state, before)
  return not before or state.status ~= before.status or state.completed ~= before.completed
    or state.failed ~= before.failed
end

local function next_state(app, id, before)
  local looks = 0
  while true do
    local state, err = app.jobs:state(id)
    looks = looks + 1
    if not state then return nil, err end
    if has_changed(state, before) or looks * LOOK > LONGEST_SILENCE then return state end
    local ok, stopped = task.sleep(LOOK)
    if not ok then return nil, stopped end
  end
end

local function follow(app, request)
  local id = request.params.id
  local first, err = app.jobs:state(id)
  if not first then return replies.failure(err, request) end
  local before, is_over = nil, false
  return replies.events(function()
    if is_over then return nil end
    local state, failed = next_state(app, id, before)
    if not state then
      is_over = true
      return "error", { error = failed.message, code = failed.code, reason = failed.reason }
    end
    before, is_over = state, state.status ~= "running"
    return is_over and "complete" or "progress", state
  end)
end

local JOB = schemas.ref "Job"

return {
  { method = "POST", path = "/api/v1/vision/batch", name = "start_batch", scope = "analyze",
    summary = "Read many drawings", body = "pictures", fields = BATCH, handler = start,
    answer = JOB, status = 202 },
  { method = "GET", path = "/api/v1/vision/batch/{id}", name = "batch", scope = "analyze",
    summary = "How far a batch is", handler = status, answer = JOB },
  { method = "GET", path = "/api/v1/vision/batch/{id}/results", name = "batch_results",
    scope = "analyze", summary = "What was read so far", query = RESULTS, handler = results,
    answer = schemas.object { results = schemas.list(schemas.ref "JobResult"),
      next_from = schemas.COUNT } },
  { method = "GET", path = "/api/v1/vision/batch/{id}/events", name = "batch_events",
    scope = "analyze", summary = "Its progress as Server-Sent Events", handler = follow,
    events = true },
  { method = "POST", path = "/api/v1/vision/batch/{id}/cancel", name = "cancel_batch",
    scope = "analyze", summary = "End a batch; what was read stays", handler = cancel,
    answer = JOB, status = 202 },
}
