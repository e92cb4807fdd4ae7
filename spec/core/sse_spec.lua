-- SPDX-License-Identifier: MIT
local core = require "vision.core"

-- All events of a stream that comes cut before the two given bytes.
local function events_of(stream, first, second)
  local parser = core.sse()
  local all, from = {}, 1
  for _, to in ipairs { first or 1, second or first or 1, #stream + 1 } do
    for _, event in ipairs(assert(parser:feed(stream:sub(from, to - 1)))) do
      all[#all + 1] = event
    end
    from = to
  end
  return all, parser:finish()
end

local STREAM = table.concat {
  "\239\187\191: hello\r\n",
  "event: delta\r\ndata: {\"a\":1}\r\ndata: more \226\130\172\r\n\r\n",
  "id: 7\rretry: 1500\rdata: second\r\r",
  "data\n\n",
  "data: [DONE]\n\n",
}

describe("core.sse", function()
  it("gives what the standard says", function()
    local events, complete = events_of(STREAM)
    assert.same({
      { comment = "hello" },
      { event = "delta", data = '{"a":1}\nmore \226\130\172' },
      { data = "second", id = "7", retry = 1.5 },
      { data = "", id = "7", retry = 1.5 },
      { data = "[DONE]", id = "7", retry = 1.5 },
    }, events)
    assert.is_true(complete)
  end)

  it("gives the same wherever the stream is cut", function()
    local whole = events_of(STREAM)
    for first = 1, #STREAM do
      assert.same(whole, (events_of(STREAM, first)))
      assert.same(whole, (events_of(STREAM, first, math.min(first + 3, #STREAM))))
    end
  end)

  it("tells a stream that ends inside an event", function()
    local events, complete = events_of("data: a\n\ndata: [DONE]\n")
    assert.same({ { data = "a" } }, events)
    assert.is_false(complete)
  end)

  it("bounds an event", function()
    local parser = core.sse { maximum = 10 }
    assert.same({ { data = "1234" } }, parser:feed "data: 1234\n\n")
    local events, err = parser:feed "data: 12345"
    assert.is_nil(events)
    assert.equal("response_too_large", err.reason)
  end)

  it("is closed any number of times, and then misused", function()
    local parser = core.sse()
    parser:feed "data: left over"
    parser:close()
    parser:close()
    assert.has_error(function() parser:feed "x" end)
    assert.has_error(function() core.sse { maximum = 0 } end)
  end)
end)
