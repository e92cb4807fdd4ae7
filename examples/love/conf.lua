-- SPDX-License-Identifier: MIT
function love.conf(t)
  t.identity = "vision-love"
  t.window.title = "vision: drop a drawing"
  t.window.width, t.window.height = 1280, 800
  t.window.resizable = true
  for _, name in ipairs { "audio", "sound", "physics", "joystick" } do t.modules[name] = false end
end
