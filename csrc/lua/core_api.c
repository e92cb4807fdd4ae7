// SPDX-License-Identifier: MIT
#include "core_api.h"

// Never written to; not const, since Lua's light userdata is not.
static core_api published = {
    .version = CORE_API_VERSION,
    .error_set = error_set,
    .error_memory = error_memory,
    .descriptors_allow = descriptors_allow,
    .loop_ref = loop_ref,
    .loop_unref = loop_unref,
    .loop_is_inherited = loop_is_inherited,
    .loop_uv = loop_uv,
    .loop_over_budget = loop_over_budget,
    .completion_init = completion_init,
    .loop_complete = loop_complete,
    .loop_forget = loop_forget,
    .binding_class = binding_class,
    .binding_new = binding_new,
    .binding_fail = binding_fail,
    .binding_loop = binding_loop,
    .binding_options = binding_options,
    .binding_test_image = binding_test_image,
    .binding_check_sink = binding_check_sink,
};

void binding_publish_core(lua_State *L) {
  lua_pushlightuserdata(L, &published);
  lua_setfield(L, LUA_REGISTRYINDEX, CORE_API_KEY);
}
