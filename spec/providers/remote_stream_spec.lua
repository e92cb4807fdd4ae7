-- SPDX-License-Identifier: MIT
-- Leaving a stream early. What streams say is in spec/integration/providers_spec.lua.
local http = require "vision.base.http"
local pictures = require "spec.support.pictures"
local providers = require "vision.providers"

local PNG = pictures.png(8, 6, function() return 255 end)

-- One word of an answer, again and again.
local WORD = 'data: {"choices":[{"index":0,"delta":{"content":"word "}}]}\n\n'

describe("a stream that is left early", function()
  local real, closed, reads

  before_each(function()
    real, closed, reads = http.stream, 0, 0
    http.stream = function()
      return {
        status = 200, headers = {},
        read = function()
          reads = reads + 1
          return WORD
        end,
        payload = function() end,
        close = function() closed = closed + 1 end,
      }
    end
  end)

  after_each(function()
    http.stream = real
  end)

  local function events_of()
    return providers.create_vision_provider("openai", { api_key = "k" }):analyze_image_stream(PNG)
  end

  local function first_words(events)
    for event in events do
      if event.event_type == "partial" then return event.data.text end
    end
  end

  it("closes its connection at once, and says no more", function()
    local events = events_of()
    assert.equal("word ", first_words(events))
    assert.equal(0, closed)
    events:close()
    events:close()
    assert.equal(1, closed)
    local before = reads
    assert.is_nil(events())
    assert.equal(before, reads)
  end)

  it("may be left before it began", function()
    local events = events_of()
    events:close()
    assert.is_nil(events())
    assert.equal(0, closed)
  end)

  it("is told of it by another task while it waits", function()
    local events
    local stream = http.stream
    http.stream = function()
      events:close()
      return stream()
    end
    events = events_of()
    assert.is_nil(first_words(events))
    assert.equal(1, closed)
  end)

  it("shows no key that the server says again in the middle of it", function()
    local KEY, said = "a-key.of+32%letters", {
      'data: {"error":{"message":"no such key: a-key.of+32%letters",'
        .. '"param":"a-key.of+32%letters"}}\n\n' }
    http.stream = function()
      return {
        status = 200, headers = {}, payload = function() end, close = function() end,
        read = function() return table.remove(said) end,
      }
    end
    local failed
    local provider = providers.create_vision_provider("openai", { api_key = KEY })
    for event in provider:analyze_image_stream(PNG) do failed = event.data.error or failed end
    assert.equal("no such key: [key]", failed.message)
    assert.equal("[key]", failed.param)
  end)

  if _VERSION == "Lua 5.4" then
    it("is closed by the loop that is left", function()
      for event in events_of() do
        if event.event_type == "partial" then break end
      end
      assert.equal(1, closed)
    end)
  end

  it("is the same where a provider answers all at once", function()
    local events = assert(providers.create_vision_provider "stub"):analyze_image_stream(PNG)
    assert.equal("start", events().event_type)
    events:close()
    assert.is_nil(events())
  end)
end)
