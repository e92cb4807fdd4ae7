// SPDX-License-Identifier: MIT
#include "process_owner.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
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

// ---- names ----

enum { BOOT_LENGTH = 36 };

// Containers of one machine have rooms of process numbers of their own.
typedef struct process_room {
  char boot[BOOT_LENGTH + 1]; // "": not known
  uint64_t numbers;
} process_room;

static process_room own_room(void) {
  process_room room = {0};
  struct stat about;
  int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  if (fd >= 0) {
    if (read(fd, room.boot, BOOT_LENGTH) != BOOT_LENGTH)
      room.boot[0] = '\0';
    close(fd);
  }
  if (stat("/proc/self/ns/pid", &about) == 0)
    room.numbers = about.st_ino;
  return room;
}

void process_owner_name(char out[PROCESS_NAME_SIZE]) {
  process_room room = own_room();
  process_owner self = process_owner_self();
  snprintf(out, PROCESS_NAME_SIZE, "%s:%" PRIu64 ":%" PRId64 ":%" PRIu64,
           room.boot, room.numbers, self.pid, self.started);
}

bool process_owner_has_ended(const char *name) {
  process_room here = own_room(), there = {0};
  process_owner owner;
  int read = sscanf(name, "%36[^:]:%" SCNu64 ":%" SCNd64 ":%" SCNu64,
                    there.boot, &there.numbers, &owner.pid, &owner.started);
  return read == 4 && here.boot[0] && strcmp(here.boot, there.boot) == 0 &&
         here.numbers == there.numbers && !process_owner_is_alive(&owner);
}
