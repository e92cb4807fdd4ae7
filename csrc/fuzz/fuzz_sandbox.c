// SPDX-License-Identifier: MIT
// A user's script: it is read and called within its limits, and what is wrong
// with it is said. The first byte says how much memory it has.
#include "fuzz.h"

#include "../lua/sandbox.h"
#include "../lua/value.h"

#include <string.h>

enum { LEAST = 1 << 17, STEPS = 20000 };

static void check_failure(int status, const error *e) {
  HOLDS(status == 0 || (e->reason == REASON_SCRIPT && e->message[0] != '\0'));
}

// What it handed over can be read in another state.
static void read_values(sandbox *box) {
  lua_State *host = luaL_newstate();
  HOLDS(host != NULL);
  HOLDS(value_read(host, sandbox_values(box)) >= 0);
  lua_close(host);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  error e = {0};
  sandbox *box = sandbox_new((size_t)LEAST << data[0] % 8, &e);
  HOLDS(box != NULL);
  char *text = exact_copy(data + 1, size - 1);
  int status = sandbox_load(box, text, size - 1, "=", STEPS, &e);
  check_failure(status, &e);
  if (status == 0) {
    read_values(box);
    sandbox_values(box)->length = 0;
    status = sandbox_call(box, "f", STEPS, &e);
    check_failure(status, &e);
  }
  if (status == 0)
    read_values(box);
  free(text);
  sandbox_delete(box);
  return 0;
}
