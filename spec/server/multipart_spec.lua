-- SPDX-License-Identifier: MIT
local multipart = require "vision.server.multipart"
local pictures = require "spec.support.pictures"

local PICTURE = pictures.png(4, 3, function() return 255 end)
local TYPE = "multipart/form-data; boundary=b"

-- What comes of a form that arrives in pieces of so many bytes: the receiver, or why it is refused.
local function feed(form, most, piece)
  local receiver = assert(multipart.receiver(TYPE, most or 1))
  for at = 1, #form, piece or #form do
    local ok, err = receiver:feed(form:sub(at, at + (piece or #form) - 1))
    if not ok then return nil, err, at end
  end
  return receiver
end

local function part(name, content, file)
  return ('--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'):format(name,
    file and ('; filename="%s"'):format(file) or "", content)
end

local function refused(pattern, ...)
  local receiver, err, at = feed(...)
  assert.is_nil(receiver)
  assert.equal("usage", err.reason)
  assert.matches(pattern, err.message)
  return at
end

describe("a form", function()
  it("is taken apart however it arrives", function()
    local form = part("file", PICTURE, "a.png") .. part("provider", "local") .. "--b--\r\n"
    for _, piece in ipairs { 1, 2, 7, 64, #form } do
      local taken = assert(assert(feed(form, 1, piece)):finish())
      assert.equal(#PICTURE, taken.fields.image:size())
      assert.same({ "a.png", "local" }, { taken.fields.file_name, taken.fields.provider })
    end
  end)

  it("is refused as soon as it cannot become one, with the reason", function()
    local noise = ("x"):rep(100000)
    for pattern, form in pairs {
      ["its first boundary is missing"] = noise,
      ["a boundary is not followed by a new line"] = "--b" .. noise,
      ["the headers of a part are too long"] = "--b\r\nA: " .. noise,
      ["the field 'x' has more than 65536 bytes"] = part("x", noise),
      ["a part has no name"] = "--b\r\nA: b\r\n\r\n" .. noise,
      ["the field 'x' stands twice"] = part("x", "1") .. part("x", "2") .. "--b--",
    } do
      for _, piece in ipairs { 1000, #form } do refused(pattern, form, 1, piece) end
    end
    assert.is_true(refused("its first boundary", noise, 1, 1000) < 10000)
  end)

  it("has as many files and parts as are wanted", function()
    local one = part("a", PICTURE, "a.png")
    refused("it has more than one file; several go to /api/v1/vision/batch", one .. one, 1)
    refused("it has more than 2 files", one .. one .. one, 2)
    assert.equal(2, #assert(assert(feed(one .. one .. "--b--", 2)):finish()).fields.images)
    local fields = {}
    for i = 1, 65 do fields[i] = part("f" .. i, "1") end
    refused("it has more than 64 parts", table.concat(fields))
  end)

  it("has no field beside its files that says the same as they", function()
    local file = part("a", PICTURE, "a.png")
    for _, case in ipairs { { "image", 1 }, { "file_name", 1 }, { "images", 2 } } do
      local name, most = case[1], case[2]
      for _, form in ipairs { part(name, "x") .. file, file .. part(name, "x") } do
        refused(("the field '%s' stands twice"):format(name), form .. "--b", most)
      end
    end
  end)
end)
