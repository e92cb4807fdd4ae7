-- SPDX-License-Identifier: MIT
-- Forms and targets of random bytes: an answer each, and for a form the same one however it is cut.

local chance = require "spec.support.chance"
local multipart = require "vision.server.multipart"
local target = require "vision.server.target"

local PIECES = { "--b", "--b--", "\r\n", "\r\n\r\n", "-", "b", "\0", "\r", "\n", "x", "\255",
  'Content-Disposition: form-data; name="a"', 'Content-Disposition: form-data; name="c"',
  "Content-Disposition: form-data", "; filename=x", " \t",
  '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nvalue\r\n' }

local MARKS = { "/", "?", "&", "=", "%", "%2f", "%00", "%zz", "+", "..", ".", "#", "a",
  "\255", ";" }

local source = chance.new(1)

local function random(list, most)
  local text = {}
  for i = 1, source:integer(1, most) do text[i] = source:one_of(list) end
  return table.concat(text)
end

-- What a form says, or why it is refused.
local function outcome(text, step)
  local form = assert(multipart.receiver("multipart/form-data; boundary=b", 1))
  for from = 1, #text, step do
    local ok, err = form:feed(text:sub(from, from + step - 1))
    if not ok then return err.reason .. err.message end
  end
  local body, err = form:finish()
  return body and body.fields or err.reason .. err.message
end

describe("random bytes", function()
  it("as a form mean the same in one piece and byte by byte", function()
    for _ = 1, 3000 do
      local text = random(PIECES, 14)
      assert.same(outcome(text, #text), outcome(text, 1), text)
    end
  end)

  it("as a target are a path that stays below its root, or refused", function()
    for _ = 1, 5000 do
      local path, query = target.parse("/" .. random(MARKS, 12))
      if path then
        assert.is_nil(("/" .. path .. "/"):find("/../", 1, true))
        assert.is_table(query)
      else
        assert.equal("usage", query.reason)
      end
    end
  end)
end)
