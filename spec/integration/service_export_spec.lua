-- SPDX-License-Identifier: MIT
-- An export over a real connection: made while it is sent, and broken off where it cannot go on.

local errors = require "vision.base.error"
local http = require "vision.base.http"
local log = require "vision.base.log"
local samples = require "spec.support.record_samples"
local service = require "spec.support.service"
local shares = require "vision.stack.shared"

local EXPORT = "/api/v1/vision/records/export"

describe("an export of the service", function()
  local function with(persistence, body)
    local shared = assert(shares.new { records = { store = "memory:" } })
    if persistence then setmetatable(persistence, { __index = shared.persistence }) end
    shared.persistence = persistence or shared.persistence
    service.with({ engine = { provider = "stub", shared = shared } }, function(call, server)
      body(call, "http://127.0.0.1:" .. server:port() .. EXPORT, shared.persistence)
    end)
  end

  it("has all records, each on its line", function()
    with(nil, function(call, _, persistence)
      assert(assert(persistence:open()):save(samples.records(1000)))
      local answer = call("GET", EXPORT)
      assert.equal(1000, select(2, answer.body:gsub("\n", "")))
    end)
  end)

  it("that breaks off is no short one", function()
    local said, left = {}, 3
    local broken = { each = function()
      return function()
        left = left - 1
        if left < 0 then return nil, errors.new("store_unavailable", "the store is gone") end
        return samples.record {}
      end
    end }
    log.set_sink(function(_, message) said[#said + 1] = message end)
    with(broken, function(call, url)
      local answer, err = http.request { url = url }
      assert.is_nil(answer)
      assert.equal("cut_stream", err.reason)
      left = 0
      assert.equal(503, call("GET", EXPORT).status) -- before its first record it is an answer
      assert.equal(200, call("GET", "/healthz").status)
    end)
    log.set_sink()
    assert.matches("an export broke off: the store is gone", table.concat(said, "\n"), 1, true)
  end)
end)
