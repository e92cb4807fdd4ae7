-- SPDX-License-Identifier: MIT
local errors = require "vision.base.error"
local folder = require "spec.support.folder"
local log = require "vision.base.log"
local vision = require "vision"

describe("shared_state", function()
  it("opens one, and says what it set aside", function()
    folder.with(function(path)
      os.execute("chmod 700 " .. path)
      folder.write(path .. "/state", "something else")
      os.execute("chmod 600 " .. path .. "/state")
      local said = {}
      log.set_sink(function(_, message) said[#said + 1] = message end)
      local state = assert(vision.shared_state(path .. "/state"))
      log.set_sink(nil)
      assert.equal(1, #said)
      assert.matches("begun anew", said[1])
      assert.same({}, state:slots())
      state:close()
    end)
  end)

  it("says why it cannot", function()
    local state, err = vision.shared_state "/no/such/folder/state"
    assert.is_nil(state)
    assert.is_true(errors.is(err))
    assert.equal("not_found", err.reason)
  end)
end)
