-- SPDX-License-Identifier: MIT
local command = require "spec.support.command"
local core = require "vision.core"
local pictures = require "spec.support.pictures"

local PNG = pictures.png(3, 2, function(x, y) return x, y, 0 end)

-- Waits for one operation of the core without a scheduler.
local function wait(reading)
  local loop = core.loop()
  while not reading:done() do
    assert.is_true(loop:wait())
    loop:next()
  end
  return reading
end

local function with_file(content, body)
  local path = os.tmpname()
  local file = assert(io.open(path, "wb"))
  file:write(content)
  file:close()
  local ok, err = pcall(body, path)
  os.remove(path)
  if not ok then error(err, 0) end
end

local function refused(reason, image, err)
  assert.is_nil(image)
  assert.equal(reason, err.reason)
  return err.message
end

describe("core.image", function()
  it("says what the header and the bytes say", function()
    local image = assert(core.image_from_bytes(PNG))
    assert.equal("png", image:type())
    assert.equal("image/png", image:media_type())
    assert.equal(3, image:width())
    assert.equal(2, image:height())
    assert.equal(1, image:pages())
    assert.equal(1, image:orientation())
    assert.is_false(image:animated())
    assert.is_false(image:transparent())
    assert.equal(#PNG, image:size())
    assert.equal(core.sha256(PNG), image:sha256())
    assert.equal(PNG, image:bytes())
    assert.equal(core.base64_encode(PNG), image:base64())
  end)

  it("leaves pixels and pages of a PDF to its reader", function()
    local image = assert(core.image_from_bytes("%PDF-1.7\n"))
    assert.equal("pdf", image:type())
    assert.is_nil(image:width())
    assert.is_nil(image:height())
    assert.is_nil(image:pages())
  end)

  it("shows no bytes in its text", function()
    local image = assert(core.image_from_bytes(PNG))
    assert.equal(("vision.image: png 3 x 2, %d bytes"):format(#PNG), tostring(image))
  end)

  it("is known from other values", function()
    assert.is_true(core.is_image(core.image_from_bytes(PNG)))
    for _, value in ipairs { "text", 1, {}, core.json_lift(), io.stdout } do
      assert.is_false(core.is_image(value))
    end
  end)

  it("is closed any number of times, and then misused", function()
    local image = core.image_from_bytes(PNG)
    image:close()
    image:close()
    assert.has_error(function() image:width() end)
    assert.equal("vision.image: closed", tostring(image))
    assert.is_false(core.is_image(image))
  end)

  it("lets the collector know of the bytes that hang on a handle", function()
    -- In a process of its own: what other specs leave behind sets the collector's pace.
    local growth = tonumber(command.script [[
      local core = require "vision.core"
      local pictures = require "spec.support.pictures"
      local function resident_mb()
        return io.open("/proc/self/status"):read "*a":match "VmRSS:%s+(%d+)" / 1024
      end
      local png = pictures.png(3, 2, function() return 0, 0, 0 end)
      local large = png .. ("\0"):rep(4 * 2 ^ 20) -- what follows the end of a PNG is nobody's
      local before = resident_mb()
      for _ = 1, 200 do
        assert(core.image_from_bytes(large))
      end
      print(resident_mb() - before)
    ]])
    assert.is_true(growth < 500, growth .. " of 800 MB are still there") -- sanitizers hold some
  end)

  it("refuses bytes that are no picture", function()
    refused("empty", core.image_from_bytes(""))
    refused("unsupported_format", core.image_from_bytes("hello"))
    refused("truncated_image", core.image_from_bytes(PNG:sub(1, 40)))
    refused("invalid_image", core.image_from_bytes((PNG:gsub("IHDR%z%z%z\3", "IHDR\0\0\0\0"))))
  end)

  it("throws on what is no text at all", function()
    assert.has_error(function() core.image_from_bytes(nil) end)
    assert.has_error(function() core.image_from_bytes(12) end)
    assert.has_error(function() core.image_from_base64({}) end)
    assert.has_error(function() core.image_read(PNG .. "\0", nil) end)
    assert.has_error(function() core.image_read("x", 0) end)
    local image = core.image_from_bytes(PNG)
    assert.has_error(function() image.width(io.stdout) end)
  end)
end)

describe("core.image_from_base64", function()
  local text = core.base64_encode(PNG)

  it("takes plain text, line breaks and the prefix of a data URL", function()
    local lines = text:gsub(("."):rep(20), "%0\r\n")
    for _, given in ipairs { text, lines, "data:image/png;base64," .. text } do
      assert.equal(PNG, assert(core.image_from_base64(given)):bytes())
    end
  end)

  it("names the character that cannot be there", function()
    local spoilt = text:sub(1, 9) .. "?" .. text:sub(11)
    assert.matches("character 10$", refused("invalid_base64", core.image_from_base64(spoilt)))
    spoilt = "data:image/png;base64," .. spoilt
    assert.matches("character 32$", refused("invalid_base64", core.image_from_base64(spoilt)))
    refused("invalid_base64", core.image_from_base64(text:sub(1, -2)))
  end)
end)

describe("core.image_read", function()
  it("reads a file by its content, not by its name", function()
    with_file(PNG, function(path)
      local reading = assert(core.image_read(path))
      assert.is_true(reading:id() > 0)
      assert.equal(PNG, assert(wait(reading):result()):bytes())
      reading:close()
      reading:close()
      assert.equal(0, reading:id())
    end)
  end)

  it("says nothing before it is done", function()
    with_file(PNG, function(path)
      local reading = assert(core.image_read(path))
      assert.equal(0, select("#", reading:result())) -- no step of the loop, so no news
      wait(reading)
    end)
  end)

  it("says what is wrong with a file, and with which", function()
    local function read(path, maximum)
      return wait(assert(core.image_read(path, maximum))):result()
    end
    assert.equal("no such file: /nowhere/x.png", refused("not_found", read "/nowhere/x.png"))
    assert.matches("name a file in it", refused("is_directory", read "/tmp"))
    refused("unreadable", read "/dev/null")
    with_file("", function(path) refused("empty", read(path)) end)
    with_file("<svg>", function(path)
      local message = refused("unsupported_format", read(path))
      assert.equal(path, message:sub(1, #path))
      assert.matches("SVG drawing; export it as PDF or PNG$", message)
    end)
    with_file(PNG, function(path) refused("too_large", read(path, #PNG - 1)) end)
  end)

  it("ends when it is cancelled", function()
    with_file(PNG, function(path)
      local reading = assert(core.image_read(path))
      reading:cancel()
      assert.is_true(reading:done())
      refused("cancelled", reading:result())
      local other = assert(core.image_read(path))
      wait(other)
      other:cancel() -- too late
      assert.equal(PNG, assert(other:result()):bytes())
    end)
  end)

  it("may be dropped, before or after its image", function()
    with_file(PNG, function(path)
      local first, again = {}, {}
      for i = 1, 20 do
        assert(core.image_read(path))
        local reading = wait(assert(core.image_read(path)))
        first[i], again[i] = reading:result(), reading:result()
      end
      collectgarbage()
      collectgarbage()
      for i = 1, 20 do assert.equal(PNG, first[i]:bytes()) end
      first = nil -- luacheck: ignore
      collectgarbage()
      for i = 1, 20 do assert.equal(PNG, again[i]:bytes()) end
    end)
  end)
end)
