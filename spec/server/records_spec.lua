-- SPDX-License-Identifier: MIT
local folder = require "spec.support.folder"
local json = require "vision.base.json"
local pictures = require "spec.support.pictures"
local application = require "spec.support.application"

local PNG = pictures.png(40, 30, function() return 200 end)
local OTHER = pictures.png(40, 30, function() return 100 end)

describe("the records of the service", function()
  local function with(settings, body)
    application.with(settings or { records = { store = "memory:" } }, body)
  end

  local function read(call, bytes, tags)
    return call("POST", "/api/v1/vision/analyze?include_ocr=false&tags=" .. tags,
      { ["content-type"] = "image/png" }, bytes).json
  end

  it("are found again, page by page", function()
    with(nil, function(call)
      local ids = {}
      for i = 1, 3 do ids[i] = read(call, i == 3 and OTHER or PNG, "a,b" .. i).record_id end
      local page = call("GET", "/api/v1/vision/records?limit=2&order=oldest").json
      assert.same({ ids[1], ids[2] }, { page.records[1].record_id, page.records[2].record_id })
      local rest = call("GET", "/api/v1/vision/records?order=oldest&cursor="
        .. page.next_cursor:gsub("[+=/]", function(c) return ("%%%02X"):format(c:byte()) end)).json
      assert.same({ ids[3] }, { rest.records[1].record_id, rest.records[2] })
      assert.is_nil(rest.next_cursor)
      local tagged = call("GET", "/api/v1/vision/records?tags=a,b2").json
      assert.equal(ids[2], tagged.records[1].record_id)
      assert.equal(ids[2], call("GET", "/api/v1/vision/records/" .. ids[2]:lower()).json.record_id)
    end)
  end)

  it("are written out as JSON Lines or CSV, as asked", function()
    with(nil, function(call)
      for i = 1, 150 do read(call, PNG, "n" .. i) end
      local reply = call("GET", "/api/v1/vision/records/export")
      assert.matches("^application/jsonl", reply.headers["Content-Type"])
      local count = 0
      for line in reply.text:gmatch "[^\n]+" do
        count = count + 1
        assert.equal("n" .. count, json.decode(line).tags[1])
      end
      assert.equal(150, count)
      reply = call("GET", "/api/v1/vision/records/export?limit=2", { accept = "text/csv" })
      assert.matches("^record_id,image_hash", reply.text)
      assert.equal(3, select(2, reply.text:gsub("\r?\n", "")))
    end)
  end)

  it("of one picture are deleted, and no others", function()
    with(nil, function(call)
      local first, other = read(call, PNG, "a"), read(call, OTHER, "a")
      local record = call("GET", "/api/v1/vision/records/" .. first.record_id).json
      assert.equal(400, call("DELETE", "/api/v1/vision/records").status)
      assert.equal(400, call("DELETE", "/api/v1/vision/records?image_hash=x").status)
      local reply = call("DELETE", "/api/v1/vision/records?image_hash=" .. record.image_hash)
      assert.same({ 200, 1 }, { reply.status, reply.json.deleted })
      assert.equal(404, call("GET", "/api/v1/vision/records/" .. first.record_id).status)
      assert.equal(200, call("GET", "/api/v1/vision/records/" .. other.record_id).status)
    end)
  end)

  it("are deleted with the picture that was kept", function()
    folder.with(function(place)
      with({ records = { store = "memory:", keep_pictures = place } }, function(call)
        local id = read(call, PNG, "a").record_id
        local hash = call("GET", "/api/v1/vision/records/" .. id).json.image_hash
        local path = ("%s/%s.png"):format(place, hash)
        assert(io.open(path)):close()
        call("DELETE", "/api/v1/vision/records?image_hash=" .. hash)
        assert.is_nil((io.open(path)))
      end)
    end)
  end)

  it("are none where nobody keeps them", function()
    with({}, function(call)
      for _, path in ipairs { "records", "records/x", "records/export", "report/daily", "costs" } do
        local reply = call("GET", "/api/v1/vision/" .. path)
        assert.same({ 404, "no_store" }, { reply.status, reply.json.reason }, path)
      end
    end)
  end)

  it("are asked for by words that exist", function()
    with(nil, function(call)
      for query, word in pairs { ["limit=x"] = "limit", ["limit=0"] = "limit", ["nope=1"] = "nope",
        ["status=odd"] = "status", ["from=yesterday"] = "from", ["cursor=x"] = "cursor" } do
        local reply = call("GET", "/api/v1/vision/records?" .. query)
        assert.same({ 400, "invalid_option" }, { reply.status, reply.json.reason })
        assert.matches(word, reply.json.error, 1, true)
      end
      local reply = call("GET", "/api/v1/vision/records/export", { accept = "image/png" })
      assert.same({ 406, "not_acceptable" }, { reply.status, reply.json.reason })
    end)
  end)
end)
