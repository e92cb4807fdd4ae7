-- SPDX-License-Identifier: MIT
-- The page for people at "/", its files, and pages of drawings as pictures that a browser shows.

local core = require "vision.core"
local errors = require "vision.base.error"
local fields = require "vision.server.fields"
local pictures = require "vision.server.picture"
local reader = require "vision.reading.reader"
local replies = require "vision.server.reply"

-- Nothing but these is served; the folder lies beside `routes/`.
local FILES = {
  ["index.html"] = "text/html; charset=utf-8", ["icon.svg"] = "image/svg+xml",
  ["style.css"] = "text/css; charset=utf-8", ["reading.css"] = "text/css; charset=utf-8",
}
for _, module in ipairs { "main", "dom", "api", "format", "drawing", "reading", "progress",
  "result", "sheet", "balloons", "callouts", "service", "spend", "alerts", "records", "key" } do
  FILES[module .. ".js"] = "text/javascript; charset=utf-8"
end

-- Pictures of drawings are the browser's own (blob:); all else comes from here.
local POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
  .. "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

local searchpath = package.searchpath -- luacheck: ignore 143 (both Luas have it)

local kept = {} -- name -> { bytes, etag }

local function read_file(name)
  if not kept[name] then
    local here = assert(searchpath("vision.server.routes.page", package.path))
    local file = assert(io.open(here:gsub("routes/page%.lua$", "page/" .. name), "rb"))
    local bytes = file:read "*a"
    file:close()
    kept[name] = { bytes = bytes, etag = ('"%s"'):format(core.sha256(bytes):sub(1, 32)) }
  end
  return kept[name]
end

for name in pairs(FILES) do read_file(name) end -- not while somebody waits

-- A browser keeps the file and asks each time whether it is still the same.
local function send(name, request)
  local file = read_file(name)
  local reply = replies.text(200, FILES[name], file.bytes)
  local headers = reply.headers
  headers["ETag"], headers["Cache-Control"] = file.etag, "no-cache"
  headers["Content-Security-Policy"] = POLICY
  headers["Referrer-Policy"] = "no-referrer"
  if (request.headers["if-none-match"] or ""):find(file.etag, 1, true) then
    reply.status, reply.body = 304, nil
    headers["Content-Type"] = nil
  end
  return reply
end

local function index(_, request)
  return send("index.html", request)
end

local function page_file(_, request)
  local name = request.params.file
  if FILES[name] then return send(name, request) end
  return replies.failure(errors.new("no_route", "the page has no such file"), request)
end

-- ---- a page of a drawing ----

-- Sharp on a large screen, and of any paper's size small enough to send.
local MOST_PIXELS = 3200

local PICTURE = {
  image = pictures.FIELDS.image, image_base64 = pictures.FIELDS.image_base64,
  file_name = pictures.FIELDS.file_name,
  page = { "of a PDF or TIFF, counted from 1", type = "integer", min = 1, max = 100000,
    default = 1 },
}

local function picture(app, request)
  local given, err = fields.of(PICTURE, request)
  local drawing, made
  if given then drawing, err = pictures.of(app, given) end
  if not drawing then return replies.failure(err, request) end
  made, err = reader.picture(drawing, { page = given.page, format = "png", width = MOST_PIXELS,
    height = MOST_PIXELS })
  if not made then return replies.failure(err, request) end
  return replies.text(200, "image/png", made)
end

return {
  { method = "GET", path = "/", name = "page", scope = false,
    summary = "The page for people", handler = index, texts = { "text/html" } },
  { method = "GET", path = "/page/{file}", name = "page_file", scope = false,
    summary = "A file of the page for people", handler = page_file,
    texts = { "text/html", "text/css", "text/javascript", "image/svg+xml" } },
  { method = "POST", path = "/api/v1/vision/page", name = "page_picture", scope = "analyze",
    summary = "A page of a drawing as PNG", body = "picture", fields = PICTURE,
    handler = picture, texts = { "image/png" } },
}
