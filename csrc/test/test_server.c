// SPDX-License-Identifier: MIT
// The server's module in a process that forks: the child shares the sockets
// beneath, touches none of them, and ends; the parent goes on as if nothing had
// been.
#include "check.h"

#include <arpa/inet.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const char OPENING[] =
    "package.cpath = ... .. '/?.so;' .. package.cpath\n"
    "core = require 'vision.core'\n"
    "local module = require 'vision.server.core'\n"
    "server = assert(module.serve(module.listen('127.0.0.1', 0), {}))\n"
    "function accept()\n"
    "  wire = server:accept()\n"
    "  while not wire do\n"
    "    core.loop():wait() core.loop():next() wire = server:accept()\n"
    "  end\n"
    "end\n"
    "function answer(text)\n"
    "  wire:respond(200, {}, text)\n"
    "  while wire:state() == 'open' do\n"
    "    core.loop():wait() core.loop():next()\n"
    "  end\n"
    "  wire:close()\n"
    "end\n"
    "return server:port()";

static void run(lua_State *L, const char *text) {
  if (luaL_dostring(L, text))
    fail_msg("%s", lua_tostring(L, -1));
}

static lua_State *open_state(int *port) {
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  assert_int_equal(luaL_loadstring(L, OPENING), 0);
  lua_pushliteral(L, VISION_MODULES);
  if (lua_pcall(L, 1, 1, 0))
    fail_msg("%s", lua_tostring(L, -1));
  *port = (int)lua_tointeger(L, -1);
  return L;
}

static int ask(int port) {
  static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  struct sockaddr_in at = {.sin_family = AF_INET,
                           .sin_port = htons((uint16_t)port),
                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
  assert_int_equal(send(fd, request, sizeof request - 1, 0),
                   sizeof request - 1);
  return fd;
}

static void check_answer(int fd, const char *text) {
  char got[1024];
  ssize_t length = recv(fd, got, sizeof got - 1, 0);
  assert_true(length > 0);
  got[length] = '\0';
  assert_non_null(strstr(got, "HTTP/1.1 200"));
  assert_non_null(strstr(got, text));
  close(fd);
}

// What a child does with what it has inherited, and then ends.
static void in_child(lua_State *L, const char *text) {
  pid_t child = fork();
  int status = -1;
  if (child == 0)
    _exit(luaL_dostring(L, text) ? 1 : (lua_close(L), 0));
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

static void test_forks_while_idle(void **state) {
  (void)state;
  int port;
  lua_State *L = open_state(&port);
  in_child(L, "server:quiesce()");
  in_child(L, "server:close() collectgarbage()");
  int fd = ask(port);
  run(L, "accept() answer 'still'");
  check_answer(fd, "still");
  lua_close(L);
}

static void test_forks_in_the_midst_of_a_request(void **state) {
  (void)state;
  int port;
  lua_State *L = open_state(&port);
  int fd = ask(port);
  run(L, "accept()");
  in_child(L, "wire:close() wire = nil collectgarbage()");
  in_child(L, "wire:respond(500, {}, 'of the child')");
  in_child(L, "");
  run(L, "answer 'of the parent'");
  check_answer(fd, "of the parent");
  fd = ask(port);
  run(L, "accept() answer 'again'");
  check_answer(fd, "again");
  lua_close(L);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_forks_while_idle),
      cmocka_unit_test(test_forks_in_the_midst_of_a_request),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
