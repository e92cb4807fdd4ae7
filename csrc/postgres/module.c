// SPDX-License-Identifier: MIT
#include "connection.h"
#include "values.h"

#include <string.h>

#define CONNECTION_CLASS "vision.postgres_connection"
#define TARGET_CLASS "vision.postgres_target"
#define TRANSACTION_CLASS "vision.postgres_transaction"

const core_api *core;

// ---- addresses ----

static int target_gc(lua_State *L) {
  target_free(lua_touserdata(L, 1));
  return 0;
}

// postgres.address(url): where it leads, for people, and the seconds that
// connecting may take.
static int postgres_address(lua_State *L) {
  const char *url = luaL_checkstring(L, 1);
  char name[256];
  error e = {0};
  target *t = core->binding_new(L, sizeof *t, TARGET_CLASS);
  if (target_init(t, url, "", 1, &e) != 0)
    return core->binding_fail(L, &e);
  target_name(t, name, sizeof name);
  lua_pushstring(L, name);
  lua_pushnumber(L, t->connect_timeout);
  target_free(t);
  return 2;
}

// ---- connections ----

static int postgres_connect(lua_State *L) {
  const option_spec specs[] = {
      {"url", OPTION_STRING, offsetof(connection_options, url), 0, 0},
      {"settings", OPTION_STRING, offsetof(connection_options, settings), 0, 0},
      {"timeout", OPTION_NUMBER,
       offsetof(connection_options, statement_timeout), 0.001, 86400},
      {NULL, OPTION_STRING, 0, 0, 0},
  };
  const option_spec depth[] = {{"depth", OPTION_INTEGER, 0, 1, 1000},
                               {NULL, OPTION_STRING, 0, 0, 0}};
  connection_options o = {.settings = "", .statement_timeout = 30};
  int64_t commits = 2;
  core->binding_options(L, 1, specs, &o);
  core->binding_options(L, 1, depth, &commits);
  luaL_argcheck(L, o.url, 1, "option 'url': a string expected");
  o.depth = (int)commits;
  error e = {0};
  loop *l = core->binding_loop(L, &e);
  if (!l)
    return core->binding_fail(L, &e);
  connection **c = core->binding_new(L, sizeof *c, CONNECTION_CLASS);
  *c = connection_new(l, &o, &e);
  return *c ? 1 : core->binding_fail(L, &e);
}

static connection *check_connection(lua_State *L) {
  connection **c = luaL_checkudata(L, 1, CONNECTION_CLASS);
  luaL_argcheck(L, *c, 1, "this connection is closed");
  return *c;
}

static int connection_id(lua_State *L) {
  connection **c = luaL_checkudata(L, 1, CONNECTION_CLASS);
  return binding_push_id(L, *c ? connection_completion(*c) : NULL);
}

// true: open. false: not yet. nil, err: lost.
static int connection_open(lua_State *L) {
  connection *c = check_connection(L);
  if (connection_state_of(c) != CONNECTION_LOST) {
    lua_pushboolean(L, connection_state_of(c) == CONNECTION_OPEN);
    return 1;
  }
  core->binding_fail(L, connection_error(c));
  lua_pushboolean(L, connection_is_refused(c));
  lua_setfield(L, -2, "refused");
  return 2;
}

static int connection_close(lua_State *L) {
  connection **c = luaL_checkudata(L, 1, CONNECTION_CLASS);
  connection_delete(*c);
  *c = NULL;
  return 0;
}

// ---- transactions on their way in ----

static bool must_change(lua_State *L) {
  lua_getfield(L, -1, "must_change");
  bool is_set = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return is_set;
}

// The statement on top: { sql, values, must_change = }.
static int add_statement(lua_State *L, transaction *t, error *e) {
  luaL_checktype(L, -1, LUA_TTABLE);
  bool changes = must_change(L);
  lua_rawgeti(L, -1, 1);
  if (lua_type(L, -1) != LUA_TSTRING)
    luaL_error(L, "a statement: { sql, values } expected");
  int status = transaction_add(t, lua_tostring(L, -1), changes, e);
  lua_pop(L, 1);
  if (status != 0)
    return -1;
  lua_rawgeti(L, -1, 2);
  status = values_add(L, t, e);
  lua_pop(L, 1);
  return status;
}

static int add_statements(lua_State *L, transaction *t, error *e) {
  int count = (int)lua_rawlen(L, 2);
  luaL_argcheck(L, count > 0, 2, "at least one statement expected");
  for (int i = 1; i <= count; i++) {
    lua_rawgeti(L, 2, i);
    if (add_statement(L, t, e) != 0) {
      char message[ERROR_MESSAGE_MAX];
      memcpy(message, e->message, sizeof message);
      return core->error_set(e, e->reason, "statement %d: %.300s", i, message);
    }
    lua_pop(L, 1);
  }
  return 0;
}

// connection:run(statements, is_read)
static int connection_run_method(lua_State *L) {
  connection *c = check_connection(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 3);
  error e = {0};
  loop *l = core->binding_loop(L, &e);
  if (!l)
    return core->binding_fail(L, &e);
  transaction **t = core->binding_new(L, sizeof *t, TRANSACTION_CLASS);
  *t = transaction_new(l, &e);
  if (!*t)
    return core->binding_fail(L, &e);
  (*t)->is_read = (*t)->is_alone = lua_toboolean(L, 3);
  if (add_statements(L, *t, &e) != 0 || connection_run(c, *t, &e) != 0)
    return core->binding_fail(L, &e);
  lua_pushvalue(L, 4); // what is above it are leftovers of a failure
  return 1;
}

// ---- and out ----

static transaction *check_transaction(lua_State *L) {
  transaction **t = luaL_checkudata(L, 1, TRANSACTION_CLASS);
  luaL_argcheck(L, *t, 1, "this transaction is closed");
  return *t;
}

static int transaction_id(lua_State *L) {
  transaction **t = luaL_checkudata(L, 1, TRANSACTION_CLASS);
  return binding_push_id(L, *t ? &(*t)->done : NULL);
}

static int transaction_done(lua_State *L) {
  lua_pushboolean(L, check_transaction(L)->state == TRANSACTION_DONE);
  return 1;
}

static int transaction_close(lua_State *L) {
  transaction **t = luaL_checkudata(L, 1, TRANSACTION_CLASS);
  transaction_delete(*t);
  *t = NULL;
  return 0;
}

static int push_results(lua_State *L, const transaction *t) {
  lua_createtable(L, (int)t->count, 0);
  for (size_t i = 0; i < t->count; i++) {
    const pg_statement *s = &t->statements[i];
    lua_createtable(L, 0, 2);
    lua_pushnumber(L, statement_changes(s));
    lua_setfield(L, -2, "changes");
    values_push_rows(L, s->result);
    lua_setfield(L, -2, "rows");
    lua_rawseti(L, -2, (int)i + 1);
  }
  return 1;
}

// The fields of err beside reason and message: index, sqlstate, and, of a lost
// connection, lost = "undone" or "unknown".
static int push_failure(lua_State *L, const transaction *t) {
  core->binding_fail(L, &t->why);
  if (t->index > 0) {
    lua_pushinteger(L, (lua_Integer)t->index);
    lua_setfield(L, -2, "index");
  }
  if (*t->sqlstate) {
    lua_pushstring(L, t->sqlstate);
    lua_setfield(L, -2, "sqlstate");
  }
  if (t->fate != FATE_UNDONE) {
    lua_pushstring(L, t->fate == FATE_UNTRIED ? "undone" : "unknown");
    lua_setfield(L, -2, "lost");
  }
  return 2;
}

// Nothing at all while it is not done.
static int transaction_results(lua_State *L) {
  const transaction *t = check_transaction(L);
  if (t->state != TRANSACTION_DONE)
    return 0;
  return t->why.reason == REASON_NONE ? push_results(L, t) : push_failure(L, t);
}

// ---- the module ----

__attribute__((visibility("default"))) int
luaopen_vision_postgres(lua_State *L);

int luaopen_vision_postgres(lua_State *L) {
  static const luaL_Reg connection_methods[] = {{"id", connection_id},
                                                {"open", connection_open},
                                                {"run", connection_run_method},
                                                {"close", connection_close},
                                                {NULL, NULL}};
  static const luaL_Reg transaction_methods[] = {
      {"id", transaction_id},
      {"done", transaction_done},
      {"results", transaction_results},
      {"close", transaction_close},
      {NULL, NULL}};
  static const luaL_Reg none[] = {{NULL, NULL}};
  static const luaL_Reg functions[] = {{"address", postgres_address},
                                       {"connect", postgres_connect},
                                       {NULL, NULL}};
  core = core_api_get(L);
  core->binding_class(L, TARGET_CLASS, none, target_gc);
  core->binding_class(L, CONNECTION_CLASS, connection_methods,
                      connection_close);
  core->binding_class(L, TRANSACTION_CLASS, transaction_methods,
                      transaction_close);
  lua_newtable(L);
  luaL_setfuncs(L, functions, 0);
  return 1;
}
