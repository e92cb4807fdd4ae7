-- SPDX-License-Identifier: MIT
-- What the shipped scripts decide.
local environment = require "spec.support.environment"
local find = require "vision.policy.find"
local generation = require "vision.policy.generation"
local kinds = require "vision.policy.kinds"

local scripts = generation.new(1)

local function decide(kind, name, input)
  local output, err
  environment.with({ VISION_SCRIPTS = "/nonexistent" }, function()
    output, err = scripts:decide(kind, name, input)
  end)
  assert.is_nil(err and err.message)
  return output
end

describe("shipped scripts", function()
  it("are short, and each answers to its kind's sample", function()
    local count = 0
    environment.with({ VISION_SCRIPTS = "/nonexistent" }, function()
      for _, kind in ipairs(kinds.NAMES) do
        for _, name in ipairs(find.names(kind)) do
          local _, err = scripts:decide(kind, name, kinds[kind].sample)
          assert.is_nil(err and err.message)
          local script = scripts:script(kind, name)
          local _, lines = script.text:gsub("\n", "\n")
          assert.is_true(lines < 40, script.path)
          assert.is_string(script.description)
          count = count + 1
        end
        assert.truthy(scripts:script(kind))
      end
    end)
    assert.is_true(count >= 13)
  end)

  it("stand in the README with their kinds", function()
    local file = assert(io.open("scripts/README.md"))
    local page = file:read "*a"
    file:close()
    for _, kind in ipairs(kinds.NAMES) do
      local call = ("`%s/NAME.lua` | `%s(%s, options)`"):format(kind, kinds[kind].entry,
        table.concat(kinds[kind].arguments, ", "))
      assert.truthy(page:find(call, 1, true), call)
      environment.with({ VISION_SCRIPTS = "/nonexistent" }, function()
        for _, name in ipairs(find.names(kind)) do
          assert.truthy(page:find("[`/]" .. name .. "`"), name)
          for option in pairs(scripts:script(kind, name).declared) do
            assert.truthy(page:find("`" .. option .. "`", 1, true), option)
          end
        end
      end)
    end
  end)

  local function answers(...)
    local list = {}
    for i, row in ipairs { ... } do
      list[i] = { name = row[1], ok = row[2] ~= false, confidence = row[2] or nil,
        summary = row[3] or "", details = row[4] or {}, latency_ms = row[5], weight = row[6] }
      if row[2] == "none" then list[i].confidence = nil end
    end
    return { answers = list, job = {} }
  end

  it("select the highest confidence; none is below any", function()
    local function best(...) return decide("selection", "highest_confidence", answers(...)) end
    assert.equal("b", best({ "a", 0.5 }, { "b", 0.9 }, { "c", 0.9 }))
    assert.equal("b", best({ "a", "none" }, { "b", 0 }))
    assert.equal("a", best({ "a", "none" }, { "b", false }))
    assert.is_nil(best({ "a", false }))
  end)

  it("select the first success", function()
    assert.equal("b", decide("selection", "first_success", answers({ "a", 0.9, "", {}, 900 },
      { "b", 0.1, "", {}, 300 }, { "c", false, "", {}, 100 })))
  end)

  it("select by majority, of equals the surer one", function()
    local function vote(...) return decide("selection", "majority_vote", answers(...)) end
    assert.equal("c", vote({ "a", 0.99, "A floor plan of a house" },
      { "b", 0.5, "A flange with eight holes" }, { "c", 0.6, "A flange with eight holes" }))
    assert.equal("b", vote({ "a", 0.4, "one" }, { "b", 0.9, "two" }))
    assert.equal("a", vote({ "a", "none", "one" }, { "b", false, "two" }))
  end)

  it("select an average weighted by confidence", function()
    local made = decide("selection", "weighted_average", answers(
      { "a", 0.9, "A flange", { "8x Ø18", "Scale 1:2" } }, { "b", 0.6, "A ring", { "8x Ø18" } },
      { "c", "none", "?", { "noise" } }, { "d", false }))
    assert.same({ "A flange", { "8x Ø18", "Scale 1:2" }, { "a", "b" } },
      { made.summary, made.details, made.from })
    assert.is_true(math.abs(made.confidence - (0.81 + 0.36) / 1.5) < 1e-12)
    assert.equal("a", decide("selection", "weighted_average", answers({ "a", "none", "x" })))
    local weighted = decide("selection", "weighted_average", answers(
      { "a", 0.9, "A flange", {}, 0, 1 }, { "b", 0.6, "A ring", {}, 0, 3 }))
    assert.equal("A ring", weighted.summary)
  end)

  local function endpoints(...)
    local list = {}
    for i, row in ipairs { ... } do
      list[i] = { name = row[1], priority = row[2] or i, weight = row.weight or 1,
        health = row.health or "healthy", latency_ms = row.latency, region = row.region,
        in_flight = 0, consecutive_failures = 0 }
    end
    return list
  end

  local function order(name, list, job)
    return table.concat(decide("failover", name, { endpoints = list, job = job or {} }), " ")
  end

  it("order by priority, the unhealthy only when there is no other", function()
    assert.equal("b a c", order("priority", endpoints({ "a", 2 }, { "b", 1 }, { "c", 2 })))
    assert.equal("a", order("priority", endpoints({ "a", 2 }, { "b", 1, health = "unhealthy" })))
    assert.equal("b a", order("priority", endpoints({ "a", 2, health = "unhealthy" },
      { "b", 1, health = "unhealthy" })))
  end)

  it("order in turn", function()
    local list = endpoints({ "a" }, { "b" }, { "c" })
    assert.equal("a b c", order("round_robin", list, { turn = 1 }))
    assert.equal("b c a", order("round_robin", list, { turn = 2 }))
    assert.equal("a b c", order("round_robin", list, { turn = 4 }))
  end)

  it("order by latency, those never measured first", function()
    assert.equal("c b a", order("latency", endpoints({ "a", latency = 900 },
      { "b", latency = 300 }, { "c" })))
  end)

  it("draw by weight", function()
    local list, first = endpoints({ "a", weight = 2 }, { "b", weight = 1 }, { "c", weight = 1 }), {}
    for i = 0, 999 do
      local names = order("weighted", list, { random = i / 1000 })
      assert.equal(5, #names)
      first[names:sub(1, 1)] = (first[names:sub(1, 1)] or 0) + 1
    end
    assert.same({ a = 500, b = 250, c = 250 }, first)
    assert.equal("b a", order("weighted", endpoints({ "a", weight = 0 }, { "b", weight = 0 }),
      { random = 0.5 }))
  end)

  it("order the job's region first", function()
    local list = endpoints({ "a", 1, region = "us" }, { "b", 3, region = "eu" },
      { "c", 2, region = "eu" })
    assert.equal("c b a", order("region", list, { region = "eu" }))
    assert.equal("a c b", order("region", list))
    local strict = decide("failover", "region", { endpoints = list, job = { region = "eu" },
      options = { strict = true } })
    assert.same({ "c", "b" }, strict)
  end)

  it("retry what may succeed, in longer and longer waits", function()
    local function wait(attempt, err, random)
      return decide("retry", nil, { attempt = attempt, error = err, job = { random = random } })
    end
    local yes = { retryable = true }
    assert.same({ retry = true, delay = 1 }, wait(1, yes, 1))
    assert.same({ retry = true, delay = 2 }, wait(3, yes, 0.5))
    assert.same({ retry = false, delay = 0 }, wait(4, yes, 1))
    assert.same({ retry = false, delay = 0 }, wait(1, { retryable = false }, 1))
    assert.same({ retry = true, delay = 7 }, wait(1, { retryable = true, retry_after = 7 }, 0))
    assert.same({ retry = true, delay = 30 }, decide("retry", nil, { attempt = 9, error = yes,
      job = { random = 1 }, options = { max_retries = 20 } }))
  end)

  it("alert on each change, and when it stays bad", function()
    local function severity(from, to, failures)
      local alert = decide("alerts", nil, { change = { provider = "openai", from = from, to = to,
        consecutive_failures = failures or 0, failure_threshold = 3, last_error = "timeout" } })
      return alert and alert.severity
    end
    assert.equal("error", severity("healthy", "unhealthy", 3))
    assert.is_nil(severity("unhealthy", "unhealthy", 5))
    assert.equal("critical", severity("unhealthy", "unhealthy", 6))
    assert.is_nil(severity("unhealthy", "unhealthy", 7))
    assert.equal("warning", severity("healthy", "degraded", 1))
    assert.is_nil(severity("degraded", "degraded", 2))
    assert.equal("info", severity("unhealthy", "healthy"))
    assert.is_nil(severity("unknown", "healthy"))
  end)

  it("route thick files where it was said", function()
    assert.is_nil(decide("routing", nil, { job = { pages = 20 } }))
    assert.same({ provider = "anthropic" }, decide("routing", nil, { job = { pages = 20 },
      options = { provider = "anthropic" } }))
    assert.is_nil(decide("routing", nil, { job = { pages = 2 },
      options = { provider = "anthropic" } }))
  end)

  it("report", function()
    local daily = decide("reports", nil, kinds.reports.sample)
    assert.equal("Drawings read, day by day", daily.title)
    assert.same({ "2026-11-02", 0, 0, false, 0 }, daily.sections[3].rows[1])
    assert.same({ label = "Successful", unit = "share", value = 1186 / 1200, before = 1088 / 1100 },
      daily.figures[2])
    local names = {}
    for i, series in ipairs(daily.sections[1].chart.series) do names[i] = series.name end
    assert.same({ "openai", "anthropic" }, names)
    local cost = decide("reports", "monthly_cost", kinds.reports.sample)
    assert.same({ "2026-11-01", 1200, 13.2, 1.32, 0 }, cost.sections[2].rows[2])
    assert.same({ kinds.reports.sample.data.changes, {} }, { daily.insights, cost.insights })
    local compared = decide("reports", "provider_comparison", kinds.reports.sample)
    assert.equal("anthropic", compared.sections[1].rows[2][1])
    assert.equal(kinds.reports.sample.data.insights[1], compared.insights[1])
    local quality = decide("reports", "quality", kinds.reports.sample)
    assert.equal(60 + 1200 - 14 - 85, quality.figures[2].value)
    assert.equal("90–100 %", quality.sections[1].chart.labels[10])
    local failures = decide("reports", "failures", kinds.reports.sample)
    assert.same({ "openai", "timeout", 10, 10 / 900 }, failures.sections[3].rows[1])
  end)
end)
