// SPDX-License-Identifier: MIT
#include "reader_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHANNEL = 3, NAMES_MAX = 8 };

// ---- environment ----

// What a reader may see of our environment; keys and the like stay here.
static const char *const passed_names[] = {"PATH", "HOME", "LANG", "TMPDIR",
                                           "TESSDATA_PREFIX"};

typedef struct environment {
  char *entries[NAMES_MAX]; // NULL-terminated
  int count;
} environment;

static void environment_free(environment *env) {
  while (env->count > 0)
    free(env->entries[--env->count]);
}

static bool environment_add(environment *env, const char *name,
                            const char *value) {
  char *entry = NULL;
  if (!value)
    return true;
  if (asprintf(&entry, "%s=%s", name, value) < 0)
    return false;
  env->entries[env->count++] = entry;
  return true;
}

static int environment_init(environment *env, error *e) {
  *env = (environment){.count = 0};
  // It must be there before libgomp is loaded: with more threads Tesseract
  // takes two to six times as long.
  bool whole = environment_add(env, "OMP_THREAD_LIMIT", "1");
  for (size_t i = 0; i < sizeof passed_names / sizeof *passed_names; i++)
    whole =
        whole && environment_add(env, passed_names[i], getenv(passed_names[i]));
  if (whole)
    return 0;
  environment_free(env);
  return error_memory(e);
}

// ---- starting ----

// Descriptors: 0 to 2 are nothing, 3 is the channel, all others are closed.
static int describe_files(posix_spawn_file_actions_t *files, int channel) {
  int status = posix_spawn_file_actions_adddup2(files, channel, CHANNEL);
  for (int fd = 0; fd < CHANNEL && status == 0; fd++)
    status = posix_spawn_file_actions_addopen(files, fd, "/dev/null",
                                              fd ? O_WRONLY : O_RDONLY, 0);
  if (status == 0)
    status = posix_spawn_file_actions_addclosefrom_np(files, CHANNEL + 1);
  return status;
}

// Its own group, and no signal blocked or ignored as we may have them.
static int describe_signals(posix_spawnattr_t *attributes) {
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  int status = posix_spawnattr_setpgroup(attributes, 0);
  if (status == 0)
    status = posix_spawnattr_setsigmask(attributes, &none);
  if (status == 0)
    status = posix_spawnattr_setsigdefault(attributes, &all);
  if (status == 0)
    status = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP |
                                                      POSIX_SPAWN_SETSIGMASK |
                                                      POSIX_SPAWN_SETSIGDEF);
  return status;
}

static int spawn(char *const arguments[], char *const env[], int channel,
                 pid_t *pid) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  int status = posix_spawn_file_actions_init(&files);
  if (status != 0)
    return status;
  status = posix_spawnattr_init(&attributes);
  if (status == 0) {
    status = describe_files(&files, channel);
    if (status == 0)
      status = describe_signals(&attributes);
    if (status == 0)
      status =
          posix_spawn(pid, arguments[0], &files, &attributes, arguments, env);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&files);
  return status;
}

// The low descriptors are overwritten while the process starts, so ours must
// not be one of them (a daemon may have closed its standard ones).
static int lift_descriptor(int fd) {
  if (fd > CHANNEL)
    return fd;
  int lifted = fcntl(fd, F_DUPFD_CLOEXEC, CHANNEL + 1);
  close(fd);
  return lifted;
}

int reader_process_start(char *const arguments[], pid_t *pid, int *fd,
                         error *e) {
  int pair[2];
  environment env;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    return error_set(e, REASON_INTERNAL, "no socket for vision-reader: %s",
                     strerror(errno));
  pair[1] = lift_descriptor(pair[1]);
  int status = environment_init(&env, e);
  if (status == 0) {
    int problem =
        pair[1] < 0 ? errno : spawn(arguments, env.entries, pair[1], pid);
    environment_free(&env);
    if (problem)
      status = error_set(
          e, problem == ENOENT ? REASON_MISSING_LIBRARY : REASON_INTERNAL,
          "cannot start %s: %s", arguments[0], strerror(problem));
  }
  if (pair[1] >= 0)
    close(pair[1]);
  if (status < 0)
    close(pair[0]);
  else
    *fd = pair[0];
  return status;
}

// ---- ending ----

bool reader_process_is_gone(pid_t pid) {
  pid_t reaped = waitpid(pid, NULL, WNOHANG);
  return reaped == pid || (reaped < 0 && errno == ECHILD);
}

bool reader_process_kill(pid_t pid) {
  // Once reaped, the number may be another process's.
  if (reader_process_is_gone(pid))
    return false;
  kill(-pid, SIGKILL);
  return true;
}

void reader_process_reap(pid_t pid) {
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
  }
}
