-- SPDX-License-Identifier: MIT
local batch = require "vision.ensemble.batch"
local fake = require "spec.support.fake_provider"
local json = require "vision.base.json"
local log = require "vision.base.log"
local network = require "spec.support.simulation.network"
local readers = require "spec.support.readers"
local stack = require("vision.stack").stack
local task = require "vision.base.task"
local virtual = require "spec.support.virtual"
local WebhookManager = require("vision.webhooks.manager").WebhookManager
local create = require("vision.layers.webhooks").create_webhook_provider

local GIVEN = { webhook_url = "https://api.example.com/webhooks/vision",
  webhook_secret = "my-secret-key" }

describe("create_webhook_provider", function()
  local got, delay

  -- A receiver that takes everything, `delay` seconds after it was sent.
  local function test(name, body)
    it(name, function()
      got, delay = {}, 0.1
      local world = virtual.new()
      local net = network.new(world, function(request)
        got[#got + 1] = json.decode(table.concat(request.options.body))
        return { { after = delay, status = 200, headers = {} } }
      end)
      net:install()
      log.set_sink(function() end)
      local ok, message = pcall(world.run, world, body)
      log.set_sink(nil)
      net.uninstall()
      if not ok then error(message, 0) end
    end)
  end

  local function told(steps, fields)
    local inner = fake.provider(steps, fields)
    local provider = assert(create(inner, GIVEN))
    assert(provider.webhook_manager:start())
    return provider, inner
  end

  local function stop(provider)
    assert.is_true(provider.webhook_manager:settle(60))
    provider.webhook_manager:stop()
  end

  local function types()
    local list = {}
    for i, event in ipairs(got) do list[i] = event.event_type end
    return list
  end

  test("tells that an analysis begins, and what came of it", function()
    local provider = told { { seconds = 1.2345, summary = "a flange" } }
    local reading = assert(provider:analyze_image "bytes")
    assert.equal("a flange", reading.summary)
    stop(provider)
    assert.same({ "analysis.started", "analysis.completed" }, types())
    local started, completed = got[1].payload, got[2].payload
    assert.matches("^req%-%x+$", started.request_id)
    assert.equal(started.request_id, completed.request_id)
    assert.same({ "fake", 1234.5, "a flange" },
      { completed.provider, completed.elapsed_ms, completed.result.summary })
    assert.same({ "fake", "m" }, { started.provider, started.model })
  end)

  test("says which picture it was, and its file where it knows", function()
    local provider, inner = told { {} }
    provider:analyze_image(readers.PICTURE, { file = "flange.gif" })
    assert.equal("flange.gif", inner.options[1].file)
    provider.webhook_manager:settle(60)
    provider:analyze_image "no picture"
    stop(provider)
    local hash = require("vision.core").sha256(readers.PICTURE)
    assert.same({ hash, hash, "flange.gif" }, { got[1].payload.image_hash,
      got[2].payload.image_hash, got[2].payload.file })
    assert.is_nil(got[3].payload.image_hash)
  end)

  test("has kept the event when the answer is there, and waits for no receiver", function()
    delay = 10
    local provider = told { { seconds = 1 } }
    local began = require("vision.base.clock").mono()
    provider:analyze_image "bytes"
    assert.near(1, require("vision.base.clock").mono() - began, 1e-6)
    assert.equal(2, #provider.webhook_manager:list("pending"))
    stop(provider)
  end)

  test("tells of a failure, by code, reason and message", function()
    local provider = told { { reason = "rate_limited", message = "too many" } }
    local _, err = provider:analyze_image "bytes"
    assert.equal("rate_limited", err.reason)
    stop(provider)
    assert.same({ "analysis.started", "analysis.failed" }, types())
    assert.same({ code = "RATE_LIMIT_ERROR", reason = "rate_limited", message = "too many",
      retryable = true, provider = "fake" }, got[2].payload.error)
    assert.is_nil(got[2].payload.result)
  end)

  test("tells of what threw, and throws on", function()
    local provider = told { function() error("misused", 0) end }
    local ok, message = pcall(provider.analyze_image, provider, "bytes")
    assert.is_false(ok)
    assert.equal("misused", message)
    stop(provider)
    assert.equal("internal", got[2].payload.error.reason)
  end)

  test("tells of an analysis that was left", function()
    local provider = told { { seconds = 100 } }
    local call = task.spawn(function() return provider:analyze_image "bytes" end)
    task.sleep(1)
    call:cancel()
    call:join()
    stop(provider)
    assert.equal("cancelled", got[2].payload.error.reason)
  end)

  test("hands on all that the provider inside returns", function()
    local inner = fake.provider { {} }
    inner.analyze_image = function() return { summary = "s" }, nil, "the record" end
    local provider = assert(create(inner, GIVEN))
    assert.equal("the record", select(3, provider:analyze_image "bytes"))
    inner.analyze_image = function() return nil, nil, "the record" end
    local _, err, record = provider:analyze_image "bytes"
    assert.same({ "internal", "the record" }, { err.reason, record })
  end)

  test("tells of a stream at its end", function()
    local provider = told { { seconds = 1, summary = "streamed" }, { reason = "timeout" } }
    fake.follow(provider:analyze_image_stream "bytes")
    fake.follow(provider:analyze_image_stream "bytes")
    local events = provider:analyze_image_stream "bytes"
    events()
    events:close()
    stop(provider)
    table.sort(got, function(a, b) return a.event_type < b.event_type end)
    assert.same({ "analysis.completed", "analysis.failed", "analysis.failed", "analysis.started",
      "analysis.started", "analysis.started" }, types())
    assert.equal("streamed", got[1].payload.result.summary)
  end)

  test("tells nothing where nothing is analysed", function()
    local provider = told { {} }
    provider:analyze_image("bytes", { include_description = false })
    stop(provider)
    assert.same({}, got)
  end)

  test("loses no reading where an event cannot be kept", function()
    local provider = told { { summary = "read" } }
    provider.webhook_manager.store:get().add = function()
      return nil, require("vision.base.error").new("internal", "the disk is full")
    end
    assert.equal("read", provider:analyze_image("bytes").summary)
    stop(provider)
    assert.same({}, got)
  end)

  test("tells nobody where nothing may leave this machine", function()
    local http = require "vision.base.http"
    local provider = told { {} }
    provider.webhook_manager:send("webhook.test", {})
    http.local_only = true
    provider:analyze_image "bytes"
    assert.equal(1, #provider.webhook_manager:list())
    task.sleep(86400)
    http.local_only = false
    assert.same({}, got) -- not what was kept before, either
    stop(provider)
    assert.same({ "webhook.test" }, types())
  end)

  test("can share a manager", function()
    local manager = assert(WebhookManager.new(GIVEN))
    local one = assert(create(fake.provider(), { webhook_manager = manager }))
    local other = assert(create(fake.provider(), { webhook_manager = manager }))
    assert.equal(one.webhook_manager, other.webhook_manager)
    local _, err = create(fake.provider(), { webhook_manager = {} })
    assert.matches("must be a WebhookManager", err.message)
  end)

  test("says what is wrong with what it was given", function()
    local provider, err = create(fake.provider(), { webhook_url = "not one" })
    assert.is_nil(provider)
    assert.equal("invalid_option", err.reason)
    provider, err = create(fake.provider(), { webhook_uri = "x" })
    assert.is_nil(provider)
    assert.matches("did you mean 'webhook_url'", err.message)
  end)

  describe("and a batch", function()
    test("tells when it begins, how far it is now and then, and what came of it", function()
      local reader = readers.new("a", function(number)
        return { seconds = 4, fails = number == 3 and "timeout" or nil }
      end)
      local provider = assert(create(reader, { webhook_url = GIVEN.webhook_url,
        webhook_secret = "x", events = { "batch.started", "batch.progress", "batch.completed" } }))
      provider.webhook_manager:start()
      assert(batch.process_images_batch(provider, readers.pictures(6), { max_concurrency = 1 }))
      stop(provider)
      assert.same({ "batch.started", "batch.progress", "batch.progress", "batch.completed" },
        types())
      local id = got[1].payload.batch_id
      assert.same({ batch_id = id, total = 6 }, got[1].payload)
      local progress = got[2].payload
      assert.same({ id, 6, 2, 1, 50, 12 }, { progress.batch_id, progress.total,
        progress.completed, progress.failed, progress.progress_percent,
        progress.estimated_remaining_seconds })
      assert.same({ batch_id = id, total = 6, completed = 5, failed = 1, success_rate = 5 / 6,
        total_time_ms = 24000, stopped = false }, got[4].payload)
    end)
  end)

  describe("in a stack", function()
    local function stacked(settings)
      settings.webhooks = settings.webhooks or GIVEN
      settings.retry, settings.routing, settings.cache = false, false, false
      return assert(stack(settings))
    end

    test("is outermost and delivers at once", function()
      local provider = stacked { provider = fake.provider { { summary = "s" } } }
      assert.matches("^webhooks +tells other systems of it", provider:explain())
      provider:analyze_image "bytes"
      stop(provider)
      assert.same({ "analysis.started", "analysis.completed" }, types())
    end)

    test("names the record of a reading, and hands it on", function()
      local provider = stacked { provider = fake.provider { { summary = "s" } }, records = true }
      local reading, _, record = provider:analyze_image(readers.PICTURE)
      stop(provider)
      assert.is_string(reading.record_id)
      assert.equal(reading.record_id, record.record_id)
      assert.equal(reading.record_id, got[2].payload.result.record_id)
    end)

    test("shows neither secret nor path", function()
      local provider = stacked { provider = fake.provider() }
      local said = provider:explain()
      stop(provider)
      assert.is_nil(said:find("my-secret-key", 1, true))
      assert.is_nil(said:find("/webhooks/vision", 1, true))
      assert.truthy(said:find("webhook_url = https://api.example.com)", 1, true))
    end)

    test("tells of circuits, and calls the callback of the caller, too", function()
      local changes = {}
      local provider = stacked { provider = fake.provider { { reason = "server_error" } },
        circuit_breaker = { failure_threshold = 2,
          on_state_change = function(to) changes[#changes + 1] = to end },
        webhooks = { webhook_url = GIVEN.webhook_url, webhook_secret = "x",
          events = { "circuit.opened", "circuit.closed" } } }
      for _ = 1, 3 do provider:analyze_image "bytes" end
      provider:reset_circuit()
      stop(provider)
      assert.same({ "circuit.opened", "circuit.closed" }, types())
      assert.same({ "open", "closed" }, changes)
      local opened = got[1].payload
      assert.same({ "fake", "open", "closed", "server_error" },
        { opened.provider, opened.state, opened.previous_state, opened.error.reason })
      assert.equal("closed", got[2].payload.state)
    end)

    test("leaves a callback that is none for its layer to refuse", function()
      local provider, err = stack { provider = fake.provider(), webhooks = GIVEN,
        circuit_breaker = { on_state_change = 5 } }
      assert.is_nil(provider)
      assert.matches("option .on_state_change. must be a function", err.message)
    end)

    test("tells of health that changes", function()
      local provider = stacked { provider = fake.provider { { reason = "server_error" } },
        circuit_breaker = false, health = { failure_threshold = 2 },
        webhooks = { webhook_url = GIVEN.webhook_url, webhook_secret = "x",
          events = { "health.changed" } } }
      for _ = 1, 3 do provider:analyze_image "bytes" end
      stop(provider)
      local last = got[#got]
      assert.same({ "health.changed", "fake", "unhealthy" },
        { last.event_type, last.payload.provider, last.payload.status })
      assert.is_string(last.payload.message)
      assert.is_string(last.payload.severity)
    end)

    test("tells of a budget that is nearly spent, and spent", function()
      local inner = fake.provider({ { usage = { input_tokens = 100, output_tokens = 10 } } }, {
        price = { input = 1, output = 5 }, -- $150 a million calls
        estimate = function()
          return { images = { {} }, image_tokens = 60, text_tokens = 40, input_tokens = 100,
            output_tokens = 10 }
        end,
      })
      local provider = stacked { provider = inner, circuit_breaker = false, rate_limit = false,
        budget = { daily_limit_usd = 450e-6, alert_threshold_percent = 60 },
        webhooks = { webhook_url = GIVEN.webhook_url, webhook_secret = "x",
          events = { "budget.alert" } } }
      for _ = 1, 3 do assert(provider:analyze_image(readers.PICTURE)) end
      stop(provider)
      assert.same({ "budget.alert", "budget.alert" }, types())
      local first, last = got[1].payload, got[2].payload
      assert.same({ "threshold", 450e-6, 300e-6, true },
        { first.kind, first.limit_usd, first.spent_usd, first.hard_limit })
      assert.equal("limit", last.kind)
      assert.is_string(last.message)
    end)

    local function reader(name, callout, revision)
      return fake.provider({ function()
        return require("vision.drawing.description").new { provider = name, summary = name,
          drawing = { callouts = { { text = callout, type = "other", page = 1 } },
            title_block = { revision = revision, title = "FLANGE" } } }
      end }, { name = name, endpoint_name = name })
    end

    test("tells of readers that disagree, whoever is chosen", function()
      for _, strategy in ipairs { "highest_confidence", "consensus" } do
        got = {}
        local provider = stacked { providers = { reader("a", "Ø19,9", "B"),
          reader("b", "Ø19,8", "C") }, compare = { strategy = strategy },
          webhooks = { webhook_url = GIVEN.webhook_url, webhook_secret = "x",
            events = { "consensus.disagreement" } } }
        assert(provider:analyze_image(readers.PICTURE))
        stop(provider)
        assert.same({ "consensus.disagreement" }, types())
        local said = got[1].payload
        assert.equal(2, said.count)
        assert.same({ "a", "b" }, said.providers)
        assert.same({ revision = { { text = "B", sources = { "a" } },
          { text = "C", sources = { "b" } } } }, said.title_block)
        assert.equal("Ø19,8", said.callouts[1].alternatives[1].text)
      end
    end)

    test("tells nothing of readers that agree", function()
      local provider = stacked {
        providers = { reader("a", "Ø19,9", "B"), reader("b", "⌀19.9", "b") },
        compare = true, webhooks = { webhook_url = GIVEN.webhook_url, webhook_secret = "x",
          events = { "consensus.disagreement" } } }
      assert(provider:analyze_image(readers.PICTURE))
      stop(provider)
      assert.same({}, got)
    end)

    test("is checked without opening or sending anything", function()
      local check = require("vision.stack").check
      assert(check { provider = "stub", webhooks = { webhook_url = GIVEN.webhook_url,
        webhook_secret = "x", outbox = "/nowhere/at/all.db" } })
      local _, err = check { provider = "stub", webhooks = { webhook_url = "x",
        webhook_secret = "hidden" } }
      assert.matches("^webhooks: webhook_url must look like", err.message)
      _, err = check { provider = "stub", webhooks = true }
      assert.matches("webhook_url is missing", err.message)
    end)
  end)
end)
