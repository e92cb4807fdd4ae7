// SPDX-License-Identifier: MIT
#include "process_owner.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct process_state {
  char state;       // 'R', 'S', … 'Z': ended
  uint64_t started; // field 22
} process_state;

// The name in the second field may hold anything, so it is read from the last
// bracket on.
static bool parse_stat(const char *text, process_state *out) {
  const char *rest = strrchr(text, ')');
  return rest && sscanf(rest + 1,
                        " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
                        "%*s %*s %*s %*s %*s %*s %" SCNu64,
                        &out->state, &out->started) == 2;
}

static bool read_stat(int64_t pid, process_state *out) {
  char path[40], text[1024];
  snprintf(path, sizeof path, "/proc/%" PRId64 "/stat", pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return false;
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  if (length <= 0)
    return false;
  text[length] = '\0';
  return parse_stat(text, out);
}

process_owner process_owner_self(void) {
  static process_owner self;
  int64_t pid = getpid();
  if (self.pid != pid) {
    process_state state;
    self.started = read_stat(pid, &state) ? state.started : 0;
    self.pid = pid;
  }
  return self;
}

bool process_owner_is_alive(const process_owner *o) {
  process_state state;
  if (!read_stat(o->pid, &state)) // gone, or there is no /proc
    return o->started == 0 && kill((pid_t)o->pid, 0) == 0;
  return state.state != 'Z' && state.state != 'X' &&
         (o->started == 0 || o->started == state.started);
}
