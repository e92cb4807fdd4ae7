-- SPDX-License-Identifier: MIT
-- Results that are kept: records with tags, found again, written out, forgotten.
--
--   examples/run persistence.lua [FILE]

local vision = require "vision"

local here = arg[0]:match "^(.*)/" or "."
local image = assert(vision.image_file(arg[1] or here .. "/drawings/flange.pdf"))

local provider = assert(vision.create_vision_provider())
local persistent = assert(vision.create_persistent_provider(provider, {
  auto_tag = { "production", "batch-1" },
  store = "memory:", -- or a file, postgres://…, redis://…
}))

local reading, err, record = persistent:analyze_image(image, { tags = { "mechanical", "urgent" } })
assert(reading, err)
print("Saved as: " .. record.record_id)

-- Found again.
local persistence = persistent.persistence
local found = assert(persistence:query_results {
  tags = { "urgent" }, min_confidence = 0.8, from = "2026-01-01", limit = 50,
})
for _, one in ipairs(found.records) do
  print(("%s: %s"):format(one.tags[1], one.result.summary))
end

-- What makes no sense is said.
local _, wrong = persistence:query_results { from = "2026-02-30" }
print(wrong.message)

-- Written out, a page in memory at a time.
local count = assert(persistence:export { format = "csv", write = function(text)
  print(text:match "^[^\r\n]*":sub(1, 60))
  return true
end })
print(count .. " exported")

print("Forgotten: " .. assert(persistence:delete_picture(image:sha256())))
