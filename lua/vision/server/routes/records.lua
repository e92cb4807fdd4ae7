-- SPDX-License-Identifier: MIT
-- What was read before: found again, written out, forgotten.

local errors = require "vision.base.error"
local export = require "vision.records.export"
local json = require "vision.base.json"
local log = require "vision.base.log"
local records = require "vision.records.record"
local replies = require "vision.server.reply"
local schemas = require "vision.server.schemas"

local SHARE = { "from 0 to 1", type = "number", min = 0, max = 1 }

local FILTER = {
  provider = { "read by this provider", type = "string" },
  model = { "read by this model", type = "string" },
  status = { "what came of it", type = "string", one_of = { "completed", "failed" } },
  from = { "made at or after: 2026-11-01 or 2026-11-01T10:00:00Z (UTC)", type = "string" },
  to = { "made before", type = "string" },
  min_confidence = SHARE, max_confidence = SHARE,
  tags = { "with all of these labels, with commas between", type = "table" },
  image_hash = { "of this picture: the SHA-256 of its bytes", type = "string" },
  request_id = { "of this request of a provider", type = "string" },
  text = { "with all of these words", type = "string" },
}

local function with_filter(more)
  local all = {}
  for _, list in ipairs { FILTER, more } do
    for name, spec in pairs(list) do all[name] = spec end
  end
  return all
end

local ORDER = { "which come first", type = "string", one_of = { "newest", "oldest" } }

local PAGE = with_filter {
  order = ORDER,
  limit = { "so many at most", type = "integer", min = 1, max = 1000, default = 50 },
  cursor = { "next_cursor of the page before", type = "string" },
}

local EXPORT = with_filter {
  order = ORDER,
  limit = { "so many at most", type = "integer", min = 1, max = 2 ^ 53 },
  format = { "JSON Lines, which hold everything, or CSV; else as Accept says", type = "string",
    one_of = export.FORMATS },
}

local function query(app, request)
  local store, err = app.engine:records()
  if not store then return replies.failure(err, request) end
  local page
  page, err = store:query_results(request.query)
  if not page then return replies.failure(err, request) end
  local list = json.array()
  for i, record in ipairs(page.records) do list[i] = json.raw(assert(records.to_json(record))) end
  return replies.json(200, { records = list, next_cursor = page.next_cursor or json.null })
end

local function show(app, request)
  local store, err = app.engine:records()
  if not store then return replies.failure(err, request) end
  local record
  record, err = store:get(request.params.id:upper())
  if not record then
    return replies.failure(err or errors.new("not_found", "there is no such record"), request)
  end
  return replies.text(200, replies.JSON, assert(records.to_json(record)) .. "\n")
end

-- ---- export ----

local TYPES = { jsonl = "application/jsonl; charset=utf-8", csv = "text/csv; charset=utf-8" }

-- What goes wrong after the first record is no answer any more, but a broken one.
local function must(record, err)
  if err then
    log.error("an export broke off: %s", err.message)
    error(err, 0)
  end
  return record
end

local function pieces_of(writer, first, next_record)
  local head, record = writer.head and writer.head(), first
  return function()
    if head then
      local piece = head
      head = nil
      return piece
    elseif record then
      local piece = writer.line(record)
      record = must(next_record())
      return piece
    end
  end
end

local function export_all(app, request)
  local format, err = replies.format(request, { jsonl = "application/jsonl", csv = "text/csv" },
    "jsonl")
  local store
  if format then store, err = app.engine:records() end
  if not store then return replies.failure(err, request) end
  local filter = { order = "oldest" }
  for name, value in pairs(request.query) do filter[name] = value end
  filter.format = nil
  local next_record = store:each(filter)
  local first
  first, err = next_record()
  if err then return replies.failure(err, request) end
  local reply = replies.stream(TYPES[format], pieces_of(export.writer(format), first, next_record))
  reply.headers["Content-Disposition"] = 'attachment; filename="records.' .. format .. '"'
  return reply
end

-- ---- delete ----

local DELETE = {
  image_hash = { "the picture: the SHA-256 of its bytes", type = "string",
    check = function(value) return #value == 64 and value:find "^%x+$" ~= nil end,
    must_be = "64 hexadecimal digits" },
}

local function delete(app, request)
  local hash = request.query.image_hash
  if not hash then
    return replies.failure(errors.new("usage", "say which picture's records are to be deleted: "
      .. "?image_hash=SHA256"), request)
  end
  local store, err = app.engine:records()
  if not store then return replies.failure(err, request) end
  local deleted
  deleted, err = store:delete_picture(hash:lower())
  if not deleted then return replies.failure(err, request) end
  local folder = app.engine.shared:kept_pictures()
  if folder then require("vision.records.pictures").forget(folder, hash:lower()) end
  return replies.json(200, { deleted = deleted })
end

return {
  { method = "GET", path = "/api/v1/vision/records", name = "records", scope = "read",
    summary = "A page of the records that match", query = PAGE, handler = query,
    answer = schemas.object { records = schemas.list(schemas.ref "Record"),
      next_cursor = schemas.nullable(schemas.TEXT) } },
  { method = "GET", path = "/api/v1/vision/records/export", name = "export_records",
    scope = "read", summary = "All records that match, as JSON Lines or CSV", query = EXPORT,
    handler = export_all, texts = { "application/jsonl", "text/csv" } },
  { method = "GET", path = "/api/v1/vision/records/{id}", name = "record", scope = "read",
    summary = "One record", handler = show, answer = schemas.ref "Record" },
  { method = "DELETE", path = "/api/v1/vision/records", name = "delete_records", scope = "admin",
    summary = "Forget a picture: all its records, and the picture where it was kept",
    query = DELETE, handler = delete, answer = schemas.object { deleted = schemas.COUNT } },
}
