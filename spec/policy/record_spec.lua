-- SPDX-License-Identifier: MIT
local chance = require "spec.support.chance"
local environment = require "spec.support.environment"
local folder = require "spec.support.folder"
local generation = require "vision.policy.generation"
local json = require "vision.base.json"
local kinds = require "vision.policy.kinds"
local record = require "vision.policy.record"

local FAILOVER = kinds.failover.sample

describe("record", function()
  it("reads whatever a file holds without a crash, and says what is no decision", function()
    local good = json.encode { kind = "selection", name = "majority_vote", output = "openai",
      input = kinds.selection.sample }
    folder.with(function(path)
      local file, read, refused = path .. "/decisions.jsonl", 0, 0
      chance.runs(400, function(source)
        folder.write(file, good .. "\n" .. source:damaged(good) .. "\n")
        local decisions, err = record.read(file)
        if decisions then
          read = read + 1
          record.diff(decisions, generation.new(1))
        else
          refused = refused + 1
          assert.matches("decisions.jsonl:%d+: this is no recorded decision", err.message)
        end
      end)
      assert.is_true(read > 20 and refused > 20)
      for _, kind in ipairs { "NAMES", "nothing" } do
        folder.write(file, json.encode { kind = kind, name = "x", input = {} })
        assert.matches(":1: this is no recorded decision", select(2, record.read(file)).message)
      end
    end)
  end)

  local policy

  before_each(function()
    package.loaded["vision.policy"] = nil
    policy = require "vision.policy"
  end)

  local function with_folder(body)
    folder.with(function(path)
      os.execute(("mkdir -p '%s/failover'"):format(path))
      environment.with({ VISION_SCRIPTS = path }, function() body(path) end)
    end)
  end

  it("writes decisions down and asks them again", function()
    with_folder(function(path)
      local file = path .. "/decisions.jsonl"
      policy.begin()
      assert(policy.record(file))
      policy.decide("failover", nil, FAILOVER)
      policy.decide("failover", "latency", FAILOVER)
      policy.decide("retry", nil, kinds.retry.sample)
      policy.decide("routing", nil, kinds.routing.sample)
      assert(policy.record(nil))
      policy.decide("failover", nil, FAILOVER)

      local decisions = assert(record.read(file))
      assert.equal(4, #decisions)
      assert.same({ "failover", "priority" }, { decisions[1].kind, decisions[1].name })
      assert.same(FAILOVER, decisions[1].input)
      assert.same({ "openai", "anthropic", "deepseek" }, decisions[1].output)
      assert.is_nil(decisions[4].output)
      assert.same({}, record.diff(decisions, generation.new(2)))
    end)
  end)

  it("shows what would change", function()
    with_folder(function(path)
      local file = path .. "/decisions.jsonl"
      assert(policy.record(file))
      policy.decide("failover", nil, FAILOVER)
      policy.decide("failover", "latency", FAILOVER)
      assert(policy.record(nil))
      folder.write(path .. "/failover/priority.lua",
        "return { order = function() return { 'azure' } end }")
      folder.write(path .. "/failover/latency.lua",
        "return {\n order = function(e) return e.x.y end }")
      local changes = record.diff(assert(record.read(file)), generation.new(2))
      assert.same({ 1, "failover", "priority", { "azure" } },
        { changes[1].number, changes[1].kind, changes[1].name, changes[1].after })
      assert.equal(2, changes[2].number)
      assert.truthy(changes[2].error:find("latency.lua:2: ", 1, true))
    end)
  end)

  it("names a file that cannot be written, and a line that is no decision", function()
    local ok, err = policy.record "/nonexistent/x"
    assert.is_nil(ok)
    assert.truthy(err.message:find("/nonexistent/x", 1, true))
    with_folder(function(path)
      local decisions
      for line, words in pairs {
        ["not json"] = ":2: this is no recorded decision",
        ['{"kind":"nothing","name":"x","input":{}}'] = ":2: this is no recorded decision",
        ['{"kind":"retry","name":"x"}'] = ":2: this is no recorded decision",
      } do
        folder.write(path .. "/d", '{"kind":"retry","name":"default","input":{}}\n' .. line .. "\n")
        decisions, err = record.read(path .. "/d")
        assert.is_nil(decisions)
        assert.truthy(err.message:find(path .. "/d" .. words, 1, true), err.message)
      end
    end)
    assert.is_nil((record.read "/nonexistent/x"))
  end)
end)
