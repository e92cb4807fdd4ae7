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

static int start_failed(const char *program, error *e) {
  return error_set(e, REASON_INTERNAL, "cannot start %s: %s", program,
                   strerror(errno));
}

static void close_both(const int fds[2]) {
  close(fds[0]);
  close(fds[1]);
}

int poppler_start(poppler *p, job *j, const char *const arguments[], error *e) {
  int out[2], errors[2];
  if (open_document(j, e) < 0)
    return -1;
  if (pipe2(out, O_CLOEXEC) < 0)
    return start_failed(arguments[0], e);
  // What it complains beyond a pipe's room is lost: it must never wait for us.
  if (pipe2(errors, O_CLOEXEC | O_NONBLOCK) < 0) {
    close_both(out);
    return start_failed(arguments[0], e);
  }
  pid_t pid = fork();
  if (pid == 0)
    run_program(arguments, j->document, out[1], errors[1]);
  FILE *stream = pid > 0 ? fdopen(out[0], "r") : NULL;
  if (!stream) { // a child that nobody listens to ends by itself
    close_both(out);
    close_both(errors);
    return start_failed(arguments[0], e);
  }
  close(out[1]);
  close(errors[1]);
  *p = (poppler){stream, errors[0], pid, arguments[0]};
  return 0;
}

// Cuts a text down to its first line, without the level ("Syntax Error: ").
static const char *first_complaint(char *said) {
  said[strcspn(said, "\n")] = '\0';
  const char *text = strstr(said, "Error");
  text = text ? strstr(text, ": ") : NULL;
  text = text ? text + 2 : said;
  return *text ? text : "poppler cannot read it";
}

// Without memory it may draw a picture of one pixel and call it a success.
static bool lacked_memory(const char *said) {
  return strstr(said, "ut of memory") || strstr(said, "bad_alloc");
}

static int judge(const poppler *p, int status, char *said, error *e) {
  if (lacked_memory(said))
    return error_set(e, REASON_READER_MEMORY,
                     "%s needs more memory than the reader may use",
                     p->program);
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
  if (WIFSIGNALED(status))
    return error_set(e, REASON_READER_CRASHED, "%s died on this PDF (%s)",
                     p->program, strsignal(WTERMSIG(status)));
  return error_set(e, REASON_INVALID_IMAGE, "the PDF is damaged: %s",
                   first_complaint(said));
}

int poppler_finish(poppler *p, error *e) {
  char said[2048];
  int status = 0;
  fclose(p->out); // a writer of more than was read ends by this
  while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR) {
  }
  ssize_t length = read(p->errors, said, sizeof said - 1);
  said[length > 0 ? length : 0] = '\0';
  close(p->errors);
  return judge(p, status, said, e);
}
