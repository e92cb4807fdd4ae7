-- SPDX-License-Identifier: MIT
-- Requests as bytes, without a connection.

local anthropic = require "vision.protocols.anthropic_messages"
local errors = require "vision.base.error"
local json = require "vision.base.json"
local openai = require "vision.protocols.openai_chat"

local function image(kind, media_type)
  return {
    type = function() return kind end,
    media_type = function() return media_type end,
  }
end

local PNG, PDF = image("png", "image/png"), image("pdf", "application/pdf")

local function call(changes)
  local base = {
    model = "m", system = 'S "quoted"', user = "U \1 ⌖", images = { PNG }, max_tokens = 100,
    max_tokens_field = "max_tokens", detail = "low", answer = "json_schema",
    schema = '{"type":"object"}', stream = false,
  }
  for name, value in pairs(changes or {}) do
    base[name] = value
  end
  return base
end

-- The request with "<1>", "<2>" … in the places of its pictures.
local function text_of(segments)
  local parts, count = {}, 0
  for i, segment in ipairs(segments) do
    if type(segment) == "table" then
      count = count + 1
      parts[i] = "<" .. count .. ">"
    else
      parts[i] = segment
    end
  end
  return table.concat(parts)
end

describe("a chat request", function()
  local function built(changes)
    return json.decode(text_of(openai.build(call(changes))))
  end

  it("holds the pictures before the text, in order", function()
    local segments = openai.build(call { images = { PNG, PDF } })
    assert.equal(5, #segments)
    assert.equal(PNG, segments[2].base64)
    assert.equal(PDF, segments[4].base64)
    local content = json.decode(text_of(segments)).messages[2].content
    assert.equal("data:image/png;base64,<1>", content[1].image_url.url)
    assert.equal("low", content[1].image_url.detail)
    assert.equal("data:application/pdf;base64,<2>", content[2].file.file_data)
    assert.equal("U \1 ⌖", content[3].text)
  end)

  it("asks for the shape in the way the model knows", function()
    assert.same({ type = "object" }, built().response_format.json_schema.schema)
    assert.same({ type = "json_object" }, built({ answer = "json_object" }).response_format)
    assert.is_nil(built({ answer = "text" }).response_format)
  end)

  it("sends only what was asked for", function()
    local request = built { max_tokens_field = "max_completion_tokens" }
    assert.equal(100, request.max_completion_tokens)
    for _, name in ipairs { "max_tokens", "temperature", "stream", "stream_options" } do
      assert.is_nil(request[name])
    end
    request = built { stream = true, temperature = 0, send = { thinking = { type = "disabled" } } }
    assert.is_true(request.stream)
    assert.is_true(request.stream_options.include_usage)
    assert.equal(0, request.temperature)
    assert.equal("disabled", request.thinking.type)
  end)

  it("is corrected once for each parameter, never for another fault", function()
    local function fault(message, param)
      return errors.new("bad_request", message, { param = param })
    end
    assert.same({ max_tokens_field = "max_completion_tokens" },
      openai.correct(fault("Unsupported parameter", "max_tokens"), call()))
    assert.same({ max_tokens_field = "max_tokens" },
      openai.correct(fault("Unsupported parameter", "max_completion_tokens"),
        call { max_tokens_field = "max_completion_tokens" }))
    assert.same({ temperature = false },
      openai.correct(fault("Unsupported value: 'temperature' does not", nil),
        call { temperature = 0 }))
    assert.is_nil(openai.correct(fault("Unsupported value", "temperature"), call()))
    assert.is_nil(openai.correct(fault("Unsupported parameter", "tools"), call()))
    assert.is_nil(openai.correct(errors.new("auth", "Unsupported max_tokens"), call()))
  end)
end)

describe("a messages request", function()
  local function built(changes)
    return json.decode(text_of(anthropic.build(call(changes))))
  end

  it("holds pictures without a data: prefix, PDF as a document", function()
    local content = built({ images = { PNG, PDF } }).messages[1].content
    assert.same({ type = "base64", media_type = "image/png", data = "<1>" }, content[1].source)
    assert.equal("image", content[1].type)
    assert.equal("document", content[2].type)
    assert.equal("application/pdf", content[2].source.media_type)
    assert.equal("text", content[3].type)
  end)

  it("asks for the shape by structured output or by a tool", function()
    assert.same({ type = "object" }, built().output_config.format.schema)
    local request = built { answer = "tool" }
    assert.is_nil(request.output_config)
    assert.equal(request.tool_choice.name, request.tools[1].name)
    assert.same({ type = "object" }, request.tools[1].input_schema)
  end)

  it("never has sampling", function()
    local request = built { temperature = 0.5 }
    assert.is_nil(request.temperature)
    assert.equal(100, request.max_tokens)
  end)
end)

describe("the memory of a provider's last request", function()
  local body = require "vision.protocols.body"

  it("serves as long as only the picture changes", function()
    local memory, built = {}, 0
    local function build(one)
      built = built + 1
      return openai.build(one)
    end
    local other = image("png", "image/png")
    local first = body.of_call(memory, call(), build)
    local second = body.of_call(memory, call { images = { other } }, build)
    assert.equal(1, built)
    assert.equal(text_of(first), text_of(second))
    assert.equal(PNG, first[2].base64)
    assert.equal(other, second[2].base64)
    local changes = {
      { user = "other" }, { system = "other" }, { max_tokens = 5 }, { detail = "high" },
      { answer = "text" }, { stream = true }, { temperature = 1 }, { images = { PDF } },
      { images = { PNG, PNG } }, { images = {} }, { max_tokens_field = "max_completion_tokens" },
    }
    for i, change in ipairs(changes) do
      local segments = body.of_call(memory, call(change), build)
      assert.equal(i + 1, built)
      assert.equal(text_of(openai.build(call(change))), text_of(segments))
    end
  end)
end)
