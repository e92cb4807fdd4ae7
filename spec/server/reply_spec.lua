-- SPDX-License-Identifier: MIT
local application = require "spec.support.application"
local pictures = require "spec.support.pictures"
local replies = require "vision.server.reply"

local PNG = pictures.png(40, 30, function() return 200 end)

describe("the form of an answer", function()
  local TYPES = { json = "application/json", html = "text/html", csv = "text/csv" }

  local function form(accept, query)
    return replies.format({ headers = { accept = accept }, query = query or {} }, TYPES, "json")
  end

  it("is what Accept wants most", function()
    for accept, wanted in pairs {
      ["text/html"] = "html", ["TEXT/CSV"] = "csv", ["*/*"] = "json",
      ["text/html, application/xhtml+xml, */*;q=0.8"] = "html",
      ["text/csv;q=0.5, text/html;q=0.4"] = "csv", ["text/*, application/json;q=0.1"] = "csv",
      ["application/json;q=0, */*"] = "csv", ["image/png, text/html;q=0.1"] = "html",
    } do
      assert.equal(wanted, form(accept), accept)
    end
    assert.equal("json", form(nil))
  end)

  it("is what the query says, whatever Accept does", function()
    assert.equal("csv", form("text/html", { format = "csv" }))
  end)

  it("that cannot be had is refused", function()
    for _, accept in ipairs { "image/png", "application/json;q=0", "" } do
      local wanted, err = form(accept)
      assert.same({ nil, "not_acceptable", 406 }, { wanted, err.reason, err.http_status })
    end
  end)
end)

describe("HEAD", function()
  it("is GET without its body, and does no work that costs", function()
    application.with({ records = { store = "memory:" } }, function(call)
      call("POST", "/api/v1/vision/analyze?include_ocr=false", { ["content-type"] = "image/png" },
        PNG)
      for _, path in ipairs { "/healthz", "/openapi.json", "/api/v1/vision/records",
        "/api/v1/vision/records/export" } do
        assert.equal(200, call("HEAD", path).status)
      end
      assert.equal("", call("HEAD", "/api/v1/vision/records/export").text)
      local reply = call("HEAD", "/api/v1/vision/batch/x/events")
      assert.same({ 405, "GET" }, { reply.status, reply.headers.Allow })
    end)
  end)
end)
