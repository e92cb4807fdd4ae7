-- SPDX-License-Identifier: MIT
-- By priority, the lowest number first. An unhealthy endpoint is tried when there is no other.
return {
  description = "Lowest priority number first",

  order = function(endpoints)
    local usable = {}
    for _, endpoint in ipairs(endpoints) do
      if endpoint.health ~= "unhealthy" then usable[#usable + 1] = endpoint end
    end
    if #usable == 0 then usable = endpoints end
    local place, names = {}, {}
    for i, endpoint in ipairs(usable) do place[endpoint] = i end
    table.sort(usable, function(a, b)
      if a.priority ~= b.priority then return a.priority < b.priority end
      return place[a] < place[b]
    end)
    for i, endpoint in ipairs(usable) do names[i] = endpoint.name end
    return names
  end,
}
