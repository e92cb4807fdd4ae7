-- SPDX-License-Identifier: MIT
local core = require "vision.core"
local errors = require "vision.base.error"
local picture = require "vision.server.picture"
local pictures = require "spec.support.pictures"

describe("vision.server.picture", function()
  local PNG = pictures.png(40, 30, function() return 200 end)

  local function read(answer, err)
    local image, seen = core.image_from_bytes(PNG), nil
    local got, failure = picture.read({ analyze = function(_, asked)
      seen = asked.image:bytes()
      return answer, err
    end }, { image = image })
    assert.equal(PNG, seen)
    return image, got, failure
  end

  it("gives the bytes of a picture back with the answer, not with the collector", function()
    local answer = { success = true }
    local image, got = read(answer)
    assert.equal(answer, got)
    assert.has_error(function() image:bytes() end, nil)
  end)

  it("leaves a picture to others who may still wait where it was not read", function()
    local answer, err = { success = false }, errors.new("timeout", "too slow")
    local image, got, failure = read(answer, err)
    assert.same({ answer, err }, { got, failure })
    assert.equal(PNG, image:bytes())
  end)
end)
