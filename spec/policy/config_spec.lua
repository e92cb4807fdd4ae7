-- SPDX-License-Identifier: MIT
local config = require "vision.policy.config"
local environment = require "spec.support.environment"
local folder = require "spec.support.folder"

describe("the configuration file", function()
  -- What is read from a file of this text, and its path.
  local function read(text)
    local settings, err, path
    folder.with(function(place)
      path = place .. "/vision.lua"
      folder.write(path, text)
      settings, err = config.load(path)
    end)
    return settings, err, path
  end

  local function refusal(text)
    local settings, err, path = read(text)
    assert.is_nil(settings)
    assert.equal(1, err.message:find(path, 1, true), err.message)
    return err.message:sub(#path + 1), err.reason
  end

  it("is a table as the stack takes it", function()
    local settings = assert(read [[
return {
  providers = { "openai", { provider = "anthropic", weight = 2 } },
  retry = { max_retries = 1 },
  policy = { routing = { default = { thick = 4 } } },
}]])
    assert.equal(1, settings.stack.retry.max_retries)
    assert.equal(2, settings.stack.providers[2].weight)
    assert.equal(4, settings.policy.routing.default.thick)
    assert.is_nil(settings.stack.policy)
  end)

  it("need not be there, but where it is named", function()
    folder.with(function(place)
      environment.with({ VISION_CONFIG = false, XDG_CONFIG_HOME = place }, function()
        assert.same({ stack = {} }, config.load())
        assert.same({ place .. "/vision/vision.lua", false }, { config.path() })
      end)
      environment.with({ VISION_CONFIG = place .. "/mine.lua" }, function()
        local settings, err = config.load()
        assert.is_nil(settings)
        assert.equal("not_found", err.reason)
        assert.truthy(err.message:find(place .. "/mine.lua", 1, true))
      end)
    end)
  end)

  it("is not looked for in the current folder", function()
    environment.with({ VISION_CONFIG = false, XDG_CONFIG_HOME = false, HOME = false }, function()
      assert.is_nil((config.path()))
      assert.same({ stack = {} }, config.load())
    end)
  end)

  it("is refused with file, key and what was expected", function()
    assert.matches("^: there is no option 'retri'; did you mean 'retry'",
      refusal "return { retri = 3 }")
    assert.matches("^: retry: option 'max_retries' must be a whole number .*, not %-1",
      refusal "return { retry = { max_retries = -1 } }")
    assert.matches("^: providers%[1%]: option 'weight' must be a number",
      refusal "return { providers = { { provider = 'openai', weight = 'much' } } }")
    assert.matches("did you mean 'openai'", (refusal "return { provider = 'opnai' }"))
    assert.matches("^: option 'policy' must be a table", refusal "return { policy = 1 }")
    assert.matches("^: rate_limit: option 'burst_size' must be a whole number .*, not %-5$",
      refusal "return { rate_limit = { burst_size = -5 } }")
    assert.matches("^: providers%[2%]%.rate_limit: option 'burst_size' must be",
      refusal "return { providers = { 'local', { 'stub', rate_limit = { burst_size = -5 } } } }")
    assert.matches("^: providers%[1%]: there is no provider 'opnai'; did you mean 'openai'?",
      refusal "return { providers = { 'opnai' } }")
    assert.matches("^: providers%[1%]: there is no option 'modl'; did you mean 'model'?",
      refusal "return { providers = { { 'openai', modl = 'x' } } }")
    assert.matches("^: base_url .*must look like https://host/path",
      refusal "return { provider = { 'openai', base_url = 'nonsense' } }")
    assert.matches("^: failover: there is no script failover/fastest.lua; there are: ",
      refusal "return { providers = { 'local', 'stub' }, failover = { strategy = 'fastest' } }")
    assert.matches("^: compare: there is no script selection/consensuss.lua",
      refusal "return { compare = { strategy = 'consensuss' } }")
    assert.truthy(read "return { compare = { strategy = 'consensus' } }")
  end)

  it("gives scripts only options that they have", function()
    assert.matches("^: policy: there is no kind of script 'rooting'",
      refusal "return { policy = { rooting = {} } }")
    assert.matches("^: policy.routing.default: there is no option 'thik'; did you mean 'thick'",
      refusal "return { policy = { routing = { default = { thik = 3 } } } }")
    assert.matches("^: policy.routing.mine: there is no script routing/mine.lua",
      (refusal "return { policy = { routing = { mine = {} } } }"))
  end)

  it("is a script like all others: file, line, reason", function()
    local message, reason = refusal "return {\n  retry = \n}"
    assert.matches("^:3: ", message)
    assert.equal("script", reason)
    assert.matches("^: it must return a table, not a number", (refusal "return 7"))
    assert.matches("^: it must return a table, not nothing", (refusal "-- nothing"))
    local _, err = config.load "spec"
    assert.matches("^spec is a directory", err.message)
    assert.matches("there is no 'os' here", (refusal "return { provider = os.getenv 'HOME' }"))
  end)

  it("is never quoted where its text is wrong: it holds keys", function()
    local key = "sksecret123"
    for text, words in pairs {
      ['return {\n  api_key = "KEY,\n}'] = "^:2: a text has no closing quote$",
      ["return {\n  api_key = 'KEY }"] = "^:2: a text has no closing quote$",
      ['return { api_key = [[KEY }'] = "^:1: a long text or comment has no end$",
      ['return { api_key = "near KEY near }'] = "^:1: a text has no closing quote$",
      ['return { api_key = KEY-1 }'] = "^:1: a value is used that is not there",
      ['return { api_key = "a" .. KEY }'] = "^:1: a value is used that is not there",
      ['return { api_key = KEY() }'] = "^:1: a value is used that is not there",
      ['return { api_key = ("KEY")() }'] = "^:1: a value is used that is not there",
      ['return { api_key = 1KEY }'] = "^:1: a number cannot be read; a text needs quotes$",
      ['return { api_key = "a" KEY }'] = "^:1: '}' expected",
      ['return { api_key = "\\qKEY" }'] = "^:1: a backslash in a text makes no sense",
      ['return { api_key = !KEY }'] = "^:1: something makes no sense there",
      ['goto KEY'] = "^:1: it fails with a message that is not shown",
      ['error "KEY"'] = "^:1: it fails with a message that is not shown",
      ['assert(nil, "KEY")'] = "^:1: it fails with a message that is not shown",
      ['error()'] = "^:1: it calls error%(%)$",
      ['error { "KEY" }'] = "^:1: it calls error%(%)$",
      ['return "KEY"'] = "^: it must return a table, not a string$",
      ['return { api_key = function() return "KEY" end }'] = "'api_key' is a function; only values",
      ['return { api_key = { string.rep } }'] = "^: api_key.*: a function; only values",
    } do
      local message = refusal((text:gsub("KEY", key)))
      assert.is_nil(message:find(key, 1, true), message)
      assert.is_nil(message:find "secret", message)
      assert.matches(words, message)
    end
  end)
end)
