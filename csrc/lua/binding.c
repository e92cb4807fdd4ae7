// SPDX-License-Identifier: MIT
#include "binding.h"

#include <stdint.h>
#include <string.h>

void binding_class(lua_State *L, const char *name, const luaL_Reg *methods,
                   lua_CFunction gc) {
  luaL_newmetatable(L, name);
  lua_newtable(L);
  luaL_setfuncs(L, methods, 0);
  lua_setfield(L, -2, "__index");
  if (gc) {
    lua_pushcfunction(L, gc);
    lua_setfield(L, -2, "__gc");
  }
  lua_pushstring(L, name); // a plain name: tostring shows no address's content
  lua_setfield(L, -2, "__name");
  lua_pushboolean(L, 0); // getmetatable(object) gives no way to change a class
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}

void *binding_new(lua_State *L, size_t size, const char *class_name) {
  void *userdata = vision_newuserdata(L, size);
  memset(userdata, 0, size);
  luaL_getmetatable(L, class_name);
  lua_setmetatable(L, -2);
  return userdata;
}

int binding_fail(lua_State *L, const error *e) {
  lua_pushnil(L);
  lua_createtable(L, 0, 2);
  lua_pushstring(L, reason_word(e->reason));
  lua_setfield(L, -2, "reason");
  lua_pushstring(L, e->message);
  lua_setfield(L, -2, "message");
  return 2;
}

static double check_number(lua_State *L, const option_spec *spec) {
  double value = lua_tonumber(L, -1);
  bool in_range = value >= spec->minimum && value <= spec->maximum;
  if (lua_type(L, -1) != LUA_TNUMBER || !in_range)
    luaL_error(L, "option '%s': a number from %f to %f expected, got %s",
               spec->name, spec->minimum, spec->maximum,
               lua_type(L, -1) == LUA_TNUMBER ? lua_tostring(L, -1)
                                              : luaL_typename(L, -1));
  return value;
}

static void check_type(lua_State *L, const option_spec *spec, int type) {
  if (lua_type(L, -1) != type)
    luaL_error(L, "option '%s': a %s expected, got %s", spec->name,
               lua_typename(L, type), luaL_typename(L, -1));
}

static void read_option(lua_State *L, const option_spec *spec, char *out) {
  void *field = out + spec->offset;
  switch (spec->type) {
  case OPTION_STRING:
    check_type(L, spec, LUA_TSTRING);
    *(const char **)field = lua_tostring(L, -1);
    break;
  case OPTION_BOOLEAN:
    check_type(L, spec, LUA_TBOOLEAN);
    *(bool *)field = lua_toboolean(L, -1);
    break;
  case OPTION_INTEGER:
    *(int64_t *)field = (int64_t)check_number(L, spec);
    break;
  case OPTION_NUMBER:
    *(double *)field = check_number(L, spec);
    break;
  case OPTION_SECONDS:
    *(int64_t *)field = (int64_t)(check_number(L, spec) * 1e6);
    break;
  }
}

void binding_options(lua_State *L, int index, const option_spec *specs,
                     void *out) {
  index = lua_absindex(L, index);
  luaL_checktype(L, index, LUA_TTABLE);
  for (; specs->name; specs++) {
    lua_getfield(L, index, specs->name);
    if (!lua_isnil(L, -1))
      read_option(L, specs, out);
    lua_pop(L, 1);
  }
}
