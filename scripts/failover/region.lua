-- SPDX-License-Identifier: MIT
-- Those of the job's region first, each group by priority.
return {
  description = "The job's own region first",
  options = {
    region = { "The region where the job names none", "" },
    strict = { "Use no other region at all", false },
  },

  order = function(endpoints, job, options)
    local region, place, usable, names = job.region or options.region, {}, {}, {}
    for i, endpoint in ipairs(endpoints) do
      local near = endpoint.region == region
      local allowed = near or not options.strict
      if allowed and endpoint.health ~= "unhealthy" then usable[#usable + 1] = endpoint end
      place[endpoint] = (near and 0 or 1e6) + endpoint.priority + i / 1e3
    end
    table.sort(usable, function(a, b) return place[a] < place[b] end)
    for i, endpoint in ipairs(usable) do names[i] = endpoint.name end
    return names
  end,
}
