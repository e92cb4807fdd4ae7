-- SPDX-License-Identifier: MIT
-- Runs every program of examples/ in a process of its own, with no key and no network, and looks at
-- what it prints.

-- Name -> what must stand in its output, in this order.
local EXPECTED = {
  ["analyze.lua"] = { "Summary: ", "Confidence: " },
  ["callouts.lua"] = { "title", "material", "diameter", "Ø" },
  ["factory.lua"] = {
    "by name: +openai/gpt%-4o", "found: +local", "fallback: +stub",
    "no fallback: .*ANTHROPIC_API_KEY", "unknown: .*opnai",
  },
  ["environment.lua"] = {
    "anthropic +yes +yes +no", "local +yes +no", "openai +yes +yes +no", "current provider: local",
  },
  ["configuration.lua"] = {
    "deepseek/deepseek%-flash", "openai/gpt%-4o", "anthropic/claude%-sonnet%-5%-5", "detail",
  },
  ["errors.lua"] = {
    "code INPUT_ERROR", "the input is at fault", "reason not_found",
    "code EXTERNAL_SERVICE_ERROR", "openai failed",
  },
  ["streaming.lua"] = { "Started", "Result: " },
  ["prompts.lua"] = { "system: ", "user: ", "PCB for thermal issues", "focus_area" },
  ["policies.lua"] = {
    "order: openai, anthropic", "retry in 2 s", "route: anthropic", "no script .*did you mean",
    "recorded: failover/priority",
  },
  ["request.lua"] = {
    "success true, provider local", "description nil", "INPUT_ERROR", "now stub",
  },
  ["budget.lua"] = {
    "1: cost $0.0100", "Alert: %$0.04 of the budget", "6: budget_exceeded, the day ends in",
    "Daily cost: %$0.05", "Monthly cost: %$0.05", "Total requests: 5", "Success rate: 100%%",
    "Avg cost per request: %$0.0100", "Budget all, a day: %$0.05 of %$0.05",
  },
  ["batch.lua"] = {
    "Progress: 100%%, 0 s left", "Completed: 2/3", "Success rate: 66.7%%", "flange.pdf: Mechanical",
    "absent.pdf: no such file", "shaft.pdf: Mechanical",
  },
  ["comparison.lua"] = {
    "Best: local", "stub: read", "Score of local: 0.%d+", "Score of stub: n/a",
    "By weighted_average: Mechanical", "6x Ø11 THRU  0.%d+  by local",
  },
  ["caching.lua"] = {
    "1: Mechanical", "2: Mechanical", "Cache hit: true", "Hits: 2, misses: 1, joined: 1",
    "Hit rate: 66.7%%", "Asked anew: true",
  },
  ["persistence.lua"] = {
    "Saved as: %w+", "production: Mechanical", "that month has 28 days",
    "record_id,image_hash,provider,result", "1 exported", "Forgotten: 1",
  },
  ["rate_limit.lua"] = {
    "Available requests: 2", "2: 0 have waited", "4: %d have waited",
    "Rate limited, retry after %d%d s", "Total: 2, rejected: 1",
  },
  ["resilience.lua"] = {
    "call 1: EXTERNAL_SERVICE_ERROR after 4 attempts, circuit closed",
    "call 2: CIRCUIT_OPEN_ERROR after 2 attempts, circuit open", "the next try is in %d+ s",
    "Success rate: 0.00%%", "Requests: 5, failed: 5", "Circuit opens: 1",
  },
  ["production.lua"] = {
    "Summary: Mechanical", "Hit rate: 50%%", "Circuit state: closed", "cache .*max_size = 100",
    "openai is left out: no key", "local\n  retry", "local: answered",
  },
  ["health.lua"] = {
    "To the chat: warning", "To the chat: error", "To the pager: critical",
    "Overall status: degraded", "local: healthy", "openai/.-: unhealthy", "Active alerts: 1",
    "stub: healthy, success rate 100%%",
  },
  ["failover.lua"] = {
    "Alert: error", "openai/.-: refused_connection", "local: answered", "In place of: openai/",
    "Healthy endpoints: 1/2", "Overall status: degraded", "Active alerts: 1",
  },
  ["tasks.lua"] = { "flange.png: ", "flange.pdf: " },
}

local INTERPRETER = jit and "luajit" or "lua5.4"

local function read_all(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

-- The program's output, its messages and its exit status.
local function run(name)
  local out, err = os.tmpname(), os.tmpname()
  local pipe = assert(io.popen(("LUA_PATH='%s' LUA_CPATH='%s' timeout 60 %s examples/%s "
    .. "</dev/null >%s 2>%s; echo $?"):format(
    package.path, package.cpath, INTERPRETER, name, out, err)))
  local status = pipe:read "*n"
  pipe:close()
  local printed, said = read_all(out), read_all(err)
  os.remove(out)
  os.remove(err)
  return printed, said, status
end

describe("the example", function()
  for name, patterns in pairs(EXPECTED) do
    it(name .. " runs", function()
      local printed, said, status = run(name)
      assert.are.equal(0, status, said .. printed)
      local from = 1
      for _, pattern in ipairs(patterns) do
        local _, last = printed:find(pattern, from)
        assert.is_truthy(last, ("no %q in:\n%s"):format(pattern, printed))
        from = last
      end
    end)
  end
end)

describe("the examples", function()
  it("are all run here and all on their page", function()
    local page = read_all "examples/README.md"
    for path in io.popen("ls examples/*.lua"):lines() do
      local name = path:match "[^/]+$"
      assert.is_table(EXPECTED[name], name .. " is not run by this spec")
      assert.is_truthy(page:find("](" .. name .. ")", 1, true), name .. " is not on the page")
    end
  end)
end)
