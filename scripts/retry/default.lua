-- SPDX-License-Identifier: MIT
-- Exponential backoff with full jitter, for what may succeed later. A provider that says when to
-- come back is believed, up to the longest delay.
return {
  description = "Exponential backoff with jitter",
  options = {
    max_retries = { "Tries after the first", 3, min = 0 },
    base_delay = { "Seconds before the first of them, at most", 1, min = 0 },
    max_delay = { "The longest wait in seconds", 30, min = 0 },
    exponential_base = { "How many times longer each wait is than the one before", 2, min = 1 },
  },

  decide = function(attempt, error, job, options)
    if not error.retryable or attempt > options.max_retries then return { retry = false } end
    if error.retry_after then
      return { retry = error.retry_after <= options.max_delay, delay = error.retry_after }
    end
    local longest = options.base_delay * options.exponential_base ^ (attempt - 1)
    return { retry = true, delay = math.min(longest, options.max_delay) * (job.random or 1) }
  end,
}
