-- SPDX-License-Identifier: MIT
local log = require "vision.base.log"

describe("log", function()
  local lines

  before_each(function()
    lines = {}
    log.set_sink(function(level, message)
      lines[#lines + 1] = level .. " " .. message
    end)
  end)

  after_each(function()
    log.set_sink(nil)
    log.set_level "warn"
  end)

  it("writes up to its level, each message on one line", function()
    log.warn("falling back to %s\nnow", "stub")
    log.info "not this"
    assert.same({ "warn falling back to stub now" }, lines)
    log.set_level "info"
    log.info "100%"
    assert.equal("info 100%", lines[2])
  end)

  it("is misuse with an unknown level", function()
    assert.has_error(function() log.set_level "loud" end)
  end)
end)
