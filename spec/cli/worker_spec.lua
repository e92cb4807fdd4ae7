-- SPDX-License-Identifier: MIT
-- The rest, with a server and processes: spec/integration/worker_spec.lua.

local run = require("spec.support.command_line").run

describe("vision worker", function()
  it("says what it needs, what is not there, and what is for it to decide", function()
    for line, expected in pairs {
      ["worker --queue redis://127.0.0.1:1"] = { 2, "needs %-%-store" },
      ["worker --queue redis://u:SECRET@127.0.0.1:1 --store memory: --provider stub"] =
        { 1, "redis://127.0.0.1:1/0: connection refused" },
      ["worker --queue http://u:SECRET@x --store memory: --provider stub"] =
        { 1, "no Redis address" },
      ["worker --queue rediss://u:SECRET@x --store memory: --provider stub"] = { 1, "TLS" },
      ["worker --queue redis:// --store memory: --provider openai"] = { 1, "no key" },
      ["worker --store memory:"] = { 2, "%-%-queue" },
      ["worker --queue redis:// --store memory: --claim-after 0"] = { 2, "1 to 86400" },
      ["batch --queue redis://127.0.0.1:1 --provider openai x"] =
        { 2, "%-%-provider is for the workers to decide" },
      ["batch --queue redis://127.0.0.1:1 --store x x"] = { 2, "%-%-store is for the workers" },
      ["batch --upload x"] = { 2, "%-%-upload needs %-%-queue" },
      ["batch --queue redis://u:SECRET@127.0.0.1:1 x"] = { 1, "connection refused" },
    } do
      local words = {}
      for word in line:gmatch "%S+" do words[#words + 1] = word end
      local status, out, err = run(words)
      assert.equal(expected[1], status, line .. "\n" .. err)
      assert.matches(expected[2], err)
      assert.equal("", out)
      assert.is_nil(err:find("SECRET", 1, true), err)
    end
  end)
end)
