-- SPDX-License-Identifier: MIT
-- Error when a provider turns unhealthy, critical when it stays so for as many checks again,
-- warning when it is degraded, info when it has recovered.
return {
  description = "The severity of each change of health",

  alert = function(change)
    local name, to = change.provider, change.to
    if to == "unhealthy" and change.from == to then
      if change.consecutive_failures ~= 2 * change.failure_threshold then return end
      return { severity = "critical", message = ("%s is still unhealthy after %d failures: %s")
        :format(name, change.consecutive_failures, change.last_error or "no reason known") }
    elseif to == change.from then
      return
    elseif to == "unhealthy" then
      return { severity = "error", message = ("%s is unhealthy after %d failures: %s")
        :format(name, change.consecutive_failures, change.last_error or "no reason known") }
    elseif to == "degraded" then
      return { severity = "warning", message = name .. " is degraded" }
    elseif to == "healthy" and change.from ~= "unknown" then
      return { severity = "info", message = name .. " is healthy again" }
    end
  end,
}
