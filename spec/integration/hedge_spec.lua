-- SPDX-License-Identifier: MIT
-- Who has not answered first is really let go of: its connection is closed.

local hedge = require "vision.layers.hedge"
local http_server = require "spec.support.http_server"
local mock_provider = require "spec.support.mock_provider"
local providers = require "vision.providers"
local readers = require "spec.support.readers"
local task = require "vision.base.task"

describe("the loser of a hedge over the network", function()
  local server, mock
  setup(function() server, mock = http_server.start(), mock_provider.start() end)
  teardown(function()
    server:stop()
    mock:stop()
  end)

  local function openai(base)
    return assert(providers.create_vision_provider("openai", { api_key = "sk-x", base_url = base }))
  end

  -- Asks the server until it has seen so many connections end beside those that ask.
  local function wait_until_closed(before)
    for _ = 1, 200 do
      local now = server:stats()
      if now.closed > before.closed then return true end
      task.sleep(0.02)
    end
  end

  it("has its connection closed", function()
    local before = server:stats()
    local provider = assert(hedge.create_hedged_provider(openai(server.url .. "/comments"),
      { backup = openai(mock:base "ok"), delay = 0.1 }))
    local reading = assert(provider:analyze_image(readers.PICTURE))
    assert.equal("Flange with four holes", reading.summary)
    assert.equal("cancelled", reading.trail[1].reason)
    assert.equal("hedge", reading.trail[2].action)
    assert.is_true(server:stats().seen.comments > 0)
    assert.is_true(wait_until_closed(before))
  end)

  it("has its stream closed, too", function()
    local before = server:stats()
    local provider = assert(hedge.create_hedged_provider(openai(server.url .. "/comments"),
      { backup = openai(mock:base "ok"), delay = 0.1 }))
    local last
    for event in provider:analyze_image_stream(readers.PICTURE) do last = event end
    assert.equal("Flange with four holes", last.data.result.summary)
    assert.is_true(wait_until_closed(before))
  end)
end)
