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
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

// One opening: all but `notice` and the file is given up at its end.
typedef struct opening {
  const char *path;
  char folder[PATH_MAX], name[NAME_MAX + 1];
  int folder_fd; // locked: openers come one after the other
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
  h->size = SHARED_FILE_BYTES;
  h->pid_namespace =
      stat("/proc/self/ns/pid", &space) == 0 ? (uint64_t)space.st_ino : 0;
  read_boot_id(h->boot_id);
}

// What it says must never lead out of the file.
static bool is_sound(const shared_journal *j) {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < j->count && j->count <= SHARED_TOGETHER_MAX; i++) {
    if (j->entries[i].index >= SHARED_SLOTS ||
        j->entries[i].size > SHARED_PAYLOAD_MAX)
      return false;
    sum += j->entries[i].size;
  }
  return j->count <= SHARED_TOGETHER_MAX && sum <= SHARED_JOURNAL_BYTES;
}

// This machine and program; the same as long as they run.
static const shared_header *expected(void) {
  static shared_header own;
  if (own.version == 0)
    fill_header(&own);
  return &own;
}

static bool is_of_this_boot(const shared_header *h) {
  return memcmp(h->boot_id, expected()->boot_id, SHARED_BOOT_ID) == 0;
}

static const char *fault_of(const shared_head *head) {
  const shared_header *h = &head->header, *own = expected();
  if (memcmp(h->magic, own->magic, sizeof h->magic) != 0)
    return "it is no such file";
  if (h->version != own->version || h->layouts != own->layouts ||
      h->size != own->size)
    return "another version of this program has written it";
  if (h->pid_namespace != own->pid_namespace)
    return "it belongs to processes in another container";
  return is_sound(&head->journal) ? NULL : "it is damaged";
}

const char *shared_file_fault(const shared_head *head) {
  const char *fault = fault_of(head);
  return fault || is_of_this_boot(&head->header)
             ? fault
             : "it is of before the machine started";
}

// ---- reading and writing ----

bool shared_file_read(int fd, void *out, size_t size, off_t offset) {
  ssize_t got;
  do
    got = pread(fd, out, size, offset);
  while (got < 0 && errno == EINTR);
  return got == (ssize_t)size;
}

bool shared_file_write(int fd, const void *bytes, size_t size, off_t offset) {
  ssize_t done;
  do
    done = pwrite(fd, bytes, size, offset);
  while (done < 0 && errno == EINTR);
  return done == (ssize_t)size;
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

// The blocks are there before it is used: a full disk then does it no harm.
static int fill_new_file(const opening *o, int fd, const char *name) {
  shared_head head = {.header = *expected()};
  errno = posix_fallocate(fd, 0, SHARED_FILE_BYTES);
  if (errno != 0 || !shared_file_write(fd, &head, sizeof head, 0))
    return fail(o, "write", name);
  return renameat(o->folder_fd, name, o->folder_fd, o->name) < 0
             ? fail(o, "begin", o->path)
             : 0;
}

// Made under another name, so that nobody ever sees half of it.
static int begin_file(const opening *o) {
  char name[NAME_MAX + 8];
  snprintf(name, sizeof name, "%s.new", o->name);
  unlinkat(o->folder_fd, name, 0); // of one who was killed here
  int fd =
      openat(o->folder_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail(o, "begin", o->path);
  if (fill_new_file(o, fd, name) == 0)
    return fd;
  unlinkat(o->folder_fd, name, 0);
  close(fd);
  return -1;
}

// Who has it open goes on with it; a new one takes its name.
static int set_aside(const opening *o, const char *why) {
  char name[NAME_MAX + 8];
  snprintf(name, sizeof name, "%s.old", o->name);
  if (renameat(o->folder_fd, o->name, o->folder_fd, name) < 0)
    return fail(o, "set aside", o->path);
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

// The descriptor of the file that is to be used: this one or another.
static int use_file(const opening *o, int fd) {
  struct stat about;
  shared_head head;
  if (fstat(fd, &about) < 0)
    return fail(o, "look at", o->path);
  if (check_owner(o, &about) < 0)
    return -1;
  if (about.st_size != SHARED_FILE_BYTES ||
      !shared_file_read(fd, &head, sizeof head, 0))
    return set_aside(o, "it has not the size it should have");
  const char *fault = fault_of(&head);
  if (fault)
    return set_aside(o, fault);
  return is_of_this_boot(&head.header) ? fd : begin_file(o);
}

static int open_file(const opening *o) {
  int fd = openat(o->folder_fd, o->name,
                  O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0)
    return errno == ENOENT ? begin_file(o) : fail(o, "open", o->path);
  int used = use_file(o, fd);
  if (used != fd)
    close(fd);
  return used;
}

int shared_file_open(const char *path, char *notice, error *e) {
  opening o = {.path = path, .folder_fd = -1, .notice = notice, .e = e};
  int fd = -1;
  notice[0] = '\0';
  if (split_path(&o) == 0 && open_folder(&o) == 0)
    fd = open_file(&o);
  if (o.folder_fd >= 0)
    close(o.folder_fd); // and unlocks it
  return fd;
}
