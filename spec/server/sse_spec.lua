-- SPDX-License-Identifier: MIT
local errors = require "vision.base.error"
local json = require "vision.base.json"
local pictures = require "spec.support.pictures"
local vision = require "vision"

local PNG = pictures.png(40, 30, function() return 200 end)

describe("an analysis as Server-Sent Events", function()
  local function events_of(provider)
    local names, last = {}, nil
    for text in vision.generate_sse_stream(provider, PNG) do
      local name, data = text:match "^event: (%w+)\ndata: ([^\n]+)\n\n$"
      names[#names + 1], last = name, json.decode(data)
    end
    return names, last
  end

  it("ends with its result", function()
    local names, last = events_of(assert(vision.create_vision_provider "stub"))
    assert.same({ "start", "progress", "complete" }, names)
    assert.matches("^Stub answer", last.result.summary)
    assert.is_number(last.timestamp)
  end)

  it("ends with why it failed", function()
    local names, last = events_of { name = "a", analyze_image = function()
      return nil, errors.new("timeout", "too late", { provider = "a" })
    end }
    assert.equal("error", names[#names])
    assert.same({ "too late", "EXTERNAL_SERVICE_ERROR", "timeout", "a" },
      { last.error, last.code, last.reason, last.provider })
  end)

  it("is given up by whom it is no longer sent to", function()
    local is_closed = false
    local stream = require "vision.providers.stream"
    local texts = vision.generate_sse_stream({ name = "a", analyze_image = function() end,
      analyze_image_stream = function()
        return stream.new(function() return stream.event("partial", { text = "x" }) end,
          function() is_closed = true end)
      end }, PNG)
    assert.matches("^event: partial", texts())
    texts:close()
    assert.is_true(is_closed)
    assert.is_nil(texts())
  end)
end)
