-- SPDX-License-Identifier: MIT
local errors = require "vision.base.error"
local streaming = require "vision.layers.streaming"

local types = streaming.StreamEventType

describe("create_streaming_provider", function()
  local function provider(reading, err)
    return {
      name = "p", model = "m", endpoint_name = "p/m",
      analyze_image = function(_, image, options)
        assert.equal("bytes", image)
        assert.same({ page = 2 }, options)
        return reading, err
      end,
    }
  end

  local function events_of(one)
    local events = {}
    for event in one:analyze_image_stream("bytes", { page = 2 }) do
      events[#events + 1] = event
    end
    return events
  end

  it("gives a provider without a stream one", function()
    local reading = { summary = "s" }
    local events = events_of(streaming.create_streaming_provider(provider(reading)))
    assert.same({ types.START, types.PROGRESS, types.COMPLETE },
      { events[1].event_type, events[2].event_type, events[3].event_type })
    assert.equal(3, #events)
    assert.equal("p", events[1].data.provider)
    assert.equal(reading, events[3].data.result)
    assert.is_number(events[3].timestamp)
  end)

  it("ends with the error of one that fails", function()
    local err = errors.new("blank", "nothing")
    local events = events_of(streaming.create_streaming_provider(provider(nil, err)))
    assert.equal(types.ERROR, events[#events].event_type)
    assert.equal(err, events[#events].data.error)
  end)

  it("leaves a provider its own stream and everything else", function()
    local one = provider {}
    one.analyze_image_stream = function(_, image)
      return function() return nil, image end
    end
    local streamed = streaming.create_streaming_provider(one)
    assert.equal(0, #events_of(streamed))
    assert.equal("p/m", streamed.endpoint_name)
    assert.same({}, (streamed:analyze_image("bytes", { page = 2 })))
  end)

  it("is misuse without a provider", function()
    assert.has_error(function() streaming.create_streaming_provider {} end)
  end)
end)
