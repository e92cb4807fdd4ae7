-- SPDX-License-Identifier: MIT
-- The first answer that came. `early` says that nobody waits for the others.
return {
  description = "The first answer that comes",
  early = true,

  select = function(answers)
    local first
    for _, answer in ipairs(answers) do
      local sooner = first and (answer.latency_ms or 0) < (first.latency_ms or 0)
      if answer.ok and (sooner or not first) then first = answer end
    end
    return first and first.name
  end,
}
