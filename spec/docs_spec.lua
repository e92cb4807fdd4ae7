-- SPDX-License-Identifier: MIT
-- The pages say what the program does: each layer and ensemble has one, with every option and its
-- default, and no option that is not there. (Commands: spec/cli/init_spec.lua; scripts:
-- spec/policy/scripts_spec.lua; examples: spec/integration/examples_spec.lua.)

local option_lists = require "vision.base.options"
local routing = require "vision.ensemble.routing"
local vision = require "vision"

local UNITS = { KiB = 1024, MiB = 1024 ^ 2, GiB = 1024 ^ 3 }

-- Page -> what is made with it; the options are those that it checks first.
local MAKERS = {
  ["layers/budget"] = vision.create_cost_tracked_provider,
  ["layers/cache"] = vision.create_cached_provider,
  ["layers/circuit_breaker"] = vision.create_circuit_breaker_provider,
  ["layers/concurrency"] = vision.create_concurrency_limited_provider,
  ["layers/hedge"] = vision.create_hedged_provider,
  ["layers/metrics"] = vision.create_metrics_provider,
  ["layers/rate_limit"] = vision.create_rate_limited_provider,
  ["layers/records"] = vision.create_persistent_provider,
  ["layers/resilient"] = vision.create_resilient_provider,
  ["layers/retry"] = vision.create_retry_provider,
  ["layers/streaming"] = vision.create_streaming_provider,
  ["layers/webhooks"] = function(stub)
    return vision.create_webhook_provider(stub, { webhook_url = "https://x.example/",
      webhook_secret = "x" })
  end,
  ["ensemble/ab"] = function(stub) return vision.create_ab_provider(stub, { experiment = "x" }) end,
  ["ensemble/batch"] = vision.BatchProcessor.new,
  ["ensemble/comparison"] = function(stub) return vision.create_comparison_provider { stub } end,
  ["ensemble/failover"] = function(stub) return vision.create_failover_provider { stub } end,
  ["ensemble/health"] = function() return vision.HealthMonitor.new() end,
  ["ensemble/routing"] = routing.create_routed_provider,
}

-- Rows of a page that are not in that list: another function takes them.
local MORE = { ["ensemble/comparison"] = { strategy = true, options = true } }
-- What the program itself hands over.
local OWN = { ["ensemble/routing"] = { endpoints = true } }

local function options_of(make)
  local stub = assert(vision.create_vision_provider "stub")
  local check, heard = option_lists.check, nil
  option_lists.check = function(specs, ...)
    heard = heard or specs
    return check(specs, ...)
  end
  local ok, message = pcall(make, stub)
  option_lists.check = check
  assert.is_true(ok, message)
  return heard or {}
end

local function read(path)
  local file = assert(io.open(path), path .. " is missing")
  local text = file:read "*a"
  file:close()
  return text
end

-- "`a`, `b` | 1, 2": a -> 1, b -> 2; where there is one default it is that of all.
local function add_row(rows, line)
  local first, second = line:match "^|([^|]*)|([^|]*)|"
  local names, defaults = {}, {}
  for name in first:gmatch "`([%w_]+)`" do names[#names + 1] = name end
  for default in second:gmatch "[^,]+" do
    defaults[#defaults + 1] = default:match "^%s*(.-)%s*$"
  end
  for i, name in ipairs(names) do
    rows[name] = #defaults == #names and defaults[i] or second:match "^%s*(.-)%s*$"
  end
end

-- option -> what the page says is its default
local function documented(page)
  local rows, within = {}, false
  for line in (page .. "\n"):gmatch "(.-)\n" do
    if line:find "^| option |" then
      assert.truthy(line:find "^| option | default |", "a table of options without defaults")
      within = true
    elseif line:sub(1, 1) ~= "|" then
      within = false
    elseif within and line:find "^| *`" then
      add_row(rows, line)
    end
  end
  return rows
end

local function number_of(text)
  local number, unit = text:match "^(%-?[%d.]+)%s*(%a*)"
  number = tonumber(number)
  return number and number * (UNITS[unit] or 1)
end

-- Where there is no default, words may say what holds.
local function agrees(said, default)
  if default == nil then return said ~= "true" and said ~= "false" end
  if type(default) == "number" then return number_of(said) == default end
  if type(default) == "table" then return true end
  return (said:gsub('[`"]', "")) == tostring(default)
end

describe("the page of", function()
  for name, make in pairs(MAKERS) do
    it(name .. " has every option with its default, and no other", function()
      local said = documented(read("docs/" .. name .. ".md"))
      local specs = options_of(make)
      for option, spec in pairs(specs) do
        if not (OWN[name] or {})[option] then
          assert.is_string(said[option], ("there is no row for '%s'"):format(option))
          assert.is_true(agrees(said[option], spec.default), ("the default of '%s' is %s, not '%s'")
            :format(option, tostring(spec.default), said[option]))
        end
      end
      for option in pairs(said) do
        assert.is_true(specs[option] ~= nil or (MORE[name] or {})[option] == true,
          ("there is no option '%s'"):format(option))
      end
    end)
  end

  it("the stack has every key, and whether it is on without a word", function()
    local page = read "docs/stack.md"
    for key, spec in pairs(require("vision.stack").OPTIONS) do
      assert.truthy(page:find("`" .. key, 1, true), key)
      local said = page:match("\n| `" .. key .. "` | ([%a ]-) |")
      if said and said ~= "on with several" then
        assert.equal(spec.default and "on" or "off", said, key)
      end
    end
  end)

  it("each layer and ensemble is checked here", function()
    for path in io.popen "ls lua/vision/layers/*.lua lua/vision/ensemble/*.lua":lines() do
      local name = path:match "^lua/vision/(.+)%.lua$"
      if read(path):find "\n[%w_.]*create_[%w_]+_provider =" then
        assert.is_function(MAKERS[name], "docs/" .. name .. ".md")
      end
    end
  end)
end)

describe("documents", function()
  it("link only to what is there", function()
    local files = io.popen "git ls-files '*.md' 2>/dev/null || find . -name '*.md'"
    for path in files:lines() do
      local folder = path:match "^(.*)/" or "."
      for target in read(path):gmatch "%]%(([^)#%s]+)#?[^)]*%)" do
        if not target:find "^%a+:" then
          local file = io.open(folder .. "/" .. target)
          assert.truthy(file, ("%s: there is no %s"):format(path, target))
          file:close()
        end
      end
    end
    files:close()
  end)
end)
