-- SPDX-License-Identifier: MIT
local core = require "vision.core"
local json = require "vision.base.json"
local pictures = require "spec.support.pictures"

-- Stored, not compressed: base64 of more than the threshold.
local PNG = pictures.png(80, 60, function(x, y) return x, y, 0 end)
local TEXT = core.base64_encode(PNG)

local function lift(text, step, options)
  local l = assert(core.json_lift(options))
  for from = 1, #text, step or #text do
    local ok, err = l:feed(text:sub(from, from + (step or #text) - 1))
    if not ok then return nil, err end
  end
  local left, images = l:finish()
  return left, images, l:mark()
end

describe("core.json_lift", function()
  it("has a picture of the right size to try with", function()
    assert.is_true(#TEXT > 4096)
  end)

  it("cuts pictures out and leaves placeholders", function()
    local body = json.encode {
      image = "data:image/png;base64," .. TEXT,
      plain = TEXT,
      list = json.array {},
      text = "Ø 20 \"quoted\"",
    }
    local left, images, mark = lift(body, 1000)
    assert.equal(2, #images)
    assert.is_true(#left < 300)
    local decoded = assert(json.decode(left))
    assert.equal("Ø 20 \"quoted\"", decoded.text)
    local prefix, number = decoded.image:match("^(.-)" .. mark:gsub("%-", "%%-") .. "(%d+)$")
    assert.equal("data:image/png;base64,", prefix)
    assert.equal(PNG, images[tonumber(number)]:bytes())
    assert.equal(mark, decoded.plain:sub(1, #mark))
    assert.equal(PNG, images[tonumber(decoded.plain:sub(#mark + 1))]:bytes())
  end)

  it("undoes escapes, however the text is cut", function()
    local escaped = TEXT:gsub("/", "\\/"):gsub("A", "\\u0041"):gsub(("."):rep(76), "%0\\n", 0)
    local body = '["' .. escaped .. '"]'
    for _, step in ipairs { 1, 7, 64, 4095, 4096, 4097, #body } do
      local left, images, mark = lift(body, step)
      assert.equal('["' .. mark .. '1"]', left)
      assert.equal(PNG, images[1]:bytes())
    end
  end)

  it("leaves alone what is no picture", function()
    local body = json.encode { prose = ("word "):rep(2000), hex = ("ab12"):rep(3000) }
    local left, images = lift(body, 999)
    assert.equal(body, left)
    assert.same({}, images)
  end)

  it("draws a new mark for each text", function()
    assert.not_equal(core.json_lift():mark(), core.json_lift():mark())
    assert.matches("^lift%-%x+%-$", core.json_lift():mark())
  end)

  it("says where a picture is spoilt, and goes on saying it", function()
    local body = '{"image":"' .. TEXT:sub(1, 5000) .. "!" .. TEXT:sub(5002) .. '"}'
    local l = core.json_lift()
    for _ = 1, 2 do
      local ok, err = l:feed(body)
      assert.is_nil(ok)
      assert.equal("invalid_base64", err.reason)
      assert.matches("byte 5011$", err.message)
    end
    local left, err = l:finish()
    assert.is_nil(left)
    assert.equal("invalid_base64", err.reason)
  end)

  it("bounds the text", function()
    local _, err = lift("[1,2,3]", 2, { maximum = 6 })
    assert.equal("too_large", err.reason)
    assert.equal("[1,2,3]", (lift("[1,2,3]", 2, { maximum = 7 })))
  end)

  it("tells a text that ends in the middle", function()
    local _, err = lift('{"a":[1', 3)
    assert.equal("invalid_json", err.reason)
  end)

  it("gives images that outlive it, and dies with pictures under way", function()
    for _ = 1, 10 do
      local l = core.json_lift()
      l:feed('["' .. TEXT .. '"]')
      local _, images = l:finish()
      l:close()
      l:close()
      assert.has_error(function() l:feed "x" end)
      collectgarbage()
      assert.equal(PNG, images[1]:bytes())
      l = core.json_lift()
      l:feed('["' .. TEXT:sub(1, 5000))
      l = nil -- luacheck: ignore
      collectgarbage()
    end
  end)

  it("throws on options out of range", function()
    assert.has_error(function() core.json_lift { threshold = 1 } end)
    assert.has_error(function() core.json_lift { maximum = "much" } end)
  end)
end)
