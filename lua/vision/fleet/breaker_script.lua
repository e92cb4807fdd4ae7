-- SPDX-License-Identifier: MIT
-- A circuit breaker as a Redis server plays it: csrc/core/circuit_breaker.c and breaker_window.c,
-- said in the server's Lua. spec/integration/fleet_spec.lua holds it to them.

-- KEYS: the breaker. ARGV: time ("": Redis's own), its configuration (JSON), what is done, and what
-- that takes. A list: permit (0: refused), wait, the new state and the old one ("": no change), the
-- state, times it opened, calls refused.
return [[
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] + time[2] / 1e6
end
local c = cjson.decode(ARGV[2])
local SLICES = 20

-- ---- the window ----

local function new_window()
  return { calls = 0, failures = 0, slow = 0, ring = '', slice = -2 * SLICES, slices = {} }
end

local function add_call(w, failed, slow)
  if w.calls == c.window_size then
    local oldest = string.byte(w.ring)
    w.ring = string.sub(w.ring, 2)
    w.calls, w.failures, w.slow = w.calls - 1, w.failures - oldest % 2,
      w.slow - math.floor(oldest / 2) % 2
  end
  w.ring = w.ring .. string.char(64 + (failed and 1 or 0) + (slow and 2 or 0))
end

-- The slices of the window stand by their numbers modulo SLICES.
local function slice_of(w, number) return w.slices[number % SLICES + 1] end

local function add_timed(b, failed, slow)
  local w = b.window
  local number = now / c.window_size * SLICES
  number = number > 0 and number < 1e15 and math.floor(number) or 0
  if number - w.slice >= SLICES or w.slice - number > SLICES then
    w = new_window()
    for i = 1, SLICES do w.slices[i] = { 0, 0, 0 } end
    b.window = w
  else
    while w.slice < number do
      w.slice = w.slice + 1
      local oldest = slice_of(w, w.slice)
      w.calls, w.failures, w.slow = w.calls - oldest[1], w.failures - oldest[2], w.slow - oldest[3]
      oldest[1], oldest[2], oldest[3] = 0, 0, 0
    end
  end
  if number > w.slice then w.slice = number end
  local slice = slice_of(w, w.slice)
  slice[1], slice[2], slice[3] = slice[1] + 1, slice[2] + (failed and 1 or 0),
    slice[3] + (slow and 1 or 0)
  return w
end

-- ---- states ----

local function enter(b, state)
  b.changed_from = b.state
  b.state = state
  b.permits = b.permits + 1
  b.generation = b.permits
  b.failures, b.successes, b.probes = 0, 0, {}
end

local function close_it(b)
  b.window, b.openings = new_window(), 0
  enter(b, 'closed')
end

local function open_it(b, seconds)
  b.open_seconds, b.open_until = seconds, now + seconds
  b.openings, b.opens = b.openings + 1, b.opens + 1
  enter(b, 'open')
end

local function open_time(b)
  local most = math.max(c.timeout_max, c.timeout)
  local seconds = c.timeout > 0 and c.timeout * c.timeout_factor ^ b.openings or 0
  return math.min(seconds, most) * (1 - c.timeout_jitter * c.chance)
end

-- ---- probes: a list of { permit, end } ----

local function time_left(stop, length)
  if stop - now > length then stop = now + length end
  return stop - now, stop
end

local wait = 0

local function refuse(b, seconds)
  b.rejected = b.rejected + 1
  wait = seconds
  return 0
end

local function allow_probe(b)
  local least, live = math.huge, {}
  for _, probe in ipairs(b.probes) do
    local left
    left, probe[2] = time_left(probe[2], c.probe_timeout)
    if left > 0 then
      live[#live + 1] = probe
      least = math.min(least, left)
    end
  end
  if #live >= c.half_open_max_calls then return refuse(b, least) end
  b.permits = b.permits + 1
  live[#live + 1] = { b.permits, now + c.probe_timeout }
  b.probes = live
  return b.permits
end

local function allow(b)
  if b.state == 'open' then
    local left
    left, b.open_until = time_left(b.open_until, b.open_seconds)
    if left > 0 then return refuse(b, left) end
    enter(b, 'half_open')
    return allow_probe(b)
  elseif b.state == 'half_open' then
    return allow_probe(b)
  elseif b.state == 'forced_open' then
    return refuse(b, math.huge)
  end
  return b.generation
end

-- ---- recording ----

local function is_slow(seconds)
  return c.window and c.slow_call_rate <= 1 and seconds >= c.slow_call_duration
end

local function too_many(w)
  return w.calls >= c.minimum_calls
    and (w.failures >= c.failure_rate * w.calls or w.slow >= c.slow_call_rate * w.calls)
end

local function opens(b, failed, seconds)
  if not c.window then
    b.failures = failed and b.failures + 1 or 0
    return b.failures >= c.failure_threshold
  end
  local slow, w = is_slow(seconds), b.window
  if c.window == 'count' then add_call(w, failed, slow) else w = add_timed(b, failed, slow) end
  w.calls, w.failures, w.slow = w.calls + 1, w.failures + (failed and 1 or 0),
    w.slow + (slow and 1 or 0)
  return too_many(w)
end

local function record_probe(b, at, outcome, seconds)
  local probe = table.remove(b.probes, at)
  if time_left(probe[2], c.probe_timeout) <= 0 or outcome == 'ignored' then return end
  if outcome == 'failure' or is_slow(seconds) then return open_it(b, open_time(b)) end
  b.successes = b.successes + 1
  if b.successes >= c.success_threshold then close_it(b) end
end

local function record(b, permit, outcome, seconds)
  if b.state == 'half_open' then
    for at, probe in ipairs(b.probes) do
      if probe[1] == permit then return record_probe(b, at, outcome, seconds) end
    end
  elseif b.state == 'closed' and permit == b.generation and outcome ~= 'ignored'
    and opens(b, outcome == 'failure', seconds) then
    open_it(b, open_time(b))
  end
end

local function open_for(b, seconds)
  if b.state == 'forced_open' or b.state == 'disabled' then return end
  if b.state ~= 'open' then return open_it(b, seconds) end
  local left
  left, b.open_until = time_left(b.open_until, b.open_seconds)
  if seconds > left then b.open_seconds, b.open_until = seconds, now + seconds end
end

-- ---- what is asked ----

local kept = redis.call('GET', KEYS[1])
local b = kept and cmsgpack.unpack(kept)
if not b or b.settings ~= c.settings then
  b = { settings = c.settings, state = 'closed', permits = 0, opens = 0, rejected = 0 }
  close_it(b)
end
local before, permit, verb = b.state, 0, ARGV[3]
if verb == 'allow' then
  permit = allow(b)
elseif verb == 'record' then
  record(b, tonumber(ARGV[4]), ARGV[5], tonumber(ARGV[6]))
elseif verb == 'open_for' then
  open_for(b, tonumber(ARGV[4]))
elseif verb == 'force_open' then
  enter(b, 'forced_open')
elseif verb == 'disable' then
  enter(b, 'disabled')
elseif verb == 'reset' then
  close_it(b)
end
b.changed_from = nil
redis.call('SET', KEYS[1], cmsgpack.pack(b), 'EX', 172800)
local changed = b.state ~= before
return { permit, string.format('%.17g', wait), changed and b.state or '', changed and before or '',
  b.state, b.opens, b.rejected }
]]
