-- SPDX-License-Identifier: MIT
-- Batches whose worker is killed, or has to end: another goes on with them.

local chance = require "spec.support.chance"
local core = require "vision.core"
local folder = require "spec.support.folder"
local json = require "vision.base.json"
local mock_provider = require "spec.support.mock_provider"
local pictures = require "spec.support.pictures"
local redis_server = require "spec.support.redis"
local shelves = require "vision.server.shelf"
local task = require "vision.base.task"
local workers = require "spec.support.workers"

local BATCH = "/api/v1/vision/batch"
local CLOSE = "Connection: close"

local until_true = workers.until_true

local function base64(shade)
  return core.base64_encode(pictures.png(20, 10, function() return shade end))
end

-- A batch of a service, and what is known of it from outside.
local Batch = {}
Batch.__index = Batch

local function start(service, mock, count, concurrency)
  local self = setmetatable({ service = service, mock = mock, images = {}, requests = {} }, Batch)
  for i = 1, count do self.images[i] = base64(i) end
  local answer = service:call("POST", BATCH, json.encode { images = self.images,
    max_concurrency = concurrency }, { CLOSE, "Content-Type: application/json" })
  assert.equal(202, answer.status, answer.body)
  self.id = answer.json.job_id
  self.place = BATCH .. "/" .. self.id
  return self
end

function Batch:state() return assert(self.service:call("GET", self.place)).json end

-- The indices of those that are kept.
function Batch:kept()
  local answer = assert(self.service:call("GET", self.place .. "/results?limit=200"))
  local list = {}
  for i, result in ipairs(answer.json.results) do
    assert.is_true(result.success, result.error)
    list[i] = result.index
  end
  return list
end

-- The indices of the pictures that the provider was asked about since the last time.
function Batch:asked()
  local list = {}
  for _, request in ipairs(self.mock:requests()) do
    local text = json.encode(request.body)
    for i, image in ipairs(self.images) do
      if text:find(image, 1, true) then list[#list + 1] = i end
    end
  end
  return list
end

-- The process that runs it; nil: none does.
function Batch:owner(shelf)
  local text = shelf:get("lease:" .. self.id)
  local pid = text and not core.process_has_ended(text) and text:match "^[^:]+:%d+:(%d+):"
  return pid and tonumber(pid)
end

function Batch:until_status(status)
  return until_true("it is " .. status, function()
    local state = self:state()
    assert.is_not.equal("interrupted", state.status)
    return state.status == status and state
  end)
end

local function one_to(count)
  local list = {}
  for i = 1, count do list[i] = i end
  return list
end

local function in_task(body)
  local ok, err = task.spawn(function() return xpcall(body, debug.traceback) end):join()
  if not ok then error(err, 0) end
end

describe("a batch whose worker is killed", function()
  local mock
  before_each(function() mock = mock_provider.start() end)
  after_each(function() mock:stop() end)

  -- With the shelf that the workers share.
  local function with(scenario, body)
    workers.with(3, ("return { provider = { 'openai_compatible', base_url = %q, model = 'm' } }")
      :format(mock:base(scenario)), function(service)
      local place = assert(io.popen("ls -d " .. service.place .. "/vision-workers-*"):read "*l")
      local shelf = assert(shelves.open(place .. "/jobs.db"))
      in_task(function() body(service, shelf, place) end)
      shelf:close()
    end)
  end

  it("is gone on with, again and again: each result once, none asked for again", function()
    with("after-40", function(service, shelf, place)
      local source, count = chance.new(7), 24
      local batch = start(service, mock, count, 3)
      local kills, least, kept = 0, 0, {}
      while kills < 4 do
        local owner = batch:owner(shelf)
        local state = batch:state()
        if state.status ~= "running" then break end
        assert.is_true(state.completed >= least, "its progress went back")
        least = state.completed
        if owner and state.completed >= 4 * kills then
          task.sleep(source:number(0, 0.06))
          workers.kill(owner, "KILL")
          kills = kills + 1
          until_true("its end", function() return core.process_has_ended(
            shelf:get("lease:" .. batch.id) or "") or batch:owner(shelf) ~= owner end)
          kept = batch:kept()
          batch:asked()
        end
        for _, index in ipairs(batch:asked()) do
          for _, done in ipairs(kept) do assert.is_not.equal(done, index) end
        end
        task.sleep(0.005)
      end
      assert.equal(4, kills)
      local state = batch:until_status "completed"
      assert.same({ count, 0, 100 }, { state.completed, state.failed, state.progress_percent })
      for _, index in ipairs(batch:asked()) do
        for _, done in ipairs(kept) do assert.is_not.equal(done, index) end
      end
      local all = batch:kept()
      table.sort(all)
      assert.same(one_to(count), all)
      until_true("nothing is left", function()
        return #core.folder(place .. "/jobs.db-jobs") == 0
      end)
    end)
  end)

  it("is still cancelled when another has it", function()
    with("held", function(service, shelf)
      local batch = start(service, mock, 6, 2)
      until_true("two are asked about", function() return #batch:asked() > 0 end)
      local owner = batch:owner(shelf)
      workers.kill(owner, "KILL")
      until_true("another has it", function()
        local now = batch:owner(shelf)
        return now and now ~= owner
      end)
      assert.equal("running", batch:state().status)
      assert.equal(202, service:call("POST", batch.place .. "/cancel").status)
      batch:until_status "cancelled"
    end)
  end)
end)

describe("a batch under way when the service has to end", function()
  local mock
  before_each(function() mock = mock_provider.start() end)
  after_each(function() mock:stop() end)

  -- `jobs` is where its pictures lie.
  local function is_gone_on_with(place, jobs, ...)
    folder.write(place .. "/vision.lua", ("return { provider = { 'openai_compatible', "
      .. "base_url = %q, model = 'm' } }"):format(mock:base "held"))
    local more = { "--grace", "0.2", ... }
    local service = workers.start(place, 2, more)
    service:until_ready()
    in_task(function()
      local batch = start(service, mock, 4, 1)
      mock:release()
      until_true("one is kept", function() return batch:state().completed == 1 end)
      until_true("the second is asked about", function()
        for _, index in ipairs(batch:asked()) do
          if index == 2 then return true end
        end
      end)
      assert.equal(0, (service:finish()))
      assert.equal(1, #core.folder(jobs))

      service = workers.start(place, 2, more)
      service:until_ready()
      batch.service = service
      assert.same({ "running", 1 }, { batch:state().status, batch:state().completed })
      for _ = 1, 5 do mock:release() end -- the one that was broken off takes one, too
      batch:until_status "completed"
      assert.is_nil(table.concat(batch:asked(), " "):find("1", 1, true))
      local all = batch:kept()
      table.sort(all)
      assert.same(one_to(4), all)
    end)
    assert.equal(0, (service:finish()))
    assert.same({}, core.folder(jobs))
  end

  it("is left, and gone on with at its next start", function()
    folder.with(function(place)
      is_gone_on_with(place, place .. "/records.db-jobs", "--store", place .. "/records.db")
    end)
  end)

  it("is so with a store elsewhere, where its pictures have a folder that stays", function()
    local server = redis_server.start()
    folder.with(function(place)
      is_gone_on_with(place, place .. "/jobs", "--store", server.url, "--jobs", place .. "/jobs")
    end)
    server:stop()
  end)
end)
