-- SPDX-License-Identifier: MIT
-- The quickest first. One that was never measured comes before all: so it gets measured.
return {
  description = "Lowest latency first",

  order = function(endpoints)
    local usable, place, names = {}, {}, {}
    for _, endpoint in ipairs(endpoints) do
      if endpoint.health ~= "unhealthy" then usable[#usable + 1] = endpoint end
    end
    if #usable == 0 then usable = endpoints end
    for i, endpoint in ipairs(usable) do place[endpoint] = i end
    table.sort(usable, function(a, b)
      local mine, other = a.latency_ms or 0, b.latency_ms or 0
      if mine ~= other then return mine < other end
      return place[a] < place[b]
    end)
    for i, endpoint in ipairs(usable) do names[i] = endpoint.name end
    return names
  end,
}
