-- SPDX-License-Identifier: MIT
local core = require "vision.core"
local errors = require "vision.base.error"
local images = require "vision.drawing.image"
local pictures = require "spec.support.pictures"
local task = require "vision.base.task"

local PNG = pictures.png(3, 2, function(x, y) return x, y, 0 end)

local function with_file(body)
  local path = os.tmpname()
  local file = assert(io.open(path, "wb"))
  file:write(PNG)
  file:close()
  body(path)
  os.remove(path)
end

local function refused(reason, image, err)
  assert.is_nil(image)
  assert.is_true(errors.is(err, "VisionInputError"))
  assert.equal(reason, err.reason)
end

describe("vision.drawing.image", function()
  it("reads a file outside of tasks and inside", function()
    with_file(function(path)
      assert.equal(PNG, assert(images.image_file(path)):bytes())
      local function read() return images.image_file(path) end
      for _, results in ipairs(task.gather { read, read, read }) do
        assert.equal(PNG, assert(results[1]):bytes())
      end
    end)
  end)

  it("returns whole errors", function()
    refused("not_found", images.image_file "/nowhere/x.png")
    refused("too_large", images.image_file("/proc/self/status", 10))
    refused("truncated_image", images.image_bytes(PNG:sub(1, -5)))
    refused("empty", images.image_bytes "")
    refused("invalid_base64", images.image_base64 "####")
  end)

  it("stops reading with its task", function()
    with_file(function(path)
      local reader = task.spawn(function() return images.image_file(path) end)
      reader:cancel()
      local image, err = reader:join()
      assert.is_nil(image)
      assert.equal("cancelled", err.reason)
    end)
  end)

  it("takes an image or its bytes", function()
    local image = assert(images.image_base64(core.base64_encode(PNG)))
    assert.equal(image, images.of(image))
    assert.equal(image:sha256(), images.of(PNG):sha256())
    refused("unsupported_format", images.of "hello")
  end)

  it("throws on anything else", function()
    for _, wrong in ipairs { 1, {}, io.stdout, true } do
      assert.has_error(function() images.of(wrong) end)
      assert.has_error(function() images.image_file(wrong) end)
      assert.has_error(function() images.image_bytes(wrong) end)
      assert.has_error(function() images.image_base64(wrong) end)
    end
    assert.has_error(function() images.of(nil) end)
  end)
end)
