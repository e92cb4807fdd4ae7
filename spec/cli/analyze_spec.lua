-- SPDX-License-Identifier: MIT
local errors = require "vision.base.error"
local http = require "vision.base.http"
local json = require "vision.base.json"
local picture_file = require "spec.support.picture_file"
local providers = require "vision.providers"
local response = require "vision.response"
local run = require("spec.support.command_line").run
local VisionManager = require("vision.manager").VisionManager

-- A manager that keeps what it was asked and answers with what `fields` says.
local function manager(fields)
  fields = fields or {}
  local fake = { requests = {} }
  function fake.analyze(_, request)
    fake.requests[#fake.requests + 1] = request
    if request.on_event then
      for _, event in ipairs(fields.events or {}) do
        request.on_event(event)
      end
    end
    if fields.err then return response.failure(fields.err, "fake", 1), fields.err end
    return response.success({
      summary = "A part", details = {}, confidence = 0.5, provider = "fake", schema = 1,
      drawing = {
        title_block = {}, notes = {}, missing = {}, pages = 1,
        sheets = fields.sheets or { { page = 1, width = 10, height = 10, dpi = 200 } },
        callouts = { { type = "diameter", text = "Ø8", nominal = 8, page = 1, confidence = 0.9,
          box = { 1, 2, 3, 4 } } },
      },
    }, nil, 12)
  end
  return fake
end

local function lines_of(text)
  local lines = {}
  for line in text:gmatch "[^\n]+" do
    lines[#lines + 1] = line
  end
  return lines
end

describe("vision analyze", function()
  after_each(function()
    picture_file.clean()
    http.local_only = false
  end)

  it("shows a block for each file", function()
    local a, b = picture_file.new(), picture_file.new()
    local code, out, err = run({ "analyze", a, b }, { manager = manager() })
    assert.equal(0, code)
    assert.equal("", err)
    local _, blocks = out:gsub(" %- read by fake in 12 ms\nA part\n", "")
    assert.equal(2, blocks)
    assert.truthy(out:find("Confidence: 50 %\n\n" .. b, 1, true))
  end)

  it("gives one JSON object a line, for files that fail too, and ends with 1", function()
    local good, bad = picture_file.new(), "/nowhere/flange.pdf"
    local code, out, err = run({ "analyze", "--json", bad, good }, { manager = manager() })
    assert.equal(1, code)
    local lines = lines_of(out)
    assert.equal(2, #lines)
    local first, second = assert(json.decode(lines[1])), assert(json.decode(lines[2]))
    assert.same({ false, "not_found", "INPUT_ERROR", bad },
      { first.success, first.reason, first.code, first.file })
    assert.same({ true, good, "A part" },
      { second.success, second.file, second.description.summary })
    for _, key in ipairs(response.FIELDS) do
      assert.truthy(lines[1]:find('"' .. key .. '":', 1, true), key)
      assert.truthy(lines[2]:find('"' .. key .. '":', 1, true), key)
    end
    assert.truthy(err:find "^vision: [^\n]*/nowhere/flange%.pdf[^\n]*\n$")
  end)

  it("keeps the name of a file from steering the terminal", function()
    local _, _, err = run({ "analyze", "/nowhere/\27[2J\nx" }, { manager = manager() })
    assert.truthy(err:find "^vision: [^%c]+\n$")
  end)

  it("says in one line what failed and reads the rest", function()
    local busy = errors.new("overloaded", "busy; try later", { provider = "fake" })
    local code, out, err = run({ "analyze", picture_file.new() },
      { manager = manager { err = busy } })
    assert.equal(1, code)
    assert.equal("", out)
    assert.truthy(err:find ": busy; try later\n$")
  end)

  it("hands on what was asked for", function()
    local fake = manager()
    local _, _, _, options = run({
      "analyze", "--provider", "openai", "--model", "m", "--prompt", "general", "--var", "a=1",
      "--var", "b=x=y", "--tile", "--pages", "3,1-2", "--dpi", "150", "--ocr",
      "--no-text-layer", picture_file.new(),
    }, { manager = fake })
    local request = fake.requests[1]
    assert.equal("openai", options.provider)
    assert.same({ model = "m", tile = true }, options.provider_options)
    assert.equal("general", request.prompt)
    assert.same({ a = "1", b = "x=y" }, request.variables)
    assert.same({ 1, 2, 3 }, request.pages)
    assert.equal(150, request.dpi)
    assert.is_true(request.include_ocr)
    assert.is_true(request.no_text_layer)
    assert.equal("png", request.image:type())
  end)

  it("leaves alone what was not asked for", function()
    local fake = manager()
    run({ "analyze", picture_file.new() }, { manager = fake })
    local request = fake.requests[1]
    assert.is_false(request.include_ocr)
    for _, name in ipairs { "prompt", "variables", "pages", "dpi", "no_text_layer", "on_event" } do
      assert.is_nil(request[name], name)
    end
  end)

  it("shows which page is read on a terminal, and takes that away for what a model says", function()
    local fake = manager { events = { { event_type = "partial", data = { text = "A part" } } } }
    local analyze = fake.analyze
    function fake.analyze(self, request)
      request.on_progress(1, 3)
      return analyze(self, request)
    end
    local _, _, err = run({ "analyze", "--stream", picture_file.new() },
      { manager = fake, terminal = { is_terminal = true, colour = false, width = 80 } })
    assert.truthy(err:find "%[1/1, page 2 of 3, about 1 s left%] reading [^\n]+\r\27%[KA part", err)
  end)

  it("forbids the network for the whole process", function()
    local fake = manager()
    run({ "analyze", picture_file.new() }, { manager = fake })
    assert.is_false(http.local_only)
    run({ "analyze", "--local-only", picture_file.new() }, { manager = fake })
    assert.is_true(http.local_only)
    assert.is_true(fake.requests[2].local_only)
  end)

  it("gives a file up at its deadline", function()
    local slow = providers.create_vision_provider("stub", { latency_seconds = 60 })
    local code, out, err = run({ "analyze", "--json", "--timeout", "0.2", picture_file.new() },
      { manager = VisionManager.new { provider = slow } })
    assert.equal(1, code)
    assert.equal("timeout", json.decode(out).reason)
    assert.matches("not finished within 0%.2 s", err)
  end)

  it("shows on stderr what a model says, and the answer on stdout", function()
    local code, out, err = run({ "analyze", "--stream", "--json", picture_file.new() }, {
      manager = manager { events = {
        { event_type = "start", data = {} },
        { event_type = "partial", data = { text = "A pa" } },
        { event_type = "partial", data = { text = "rt\27[2J" } },
        { event_type = "complete", data = {} },
      } },
    })
    assert.equal(0, code)
    assert.equal("A part [2J\n", err)
    assert.equal("A part", json.decode(out).description.summary)
  end)

  it("prints the call-outs as CSV, with one head for all files", function()
    local one = picture_file.new()
    local _, out = run({ "analyze", "--csv", one }, { manager = manager() })
    local lines = lines_of(out)
    assert.equal(2, #lines)
    assert.truthy(lines[2]:find("Ø8", 1, true))
    assert.is_nil(out:find(one, 1, true))
    _, out = run({ "analyze", "--csv", one, picture_file.new() }, { manager = manager() })
    lines = lines_of(out)
    assert.equal(3, #lines)
    assert.truthy(lines[2]:find(one, 1, true))
  end)

  it("writes the overlay", function()
    local target = os.tmpname()
    for ending, start in pairs { [".svg"] = "^<%?xml", [".png"] = "^\137PNG" } do
      assert.equal(0, (run({ "analyze", "--overlay", target .. ending, picture_file.new() },
        { manager = manager() })))
      local file = assert(io.open(target .. ending, "rb"))
      assert.truthy(file:read "*a":find(start))
      file:close()
      os.remove(target .. ending)
    end
    os.remove(target)
  end)

  it("asks nobody where the overlay has no folder to go to", function()
    local fake = manager()
    local code, _, err = run({ "analyze", "--overlay", "/nowhere/o.svg", picture_file.new() },
      { manager = fake })
    assert.same({ 2, 0 }, { code, #fake.requests })
    assert.truthy(err:find("cannot write /nowhere/o.svg: there is no such folder", 1, true))
  end)

  it("says that an overlay could not be written", function()
    local folder = os.tmpname()
    os.remove(folder)
    assert(os.execute("mkdir -p " .. folder .. "/o.svg"))
    local code, _, err = run({ "analyze", "--overlay", folder .. "/o.svg", picture_file.new() },
      { manager = manager() })
    os.execute("rm -r " .. folder)
    assert.equal(1, code)
    assert.truthy(err:find("^vision: [^\n]*/o%.svg[^\n]*\n$"))
  end)

  it("writes a picture for each page that was read", function()
    local target = os.tmpname()
    local sheet = { page = 1, width = 10, height = 10, dpi = 200, summary = "", title_block = {} }
    local sheets = { sheet, sheet }
    local code, _, err = run({ "analyze", "--overlay", target .. ".svg", picture_file.new() },
      { manager = manager { sheets = sheets } })
    assert.same({ 0, "" }, { code, err })
    assert.is_true(os.remove(target .. ".svg"))
    assert.is_true(os.remove(target .. "-1.svg"))
    os.remove(target)
  end)

  it("draws no overlay of another kind", function()
    local code, _, err = run({ "analyze", "--overlay", "seen.gif", picture_file.new() },
      { manager = manager() })
    assert.equal(2, code)
    assert.truthy(err:find("FILE.svg or FILE.png, not 'seen.gif'", 1, true))
  end)

  it("shows progress on a terminal only, and takes it away again", function()
    local screen = { is_terminal = true, colour = false, width = 80 }
    local path = picture_file.new()
    local _, out, err = run({ "analyze", path }, { manager = manager(), terminal = screen })
    assert.equal("\r\27[K[1/1] reading " .. path .. "\r\27[K", err)
    assert.is_nil(out:find "\27")
  end)
end)
