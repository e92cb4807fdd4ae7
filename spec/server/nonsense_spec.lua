-- SPDX-License-Identifier: MIT
-- Every field of every route, with values that nobody means: each is an answer, and none is the
-- service's own failure.

local application = require "spec.support.application"
local chance = require "spec.support.chance"
local json = require "vision.base.json"
local option_lists = require "vision.base.options"
local pictures = require "spec.support.pictures"

local PNG = pictures.png(20, 10, function() return 200 end)

local BASE64 = require("vision.core").image_from_bytes(PNG):base64()

local TEXTS = { "", "x", "0", "-1", "1e999", "nan", "true", "null", "[]", "{}", "[1,[2]]",
  "{\"a\":1}", "\255\254", "a\0b", "../../etc/passwd", "'; DROP TABLE records;--", "%",
  ("y"):rep(3000), "a,b",
  "[null]", "2026-02-30", "9999999999999999999", "\r\nX-Injected: 1", "openai/", "/", "stub/x" }

local VALUES = { 0, -1, 0.5, 2 ^ 53, true, false, "x", "", "a\0b", json.array {}, { a = 1 },
  json.array { 1 }, json.array { json.array {} }, json.null, json.array { "", "x" } }

local function escaped(text)
  return (text:gsub("[^%w]", function(c) return ("%%%02X"):format(c:byte()) end))
end

local function filled(path) return (path:gsub("{[%w_]+}", "x")) end

-- What a machine without keys and network lacks is not the service's failure.
local LACKS = { missing_key = true, missing_library = true, no_store = true, queue_full = true }

local function check(reply, said, what)
  local answer = reply.json or {}
  assert.is_not.equal("internal", answer.reason, what .. ": " .. table.concat(said, "\n"))
  if reply.status >= 500 then assert.is_true(LACKS[answer.reason], what .. ": " .. reply.text) end
  for name, value in pairs(reply.headers) do
    assert.is_nil((name .. value):find "[%c]", what)
  end
  if reply.close then reply.close() end
end

local SETTINGS = { records = { store = "memory:" }, budget = { daily_limit_usd = 1 } }

-- Pages, and what would read with the local reader, are not what this is about.
local function is_ours(route)
  return not route.name:find "^page" and route.path:find "^/api"
end

-- What keeps a reading short, beside the field that is tried.
local QUICK = { include_ocr = "include_ocr=false&", providers = "providers=stub&" }

local function quick(route, name)
  local words = ""
  for field, text in pairs(QUICK) do
    if field ~= name and (route.fields or {})[field] then words = words .. text end
  end
  return words
end

-- A body that is good but for one field.
local function whole_body(route, name, value)
  local body, specs = {}, route.fields
  if specs.image_base64 then body.image_base64 = BASE64 end
  if specs.images then body.images = { BASE64 } end
  if specs.include_ocr then body.include_ocr = false end
  if specs.providers then body.providers = { "stub" } end
  if name:find "^image_" then body.image_base64 = nil end
  body[name] = value
  return body
end

describe("nonsense", function()
  it("in a query is answered", function()
    application.with(SETTINGS, function(call, service, said)
      for _, route in ipairs(service.routes) do
        for _, name in ipairs(option_lists.names(route.query or route.fields or {})) do
          for _, text in ipairs(is_ours(route) and TEXTS or {}) do
            local target = ("%s?%s%s=%s"):format(filled(route.path), quick(route, name), name,
              escaped(text))
            check(call(route.method, target, { ["content-type"] = "image/png" },
              route.body and PNG), said, route.method .. " " .. target)
          end
        end
      end
    end)
  end)

  it("in a body is answered", function()
    application.with(SETTINGS, function(call, service, said)
      for _, route in ipairs(service.routes) do
        local specs = route.body and is_ours(route) and route.fields or {}
        for _, name in ipairs(option_lists.names(specs)) do
          for _, value in ipairs(VALUES) do
            local body = json.encode(whole_body(route, name, value))
            check(call(route.method, filled(route.path), { ["content-type"] = "application/json" },
              body), said, route.name .. " " .. body)
          end
        end
      end
    end)
  end)

  it("by chance is answered", function()
    local random = chance.new(7)
    local form = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n"
      .. PNG .. "\r\n--x--\r\n"
    local whole = json.encode { images = { "aGFsbG8=", { image_base64 = "aGFsbG8=" } },
      provider = "stub", pages = { 1 } }
    application.with(SETTINGS, function(call, _, said)
      for _ = 1, 400 do
        local is_form = random:integer(1, 2) == 1
        local text = is_form and form or whole
        local at = random:integer(1, #text)
        local broken = text:sub(1, at - 1) .. string.char(random:integer(0, 255))
          .. text:sub(at + random:integer(1, 4))
        check(call("POST", "/api/v1/vision/batch", { ["content-type"] = is_form
          and "multipart/form-data; boundary=x" or "application/json" }, broken), said, broken)
      end
    end)
  end)
end)
