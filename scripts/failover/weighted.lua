-- SPDX-License-Identifier: MIT
-- Drawn by weight: with weights 2 and 1 the first gets two jobs of three. job.random is the draw.
return {
  description = "At random, by weight",

  order = function(endpoints, job)
    local usable, total, names = {}, 0, {}
    for _, endpoint in ipairs(endpoints) do
      if endpoint.health ~= "unhealthy" then usable[#usable + 1] = endpoint end
    end
    if #usable == 0 then usable = endpoints end
    for _, endpoint in ipairs(usable) do total = total + endpoint.weight end
    local draw = job.random
    while #usable > 0 do
      local point, chosen = draw * total, 1
      while chosen < #usable and point >= usable[chosen].weight do
        point, chosen = point - usable[chosen].weight, chosen + 1
      end
      local endpoint = table.remove(usable, chosen)
      names[#names + 1] = endpoint.name
      total = total - endpoint.weight
      -- What is left of this draw, stretched to 0 .. 1 again, is the next one.
      draw = endpoint.weight > 0 and math.min(point / endpoint.weight, 1) or 0
    end
    return names
  end,
}
