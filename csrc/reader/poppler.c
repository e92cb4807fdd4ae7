// SPDX-License-Identifier: MIT
#include "poppler.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DOCUMENT_FD = 3, EXIT_NO_PROGRAM = 127 };

// The file in memory under a descriptor: nothing lies about in /tmp, and
// nothing is left when we are killed.
static int open_document(job *j, error *e) {
  if (j->document >= 0)
    return 0;
  int fd = memfd_create("document", MFD_CLOEXEC);
  size_t done = 0;
  while (fd >= 0 && done < j->file->size) {
    ssize_t n = write(fd, j->file->data + done, j->file->size - done);
    if (n <= 0)
      break;
    done += (size_t)n;
  }
  if (fd < 0 || done < j->file->size) {
    if (fd >= 0)
      close(fd);
    return error_set(e, REASON_INTERNAL, "cannot hand the PDF over: %s",
                     strerror(errno));
  }
  j->document = fd;
  return 0;
}

static void run_program(const char *const arguments[], int document, int out,
                        int errors) {
  int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (dup2(nothing, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
      dup2(errors, STDERR_FILENO) < 0)
    _exit(1);
  if (document == DOCUMENT_FD)
    fcntl(document, F_SETFD, 0);
  else
    dup2(document, DOCUMENT_FD);
  signal(SIGXCPU, SIG_DFL);
  execvp(arguments[0], (char *const *)(uintptr_t)arguments);
  _exit(EXIT_NO_PROGRAM);
}

int poppler_start(poppler *p, job *j, const char *const arguments[], error *e) {
  int out[2], errors[2];
  if (open_document(j, e) < 0)
    return -1;
  if (pipe2(out, O_CLOEXEC) < 0)
    return error_set(e, REASON_INTERNAL, "no pipe: %s", strerror(errno));
  // What it complains beyond a pipe's room is lost: it must never wait for us.
  if (pipe2(errors, O_CLOEXEC | O_NONBLOCK) < 0) {
    close(out[0]);
    close(out[1]);
    return error_set(e, REASON_INTERNAL, "no pipe: %s", strerror(errno));
  }
  pid_t pid = fork();
  if (pid == 0)
    run_program(arguments, j->document, out[1], errors[1]);
  close(out[1]);
  close(errors[1]);
  *p = (poppler){.out = fdopen(out[0], "r"),
                 .errors = errors[0],
                 .pid = pid,
                 .program = arguments[0]};
  if (pid > 0 && p->out)
    return 0;
  close(errors[0]);
  return error_set(e, REASON_INTERNAL, "cannot start %s: %s", arguments[0],
                   strerror(errno));
}

// The first line it complained in, without its level ("Syntax Error: ").
static void first_complaint(int fd, char *line, size_t size) {
  ssize_t n = read(fd, line, size - 1);
  line[n > 0 ? n : 0] = '\0';
  line[strcspn(line, "\n")] = '\0';
  char *text = strstr(line, "Error");
  text = text ? strstr(text, ": ") : NULL;
  if (text)
    memmove(line, text + 2, strlen(text + 2) + 1);
}

static int judge(const poppler *p, int status, const char *said, error *e) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
    return 0;
  if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NO_PROGRAM)
    return error_set(e, REASON_MISSING_LIBRARY,
                     "%s is not installed: apt-get install poppler-utils",
                     p->program);
  if (strstr(said, "ncorrect password"))
    return error_set(e, REASON_ENCRYPTED,
                     "the PDF is encrypted and asks for a password: save it "
                     "without one");
  if (strstr(said, "ut of memory") || strstr(said, "bad_alloc"))
    return error_set(e, REASON_READER_MEMORY,
                     "%s needs more memory than the reader may use",
                     p->program);
  if (WIFSIGNALED(status))
    return error_set(e, REASON_READER_CRASHED, "%s died on this PDF (%s)",
                     p->program, strsignal(WTERMSIG(status)));
  return error_set(e, REASON_INVALID_IMAGE, "the PDF is damaged: %s",
                   *said ? said : "poppler cannot read it");
}

int poppler_finish(poppler *p, error *e) {
  char said[200];
  int status = 0;
  fclose(p->out); // a writer of more than was read ends by this
  while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR) {
  }
  first_complaint(p->errors, said, sizeof said);
  close(p->errors);
  return judge(p, status, said, e);
}
