// SPDX-License-Identifier: MIT
#ifndef VISION_LUA_IMAGE_H
#define VISION_LUA_IMAGE_H

#include "binding.h"

#include "../core/image.h"

// Images among the bindings. A handle in Lua holds one reference; whoever
// keeps the image beyond the call takes one of its own (image_ref), so handle
// and keeper may go in either order.

// Pushes a handle and fills it with make(argument), which gives a new
// reference or NULL with e. Leaves the handle, or binding_fail's two values,
// on the stack; returns how many.
int binding_push_image(lua_State *L, image *(*make)(void *argument, error *e),
                       void *argument);

// Pushes a handle of an image that lives on in somebody else's hands.
void binding_share_image(lua_State *L, image *i);

// The image of the handle at `index`, still the handle's; anything else is
// misuse and throws.
image *binding_check_image(lua_State *L, int index);

// The same, but NULL where it is no handle of an image.
image *binding_test_image(lua_State *L, int index);

#endif
