-- SPDX-License-Identifier: MIT
-- Exponential backoff with jitter, for what may succeed later. "full" and "decorrelated" are those
-- of AWS's "Exponential Backoff And Jitter": many that failed at one time do not come back at one
-- time. A provider that says when to come back is believed.
return {
  description = "Exponential backoff with jitter",
  options = {
    max_retries = { "Tries after the first", 3, min = 0 },
    base_delay = { "Seconds before the first of them, at most", 1, min = 0 },
    max_delay = { "The longest wait in seconds", 30, min = 0 },
    exponential_base = { "How many times longer each wait is than the one before", 2, min = 1 },
    jitter = { "How chance changes the waits", "full",
      one_of = { "full", "decorrelated", "none" } },
  },

  decide = function(attempt, error, job, options)
    if not error.retryable or attempt > options.max_retries then return { retry = false } end
    local base, random = options.base_delay, job.random or 1
    local delay = base * options.exponential_base ^ (attempt - 1)
    if options.jitter == "decorrelated" then
      local most = math.max(3 * (job.last_delay or base), base)
      delay = base + random * (most - base)
    end
    delay = math.min(delay, options.max_delay)
    if options.jitter == "full" then delay = random * delay end
    return { retry = true, delay = math.max(delay, error.retry_after or 0) }
  end,
}
