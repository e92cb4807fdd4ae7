-- SPDX-License-Identifier: MIT
-- What a stream says must not depend on where the network cut it.

local anthropic = require "vision.protocols.anthropic_messages"
local core = require "vision.core"
local openai = require "vision.protocols.openai_chat"

local CHAT = table.concat({
  ": keep-alive",
  "",
  'data: {"choices":[],"prompt_filter_results":[]}',
  "",
  'data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}',
  "",
  'data: {"choices":[{"delta":{"content":"{\\"summary\\": \\"Ø80 "},"finish_reason":null}]}',
  "",
  'data: {"choices":[{"index":0,"delta":{"content":"⌖\\"}"},"finish_reason":null}]}',
  "",
  'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}',
  "",
  'data: {"choices":[],"usage":{"prompt_tokens":8,"completion_tokens":2}}',
  "",
  "data: [DONE]",
  "", "",
}, "\n")

local MESSAGES = table.concat({
  "event: message_start",
  'data: {"type":"message_start","message":{"id":"c","model":"m","usage":{"input_tokens":8}}}',
  "",
  "event: ping",
  'data: {"type":"ping"}',
  "",
  "event: content_block_delta",
  'data: {"type":"content_block_delta","delta":{"type":"thinking_delta","thinking":"Hm"}}',
  "",
  "event: content_block_delta",
  'data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"{\\"summary\\": "}}',
  "",
  "event: content_block_delta",
  'data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"\\"Ø80 "}}',
  "",
  "event: unheard_of",
  'data: {"type":"unheard_of"}',
  "",
  "event: content_block_delta",
  'data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"⌖\\"}"}}',
  "",
  "event: message_delta",
  'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}',
  "",
  "event: message_stop",
  'data: {"type":"message_stop"}',
  "", "",
}, "\n")

local WANTED = '{"summary": "Ø80 ⌖"}'

-- The answer of a protocol to a stream in pieces; the text that was handed on meanwhile.
local function answer(protocol, pieces)
  local parser, decoder, texts = core.sse { maximum = 65536 }, protocol.stream(), {}
  for _, piece in ipairs(pieces) do
    for _, event in ipairs(assert(parser:feed(piece))) do
      if not event.comment then
        local text, err = decoder:event(event)
        assert(not err, tostring(err))
        texts[#texts + 1] = text
      end
    end
  end
  parser:close()
  local result, err = decoder:finish()
  return result, err, table.concat(texts)
end

describe("a stream", function()
  for name, case in pairs { openai = { openai, CHAT }, anthropic = { anthropic, MESSAGES } } do
    it("of " .. name .. " says the same wherever it is cut in two", function()
      local protocol, text = case[1], case[2]
      for at = 0, #text do
        local result, err, said = answer(protocol, { text:sub(1, at), text:sub(at + 1) })
        assert(result, tostring(err))
        assert.equal(WANTED, result.text)
        assert.equal(WANTED, said)
        assert.equal(8, result.usage.input_tokens)
        assert.equal(2, result.usage.output_tokens)
        assert.same({ "c", "m" }, { result.id, result.model })
      end
    end)

    it("of " .. name .. " says the same byte by byte", function()
      local pieces = {}
      for at = 1, #case[2] do
        pieces[at] = case[2]:sub(at, at)
      end
      assert.equal(WANTED, answer(case[1], pieces).text)
    end)

    it("of " .. name .. " is no success before its last event", function()
      local text = case[2]
      local last = text:find("\n\n[^\n]+\n?[^\n]*\n\n$")
      for at = 0, last + 1, 7 do
        local result, err = answer(case[1], { text:sub(1, at) })
        assert.is_nil(result)
        assert.equal("cut_stream", err.reason)
      end
    end)
  end

  it("of anthropic that is cut off does not say that its answer had the length of its beginning",
    function()
      local text = MESSAGES:gsub('"input_tokens":8', '%0,"output_tokens":1')
      local _, err = answer(anthropic, { text:sub(1, text:find "event: message_delta" - 1) })
      assert.same({ 8, nil }, { err.usage.input_tokens, err.usage.output_tokens })
      _, err = answer(anthropic, { text:sub(1, text:find "event: message_stop" - 1) })
      assert.same({ 8, 2 }, { err.usage.input_tokens, err.usage.output_tokens })
    end)
end)
