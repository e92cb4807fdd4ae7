-- SPDX-License-Identifier: MIT
-- The real command in its own process: bad input of every kind, servers that misbehave, Ctrl-C.
-- Each must end soon, with one clear line on stderr, the whole answer on stdout, and its exit code.

local command = require "spec.support.command"
local http_server = require "spec.support.http_server"
local json = require "vision.base.json"
local mock_provider = require "spec.support.mock_provider"
local pdf = require "spec.support.pdf"
local picture_file = require "spec.support.picture_file"
local pictures = require "spec.support.pictures"

local function sh(line)
  local pipe = assert(io.popen(line))
  local text = pipe:read "*a"
  pipe:close()
  return text
end

-- Runs `vision ARGUMENTS`, which must fail for this reason, in one line that matches.
local function assert_fails(reason, pattern, arguments, options)
  table.insert(arguments, 2, "--json")
  local status, out, err = command.run(arguments, options)
  assert.equal(1, status, err)
  assert.truthy(err:find "^vision: [^\n]+\n$", err)
  assert.truthy(err:find(pattern), err)
  local answer = assert(json.decode(out))
  assert.is_false(answer.success)
  assert.equal(reason, answer.reason)
  local file = arguments[#arguments]
  if file:find "/" then assert.truthy(answer.error:find(file, 1, true), answer.error) end
  assert.is_string(answer.code)
  return answer, err
end

local function white() return 255, 255, 255 end

describe("the command, given", function()
  after_each(picture_file.clean)

  local function refuses(reason, pattern, bytes)
    return assert_fails(reason, pattern, { "ocr", bytes and picture_file.new(bytes) })
  end

  it("no such file", function()
    assert_fails("not_found", "/nowhere/flange%.pdf", { "analyze", "/nowhere/flange.pdf" })
  end)

  it("a directory", function()
    assert_fails("is_directory", "directory", { "analyze", "spec" })
  end)

  it("an empty file", function()
    refuses("empty", "empty", "")
  end)

  it("text named .png", function()
    local path = picture_file.new "M8 x 1,25 is no picture\n"
    os.rename(path, path .. ".png")
    assert_fails("unsupported_format", "text", { "ocr", path .. ".png" })
    os.remove(path .. ".png")
  end)

  it("a PNG cut in the middle", function()
    local png = pictures.png(200, 200, white)
    refuses("truncated_image", "cut", png:sub(1, math.floor(#png / 2)))
  end)

  it("a picture of one pixel", function()
    local status, out, err = command.run { "ocr", "--json", picture_file.new() }
    assert.equal("", err)
    assert.equal(0, status)
    assert.same({}, json.decode(out).ocr.words)
  end)

  it("a picture of 60 000 by 60 000 pixels", function()
    refuses("too_large", "60000", pictures.png_of(60000, 60000, 0, ""))
  end)

  it("a bomb of 10 GB in a file of less than 1 MB", function()
    local path = picture_file.new ""
    sh(([[python3 -c '
import struct, zlib
def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
packer = zlib.compressobj(1)
rows = b"".join(packer.compress(bytes(10**7)) for _ in range(10)) # the first of 1000 pieces
open("%s", "wb").write(b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 100000, 100000, 8, 0, 0, 0, 0)) +  chunk(b"IDAT", rows)
    + chunk(b"IEND", b""))
']]):format(path))
    assert_fails("too_large", "100000", { "ocr", path })
  end)

  it("no standard output, nor input, to use", function()
    local line = "LUA_PATH='%s' LUA_CPATH='%s' %s bin/vision.lua ocr %s 2>&1 <&- >&-; echo $?"
    local said = sh(line:format(package.path, package.cpath, command.INTERPRETER,
      picture_file.new()))
    assert.equal("vision: cannot write the output: Bad file descriptor\n1\n", said)
  end)

  it("an encrypted PDF", function()
    assert_fails("encrypted", "password", { "ocr", "spec/fixtures/encrypted.pdf" })
  end)

  it("a PDF of 500 pages: it reads the first, says so, and takes no more than 50", function()
    local sheets = {}
    for i = 1, 500 do
      sheets[i] = {
        width = 300, height = 200, texts = { { text = "Sheet " .. i, x = 50, y = 50 } },
      }
    end
    local path = picture_file.new(pdf.write(sheets))
    local status, out, err = command.run { "ocr", path }
    assert.same({ 0, "Sheet 1\n" }, { status, out })
    assert.truthy(err:find("500 pages", 1, true) and err:find("--pages", 1, true))
    for _, name in ipairs { "analyze", "ocr" } do
      _, out = command.run { name, "--json", path }
      assert.truthy(json.decode(out).warnings[1]:find("500 pages", 1, true))
      assert_fails("too_many_pages", "at most 50", { name, "--pages", "1-51", path })
    end
    status, out, err = command.run { "ocr", "--pages", "499", path }
    assert.same({ 0, "Sheet 499\n", "" }, { status, out, err })
  end)

  it("a file of 200 MB", function()
    local path = picture_file.new(picture_file.PNG)
    sh("truncate -s 200M " .. path)
    assert_fails("too_large", "128 MiB", { "ocr", path })
  end)

  it("nothing on standard input", function()
    assert_fails("empty", "standard input", { "ocr", "-" })
    local status, _, err = command.run { "compare", "--providers", "local,stub", "-" }
    assert.same({ 1, "vision: standard input: the image is empty: 0 bytes\n" }, { status, err })
  end)

  it("a picture on standard input", function()
    local status, out, err = command.run({ "ocr", "--json", "-" }, { input = picture_file.new() })
    assert.same({ 0, "" }, { status, err })
    assert.equal("-", json.decode(out).file)
  end)

  it("a prompt file with a mistake in it", function()
    local folder = os.tmpname()
    os.remove(folder)
    sh(("mkdir -p %s/prompts && echo 'return { system_prompt = ' >%s/prompts/mine.lua")
      :format(folder, folder))
    local _, err = assert_fails("script", "mine%.lua:%d+: ", {
      "analyze", "--provider", "openai", "--prompt", "mine", picture_file.new(),
    }, { environment = { VISION_SCRIPTS = folder, OPENAI_API_KEY = "k" } })
    assert.is_nil(err:find "traceback")
    sh("rm -r " .. folder)
  end)

  it("a key with a line break, which it does not repeat", function()
    local answer, err = assert_fails("invalid_option", "line break", {
      "analyze", "--provider", "openai", picture_file.new(),
    }, { environment = { OPENAI_API_KEY = "sk-secret\nX-Injected: yes" } })
    assert.is_nil((err .. answer.error):find "secret")
  end)

  it("no key for a provider that needs one", function()
    assert_fails("missing_key", "OPENAI_API_KEY",
      { "analyze", "--provider", "openai", picture_file.new() })
  end)

  it("a base URL that is not one", function()
    local wrong = { "not a url", "ftp://host/v1", "https://user:pass@host/v1", "https://" }
    for _, url in ipairs(wrong) do
      assert_fails("invalid_option", "https://host/path",
        { "analyze", "--provider", "openai", picture_file.new() },
        { environment = { OPENAI_API_KEY = "k", OPENAI_BASE_URL = url } })
    end
  end)

  it("a forbidden network and no provider: it reads here, whatever keys there are", function()
    local path = picture_file.new()
    for _, case in ipairs {
      { { "analyze", "--json", "--local-only", path }, {} },
      { { "analyze", "--json", path }, { VISION_LOCAL_ONLY = "1" } },
    } do
      case[2].OPENAI_API_KEY = "k"
      local status, out, err = command.run(case[1], { environment = case[2] })
      assert.same({ 0, "" }, { status, err })
      assert.equal("local", json.decode(out).provider)
    end
  end)

  it("a forbidden network and a provider that needs it", function()
    assert_fails("local_only", "local", {
      "analyze", "--provider", "openai", "--local-only", picture_file.new(),
    }, { environment = { OPENAI_API_KEY = "k", OPENAI_BASE_URL = "http://127.0.0.1:9/v1" } })
  end)
end)

describe("the command, asking", function()
  local server

  setup(function() server = http_server.start() end)

  teardown(function()
    server:stop()
    picture_file.clean()
  end)

  local function asks(reason, pattern, url, more, environment)
    local arguments = { "analyze", "--provider", "openai", picture_file.new() }
    for _, word in ipairs(more or {}) do
      table.insert(arguments, 2, word)
    end
    local given = { OPENAI_API_KEY = "sk-secret", OPENAI_BASE_URL = url }
    for name, value in pairs(environment or {}) do
      given[name] = value
    end
    local answer, err = assert_fails(reason, pattern, arguments, { environment = given })
    assert.equal("openai", answer.provider)
    assert.equal("EXTERNAL_SERVICE_ERROR", answer.code)
    assert.is_nil((err .. answer.error):find "secret")
    return answer
  end

  it("a host that never answers", function()
    local answer = asks("timeout", "0%.5 s", server.url .. "/silent", { "0.5", "--timeout" })
    assert.is_true(answer.processing_time_ms < 5000)
  end)

  it("a host that never finishes to connect", function()
    asks("timeout", "0%.5 s", server.deaf .. "/v1", { "0.5", "--timeout" })
  end)

  it("a port where nobody listens", function()
    asks("refused_connection", "refuses", "http://127.0.0.1:1/v1")
  end)

  it("a host whose certificate is another's", function()
    asks("tls", "certificate", server.secure .. "/echo", {}, {
      SSL_CERT_FILE = server.certificate, CURL_CA_BUNDLE = server.certificate,
    })
  end)

  it("one that sends 1 GB", function()
    asks("response_too_large", "16", server.url .. "/announced")
    asks("response_too_large", "16", server.url .. "/endless")
  end)

  it("one that redirects, which is not followed with a key", function()
    local answer = asks("redirect", "redirect", server.url .. "/redirect")
    assert.is_nil(answer.error:find "hidden")
  end)

  it("one that hangs up", function()
    asks("network", ".", server.url .. "/close")
  end)
end)

describe("the command, with a model", function()
  local model

  setup(function() model = mock_provider.start() end)

  teardown(function()
    model:stop()
    picture_file.clean()
  end)

  local function analyze(scenario, ...)
    local arguments = { "analyze", "--provider", "openai", picture_file.new() }
    for _, word in ipairs { ... } do
      table.insert(arguments, 2, word)
    end
    return command.run(arguments, {
      environment = { OPENAI_API_KEY = "sk-secret", OPENAI_BASE_URL = model:base(scenario) },
    })
  end

  it("reads, and says who did", function()
    local status, out, err = analyze "ok"
    assert.same({ 0, "" }, { status, err })
    assert.truthy(out:find("read by openai (mock-1)", 1, true))
    assert.truthy(out:find("4x Ø6,6 +0,1/0", 1, true))
    assert.truthy(out:find("Confidence: 92 %", 1, true))
  end)

  it("shows on stderr what it says, when that is asked", function()
    local status, out, err = analyze("ok", "--stream", "--json")
    assert.equal(0, status)
    assert.truthy(err:find("Flange with four holes", 1, true))
    assert.equal("Flange with four holes", json.decode(out).description.summary)
  end)

  it("fails where it refuses", function()
    local status, out, err = analyze("refusal", "--json")
    assert.equal(1, status)
    assert.equal("refused", json.decode(out).reason)
    assert.truthy(err:find "^vision: [^\n]+: the model refused: [^\n]+\n$")
  end)
end)

-- ---- Ctrl-C ----

local function proc_file(pid, name)
  local file = io.open(("/proc/%d/%s"):format(pid, name))
  local text = file and file:read "*a"
  if file then file:close() end
  return text
end

-- SIGINT has a handler of the process's own.
local function catches_interrupt(pid)
  local caught = (proc_file(pid, "status") or ""):match "SigCgt:%s*%x+(%x)\n"
  return caught and math.floor(tonumber(caught, 16) / 2) % 2 == 1
end

local function has_loop(pid)
  return sh(("ls -l /proc/%d/fd 2>/dev/null"):format(pid)):find("eventpoll", 1, true) ~= nil
end

local function children_of(pid)
  local list = {}
  for child in (proc_file(pid, ("task/%d/children"):format(pid)) or ""):gmatch "%d+" do
    list[#list + 1] = tonumber(child)
  end
  return list
end

local function name_of(pid)
  return (proc_file(pid, "comm") or ""):match "^[^\n]*"
end

local function is_alive(pid)
  local stat = proc_file(pid, "stat")
  return stat ~= nil and not stat:find "%) Z"
end

-- Asks again until the condition gives something, or fails.
local function wait_for(what, condition)
  local deadline = os.time() + 20
  repeat
    local found = condition()
    if found then return found end
  until os.time() > deadline
  error("waited in vain for " .. what)
end

describe("Ctrl-C", function()
  after_each(picture_file.clean)

  it("ends at once with 130, leaves no process behind and says nothing", function()
    local arguments = { "ocr" }
    for i = 2, 30 do
      arguments[i] = "examples/drawings/flange.png"
    end
    local running = command.start(arguments)
    local vision = wait_for("the command", function() return children_of(running.pid)[1] end)
    local reader = wait_for("its reader", function()
      local child = children_of(vision)[1]
      return child and name_of(child) == "vision-reader" and child
    end)
    os.execute("kill -INT " .. vision)
    local status, _, err = command.finish(running)
    assert.same({ 130, "" }, { status, err })
    wait_for("the end of the reader", function() return not is_alive(reader) end)
  end)

  it("ends a wait for standard input", function()
    local fifo = os.tmpname()
    os.remove(fifo)
    sh("mkfifo " .. fifo)
    local writer = io.popen(("exec 3>%s; cat"):format(fifo), "w") -- holds it open, writes nothing
    local running = command.start({ "ocr", "-" }, { input = fifo })
    local vision = wait_for("the command", function() return children_of(running.pid)[1] end)
    wait_for("it to read", function()
      return not catches_interrupt(vision) and has_loop(vision)
    end)
    os.execute("kill -INT " .. vision)
    local status, out = command.finish(running)
    writer:close()
    os.remove(fifo)
    assert.same({ 130, "" }, { status, out })
  end)
end)
