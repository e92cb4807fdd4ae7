-- SPDX-License-Identifier: MIT
local core = require "vision.core"
local errors = require "vision.base.error"
local images = require "vision.drawing.image"
local json = require "vision.base.json"
local picture_file = require "spec.support.picture_file"
local response = require "vision.response"
local stack = require "vision.stack"
local task = require "vision.base.task"
local VisionManager = require("vision.manager").VisionManager

local function picture()
  return assert(images.image_bytes(picture_file.PNG))
end

-- A provider that answers with its name, after waiting where it is told to.
local function provider(name, fields)
  fields = fields or {}
  local made = { name = name, calls = 0 }
  function made.analyze_image(_, _, options)
    made.calls, made.options = made.calls + 1, options
    if fields.seconds then
      local ok, err = task.sleep(fields.seconds)
      if not ok then return nil, err end
    end
    if fields.err then return nil, fields.err end
    return { summary = "by " .. name, details = {}, provider = name, schema = 1, parsed = true }
  end
  return made
end

local function reader(words, err)
  return {
    info = function() return { pages = 1 } end,
    recognise = function()
      if err then return nil, err end
      return { words = words, width = 1, height = 1, dpi = 200 }
    end,
    available = function() return words ~= nil end,
  }
end

local ONE_WORD = { { text = "M8", box = { 0, 0, 1, 1 }, confidence = 0.9, line = 1, block = 1 } }

describe("the manager", function()
  it("gives description and text together", function()
    local manager = VisionManager.new { provider = provider "a", reader = reader(ONE_WORD) }
    local answer, err = manager:analyze { image = picture() }
    assert.is_nil(err)
    assert.is_true(answer.success)
    assert.equal("by a", answer.description.summary)
    assert.equal("M8", answer.ocr.text)
    assert.equal("a", answer.provider)
    assert.is_true(answer.processing_time_ms >= 0)
  end)

  it("takes bytes and base64 as it takes a handle", function()
    local manager = VisionManager.new { provider = provider "a" }
    local base64 = core.base64_encode(picture_file.PNG)
    assert.is_true(manager:analyze({ image_base64 = base64, include_ocr = false }).success)
    assert.is_true(manager:analyze({ image = picture():bytes(), include_ocr = false }).success)
  end)

  it("calls no model for OCR alone", function()
    local a = provider "a"
    local answer = VisionManager.new({ provider = a, reader = reader(ONE_WORD) })
      :analyze { image = picture(), include_description = false }
    assert.is_true(answer.success)
    assert.is_nil(answer.description)
    assert.equal("tesseract", answer.provider)
    assert.equal(0, a.calls)
    assert.equal(json.null, response.to_json(answer).description)
  end)

  it("refuses to do nothing, and to read nothing", function()
    local manager = VisionManager.new { provider = provider "a" }
    local answer, err = manager:analyze {
      image = picture(), include_description = false, include_ocr = false,
    }
    assert.is_false(answer.success)
    assert.equal("INPUT_ERROR", answer.code)
    assert.equal("INPUT_ERROR", err.code)
    assert.equal("INPUT_ERROR", manager:analyze({}).code)
    assert.equal("INPUT_ERROR", manager:analyze({ image_base64 = "not*base64" }).code)
  end)

  it("refuses what it does not know, rather than leaving it undone", function()
    local a = provider "a"
    local manager = VisionManager.new { provider = a }
    local answer = manager:analyze { image = picture(), includ_ocr = false }
    assert.equal("invalid_option", answer.reason)
    assert.is_truthy(answer.error:find("include_ocr", 1, true), answer.error)
    answer = manager:analyze { image = picture(), include_description = "no", provider = a }
    assert.equal("INPUT_ERROR", answer.code)
    assert.is_nil(answer.provider)
    assert.equal(0, a.calls)
  end)

  it("passes on what concerns the provider, and nothing else", function()
    local a = provider "a"
    VisionManager.new({ provider = a }):analyze {
      image = picture(), include_ocr = false, prompt = "general", variables = { x = "y" },
      pages = { 2 }, dpi = 150, ocr_provider = "auto", timeout_seconds = 5,
    }
    assert.same({ prompt = "general", variables = { x = "y" }, pages = { 2 }, dpi = 150,
      timeout_seconds = 5 }, a.options)
  end)

  it("answers a failure of the provider with who failed", function()
    local failing = provider("a", { err = errors.new("overloaded", "busy", { provider = "a" }) })
    local answer, err = VisionManager.new({ provider = failing, reader = reader(ONE_WORD) })
      :analyze { image = picture() }
    assert.is_false(answer.success)
    assert.equal("a", answer.provider)
    assert.equal("EXTERNAL_SERVICE_ERROR", answer.code)
    assert.equal("overloaded", err.reason)
  end)

  it("gives the description with a warning where only OCR failed", function()
    local answer = VisionManager.new({
      provider = provider "a",
      reader = reader(nil, errors.new("missing_library", "no reader")),
    }):analyze { image = picture() }
    assert.is_true(answer.success)
    assert.is_nil(answer.ocr)
    assert.same({ "no OCR: no reader" }, answer.warnings)
  end)

  it("keeps the deadline of the whole analysis", function()
    local answer, err = VisionManager.new({ provider = provider("a", { seconds = 60 }) })
      :analyze { image = picture(), include_ocr = false, timeout_seconds = 0.01 }
    assert.is_false(answer.success)
    assert.equal("timeout", err.reason)
    assert.equal("a", answer.provider)
  end)

  it("tells at the deadline what had failed until then", function()
    local busy = provider("a", { err = errors.new("overloaded", "busy", { provider = "a" }) })
    for _, settings in ipairs { {}, { cache = true } } do
      settings.provider = busy
      settings.retry = { base_delay = 60, jitter = "none", max_delay = 60 }
      local answer = VisionManager.new({ provider = assert(stack.stack(settings)) })
        :analyze { image = picture(), include_ocr = false, timeout_seconds = 0.1 }
      assert.same({ "timeout", "not finished within 0.1 s; before that: busy" },
        { answer.reason, answer.error })
      assert.same({ "overloaded", 60 }, { answer.trail[1].reason, answer.trail[1].waited })
    end
  end)

  it("lets work in flight end with the provider it began with", function()
    local manager = VisionManager.new { provider = provider("slow", { seconds = 0.02 }) }
    local flight = task.spawn(function()
      return manager:analyze { image = picture(), include_ocr = false }
    end)
    local switch = task.spawn(function()
      task.sleep(0.001)
      assert(manager:switch_provider(provider "quick"))
      return manager:analyze { image = picture(), include_ocr = false }
    end)
    assert.equal("by slow", flight:join().description.summary)
    assert.equal("by quick", switch:join().description.summary)
  end)

  it("says what is wrong with a request that is none", function()
    local manager = VisionManager.new { provider = provider "a" }
    assert.truthy(manager:analyze(nil).error:find "pass image or image_base64")
    for _, wrong in ipairs { 5, "flange.pdf" } do
      local answer, err = manager:analyze(wrong)
      assert.same({ false, "invalid_option" }, { answer.success, err.reason })
      assert.truthy(answer.error:find "must be a table")
    end
  end)

  it("keeps the old provider where the new one cannot be had", function()
    local manager = VisionManager.new { provider = provider "a" }
    local ok, err = manager:switch_provider "nobody"
    assert.is_nil(ok)
    assert.equal("invalid_option", err.reason)
    assert.equal("a", manager:current_provider().name)
  end)

  it("asks another provider for one request", function()
    local manager = VisionManager.new { provider = provider "a" }
    local answer = manager:analyze { image = picture(), include_ocr = false, provider = "stub" }
    assert.equal("stub", answer.provider)
    assert.equal("a", manager:analyze({ image = picture(), include_ocr = false }).provider)
  end)

  local function streaming(events)
    local self = provider "s"
    function self.analyze_image_stream()
      local i = 0
      return function()
        i = i + 1
        return events[i]
      end
    end
    return self
  end

  it("hands on the events of a stream and answers with its end", function()
    local seen = {}
    local answer = VisionManager.new({ provider = streaming {
      { event_type = "start", data = {} },
      { event_type = "partial", data = { text = "A fl" } },
      { event_type = "complete", data = { result = { summary = "A flange", provider = "s" } } },
    } }):analyze {
      image = picture(), include_ocr = false,
      on_event = function(event) seen[#seen + 1] = event.event_type end,
    }
    assert.same({ "start", "partial", "complete" }, seen)
    assert.equal("A flange", answer.description.summary)
  end)

  it("takes a stream without an end for a failure", function()
    local answer = VisionManager.new({ provider = streaming {
      { event_type = "partial", data = { text = "A fl" } },
    } }):analyze { image = picture(), include_ocr = false, on_event = function() end }
    assert.is_false(answer.success)
    assert.equal("cut_stream", answer.reason)
  end)

  it("says how it is and whom it knows", function()
    local manager = VisionManager.new { provider = provider "a", reader = reader(ONE_WORD) }
    assert.same({ status = "healthy", provider = "a", ocr_enabled = true }, manager:health())
    local known = manager:providers()
    assert.equal("a", known.current_provider)
    assert.same({ available = true, requires_key = false }, known.providers.stub)
    assert.is_boolean(known.providers.openai.key_set)
  end)

  it("still knows whom there is where none of them reads, and says why", function()
    local known, err = VisionManager.new({ provider = "nobody" }):providers()
    assert.is_nil(known.current_provider)
    assert.is_table(known.providers.stub)
    assert.equal("invalid_option", err.reason)
  end)

  it("is one in the process where vision.manager() is asked for it", function()
    local manager = require("vision.manager").manager
    assert.equal(manager(), manager())
  end)
end)
