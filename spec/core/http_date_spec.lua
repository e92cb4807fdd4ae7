-- SPDX-License-Identifier: MIT
local core = require "vision.core"

local NOW = 784111777 -- Sun, 06 Nov 1994 08:49:37 GMT

describe("core.http_date", function()
  it("reads the three forms", function()
    assert.equal(NOW, core.http_date "Sun, 06 Nov 1994 08:49:37 GMT")
    assert.equal(NOW, core.http_date("Sunday, 06-Nov-94 08:49:37 GMT", NOW))
    assert.equal(NOW, core.http_date "Sun Nov  6 08:49:37 1994")
    assert.is_nil(core.http_date "tomorrow")
  end)
end)

describe("core.retry_after", function()
  it("is a wait in seconds, never negative, at most 30 days", function()
    assert.equal(120, core.retry_after("120", NOW))
    assert.equal(0.5, core.retry_after("0.5", NOW))
    assert.equal(23, core.retry_after("Sun, 06 Nov 1994 08:50:00 GMT", NOW))
    assert.equal(0, core.retry_after("Sun, 06 Nov 1994 08:00:00 GMT", NOW))
    assert.equal(30 * 86400, core.retry_after("99999999999", NOW))
    assert.is_nil(core.retry_after("-1", NOW))
    assert.is_nil(core.retry_after("soon", NOW))
  end)

  it("reckons from the clock where no time is given", function()
    assert.equal(0, core.retry_after "Sun, 06 Nov 1994 08:50:00 GMT")
  end)
end)

describe("core.rate_reset", function()
  it("knows what the providers send", function()
    assert.equal(360, core.rate_reset("6m0s", NOW))
    assert.equal(0.12, core.rate_reset("120ms", NOW))
    assert.equal(1, core.rate_reset("1s", NOW))
    assert.equal(7, core.rate_reset("7", NOW))
    assert.equal(23, core.rate_reset("1994-11-06T08:50:00Z", NOW))
    assert.is_nil(core.rate_reset("-1", NOW))
  end)
end)
