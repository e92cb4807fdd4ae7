// SPDX-License-Identifier: MIT
#include "shared_internal.h"
#include "shared_kinds.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

// One opening: all but `notice` and the map is given up at its end.
typedef struct opening {
  const char *path;
  char folder[PATH_MAX], name[NAME_MAX + 1];
  int folder_fd; // locked: openers come one after the other
  shared_header expected;
  char *notice;
  error *e;
} opening;

static int fail(const opening *o, const char *what, const char *name) {
  int code = errno;
  char reason[128];
  return error_set(o->e, code == ENOENT ? REASON_NOT_FOUND : REASON_UNREADABLE,
                   "shared state: cannot %s %s: %s", what, name,
                   strerror_r(code, reason, sizeof reason));
}

// ---- what a file must say to be used ----

static void read_boot_id(char out[SHARED_BOOT_ID]) {
  memset(out, 0, SHARED_BOOT_ID);
  int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return; // no /proc: then the machine's restarts go unnoticed
  if (read(fd, out, SHARED_BOOT_ID - 1) < 0)
    out[0] = '\0';
  close(fd);
}

static void fill_header(shared_header *h) {
  struct stat space;
  memset(h, 0, sizeof *h);
  memcpy(h->magic, SHARED_MAGIC, sizeof h->magic);
  h->version = SHARED_VERSION;
  h->layouts = SHARED_LAYOUTS;
  h->size = sizeof(shared_map);
  h->pid_namespace =
      stat("/proc/self/ns/pid", &space) == 0 ? (uint64_t)space.st_ino : 0;
  read_boot_id(h->boot_id);
}

// It may be in use right now; what it says must never lead out of the file.
static bool is_sound(const shared_journal *j) {
  uint32_t count = j->count;
  for (uint32_t i = 0; i < count && count <= SHARED_TOGETHER_MAX; i++)
    if (j->entries[i].index >= SHARED_SLOTS ||
        j->entries[i].size > SHARED_PAYLOAD_MAX ||
        j->entries[i].offset > SHARED_JOURNAL_BYTES - j->entries[i].size)
      return false;
  return count <= SHARED_TOGETHER_MAX;
}

// Why a file of the right size is not used; NULL: it is.
static const char *fault_of(const shared_map *map, const shared_header *own) {
  const shared_header *h = &map->header;
  if (memcmp(h->magic, own->magic, sizeof h->magic) != 0)
    return "it is no such file";
  if (h->version != own->version || h->layouts != own->layouts ||
      h->size != own->size)
    return "another version of this program has written it";
  if (h->pid_namespace != own->pid_namespace)
    return "it belongs to processes in another container";
  if (!is_sound(&map->journal))
    return "it is damaged";
  for (int i = 0; i < SHARED_SLOTS; i++)
    if (map->places[i].name[SHARED_NAME_MAX] != '\0' ||
        (map->places[i].kind != 0 && !shared_kind_of(map->places[i].kind)))
      return "it is damaged";
  return NULL;
}

// ---- the folder ----

static int split_path(opening *o) {
  char copy[PATH_MAX];
  if (snprintf(copy, sizeof copy, "%s", o->path) >= (int)sizeof copy)
    return error_set(o->e, REASON_UNREADABLE,
                     "shared state: the path is too long");
  snprintf(o->folder, sizeof o->folder, "%s", dirname(copy));
  snprintf(copy, sizeof copy, "%s", o->path); // dirname has cut it
  const char *name = basename(copy);
  if (strlen(name) > NAME_MAX - 4 || strcmp(name, "/") == 0 ||
      strcmp(name, ".") == 0)
    return error_set(o->e, REASON_UNREADABLE,
                     "shared state: %s names no file, or one too long",
                     o->path);
  snprintf(o->name, sizeof o->name, "%s", name);
  return 0;
}

// Openers take an instant; only one that was stopped holds the others up.
static int lock_folder(const opening *o) {
  for (int i = 0; i < 200; i++) {
    if (flock(o->folder_fd, LOCK_EX | LOCK_NB) == 0)
      return 0;
    if (errno != EWOULDBLOCK && errno != EINTR)
      return fail(o, "lock", o->folder);
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
  }
  return error_set(o->e, REASON_TIMEOUT,
                   "shared state: another process has held %s for 2 s; is it "
                   "stopped?",
                   o->folder);
}

static int open_folder(opening *o) {
  if (mkdir(o->folder, 0700) < 0 && errno != EEXIST)
    return fail(o, "make the folder", o->folder);
  struct stat about;
  o->folder_fd = open(o->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (o->folder_fd < 0 || fstat(o->folder_fd, &about) < 0)
    return fail(o, "open the folder", o->folder);
  if (about.st_uid != geteuid() || (about.st_mode & 077) != 0)
    return error_set(o->e, REASON_UNREADABLE,
                     "shared state: the folder %s must be this user's and give "
                     "nobody else a right (chmod 700)",
                     o->folder);
  return lock_folder(o);
}

// ---- the file ----

static shared_map *map_file(int fd) {
  void *map =
      mmap(NULL, sizeof(shared_map), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  return map == MAP_FAILED ? NULL : map;
}

static int init_lock(pthread_mutex_t *lock) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  int code = pthread_mutex_init(lock, &attributes);
  pthread_mutexattr_destroy(&attributes);
  return code;
}

// The blocks are there before the file is mapped: on a full disk a hole in it
// would kill who writes there.
static shared_map *fill_new_file(const opening *o, int fd, const char *name) {
  shared_map *map = NULL;
  errno = posix_fallocate(fd, 0, sizeof(shared_map));
  if (errno == 0)
    map = map_file(fd);
  if (!map) {
    fail(o, "write", name);
    return NULL;
  }
  map->header = o->expected;
  errno = init_lock(&map->lock);
  if (errno == 0 && renameat(o->folder_fd, name, o->folder_fd, o->name) == 0)
    return map;
  fail(o, "begin", o->path);
  shared_map_close(map);
  return NULL;
}

// Made under another name, so that nobody ever sees half of it.
static shared_map *begin_file(const opening *o) {
  char name[NAME_MAX + 8];
  snprintf(name, sizeof name, "%s.new", o->name);
  unlinkat(o->folder_fd, name, 0); // of one who was killed here
  int fd =
      openat(o->folder_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) {
    fail(o, "begin", o->path);
    return NULL;
  }
  shared_map *map = fill_new_file(o, fd, name);
  if (!map)
    unlinkat(o->folder_fd, name, 0);
  close(fd);
  return map;
}

// Who has it open goes on with it; a new one takes its name.
static shared_map *set_aside(const opening *o, const char *why) {
  char name[NAME_MAX + 8];
  snprintf(name, sizeof name, "%s.old", o->name);
  if (renameat(o->folder_fd, o->name, o->folder_fd, name) < 0) {
    fail(o, "set aside", o->path);
    return NULL;
  }
  snprintf(o->notice, ERROR_MESSAGE_MAX,
           "shared state: %s was set aside as %s.old and begun anew: %s",
           o->path, o->name, why);
  return begin_file(o);
}

static int check_owner(const opening *o, const struct stat *about) {
  if (S_ISREG(about->st_mode) && about->st_uid == geteuid() &&
      (about->st_mode & 077) == 0 && about->st_nlink == 1)
    return 0;
  return error_set(o->e, REASON_UNREADABLE,
                   "shared state: %s must be a file of this user's alone "
                   "(chmod 600, and no second link to it)",
                   o->path);
}

static shared_map *use_file(const opening *o, int fd) {
  struct stat about;
  if (fstat(fd, &about) < 0) {
    fail(o, "look at", o->path);
    return NULL;
  }
  if (check_owner(o, &about) < 0)
    return NULL;
  if (about.st_size != (off_t)sizeof(shared_map))
    return set_aside(o, "it has not the size it should have");
  shared_map *map = map_file(fd);
  if (!map) {
    fail(o, "map", o->path);
    return NULL;
  }
  const char *fault = fault_of(map, &o->expected);
  bool same_boot =
      memcmp(map->header.boot_id, o->expected.boot_id, SHARED_BOOT_ID) == 0;
  if (!fault && same_boot)
    return map;
  shared_map_close(map);
  return fault ? set_aside(o, fault) : begin_file(o);
}

static shared_map *open_file(const opening *o) {
  int fd = openat(o->folder_fd, o->name,
                  O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0 && errno == ENOENT)
    return begin_file(o);
  if (fd < 0) {
    fail(o, "open", o->path);
    return NULL;
  }
  shared_map *map = use_file(o, fd);
  close(fd);
  return map;
}

shared_map *shared_map_open(const char *path, char *notice, error *e) {
  opening o = {.path = path, .folder_fd = -1, .notice = notice, .e = e};
  shared_map *map = NULL;
  notice[0] = '\0';
  fill_header(&o.expected);
  if (split_path(&o) == 0 && open_folder(&o) == 0)
    map = open_file(&o);
  if (o.folder_fd >= 0)
    close(o.folder_fd); // and unlocks it
  return map;
}

void shared_map_close(shared_map *map) {
  if (map)
    munmap(map, sizeof *map);
}
