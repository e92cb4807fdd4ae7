// SPDX-License-Identifier: MIT
#include "binding.h"

#include "../core/search_words.h"

static int core_search_words(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  char *words = vision_newuserdata(L, length + 2);
  lua_pushlstring(L, words, search_words(text, length, words));
  return 1;
}

void open_search_words(lua_State *L) {
  static const luaL_Reg functions[] = {{"search_words", core_search_words},
                                       {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}
