// SPDX-License-Identifier: MIT
// The pool against a reader that does as it is told: this program, started
// again. What the real one does is tested from Lua.
#include "check.h"

#include "../core/clock.h"
#include "../core/reader_pool.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHANNEL = 3, SECOND_US = 1000000, PATIENCE_US = 20 * SECOND_US };

static const reader_pool_options defaults = {
    .program = "/proc/self/exe",
    .workers = 1,
    .queue = 4,
    .idle_us = 60 * SECOND_US,
    .memory_mib = 4096,
    .seconds = 60,
    .pixels = 1000,
    .output_bytes = 1000,
};

static int open_self(void) {
  return open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
}

// ---- the other side ----

static void say(enum frame_kind kind, const char *text) {
  uint8_t header[FRAME_HEADER_SIZE];
  frame_header(header, kind, (uint32_t)strlen(text));
  if (write(CHANNEL, header, sizeof header) < 0 ||
      write(CHANNEL, text, strlen(text)) < 0)
    _exit(1);
}

static bool hear(message_reader *reader, message *request) {
  error e;
  int status = 0;
  while (status == 0) {
    size_t room;
    uint8_t *place = message_reader_space(reader, &room);
    ssize_t count = read(CHANNEL, place, room);
    if (count <= 0)
      return false;
    status = message_reader_advance(reader, (size_t)count, &e);
  }
  message_reader_take(reader, request);
  return status > 0;
}

static bool told(const message *request, const char *word) {
  return request->steps->size == strlen(word) &&
         memcmp(request->steps->data, word, request->steps->size) == 0;
}

// Until the other process unlocks what both are.
static void await_leave(void) { flock(open_self(), LOCK_SH); }

static void obey(const message *request) {
  if (told(request, "die"))
    _exit(1);
  if (told(request, "hang"))
    pause();
  if (told(request, "babble"))
    say((enum frame_kind)77, "");
  if (told(request, "fail"))
    say(FRAME_FAILURE, "encrypted\nno key");
  else if (!told(request, "answer and die"))
    say(FRAME_RESULT, "{}");
  if (told(request, "twice"))
    say(FRAME_RESULT, "{}");
  if (told(request, "rest and die") || told(request, "answer and die")) {
    await_leave();
    if (told(request, "answer and die"))
      say(FRAME_RESULT, "{}");
    _exit(0);
  }
}

static int be_reader(void) {
  message_reader reader;
  message request;
  message_reader_init(&reader, MESSAGE_REQUEST, 1 << 24);
  say(FRAME_READY, "");
  while (hear(&reader, &request)) {
    obey(&request);
    message_free(&request);
  }
  message_reader_free(&reader);
  return 0;
}

// ---- helpers ----

static reader_job *start(reader_pool *pool, const char *steps,
                         int64_t timeout_us) {
  error e = {0};
  reader_job *job =
      reader_job_new(pool, steps, strlen(steps), NULL, timeout_us, &e);
  assert_non_null(job);
  return job;
}

// Runs the loop until the job is done; its status as reader_job_result.
static int finish(loop *l, reader_job *job, error *e) {
  const message *answer;
  int64_t give_up = clock_mono_us() + PATIENCE_US;
  int status = 0;
  while ((status = reader_job_result(job, &answer, e)) == 0) {
    assert_true(clock_mono_us() < give_up);
    loop_wait(l, SECOND_US);
    while (loop_take(l) != 0) {
    }
  }
  return status;
}

static void assert_outcome(loop *l, reader_job *job, enum reason reason) {
  error e = {0};
  int status = finish(l, job, &e);
  if (e.reason != reason)
    print_error("%s\n", e.message);
  assert_string_equal(reason_word(e.reason), reason_word(reason));
  assert_int_equal(status, reason == REASON_NONE ? 1 : -1);
  reader_job_delete(job);
}

typedef struct fixture {
  loop *loop;
  reader_pool *pool;
} fixture;

static fixture open_fixture(void) {
  error e = {0};
  fixture f = {.loop = loop_get(&e)};
  assert_non_null(f.loop);
  f.pool = reader_pool_new(f.loop, &defaults, &e);
  assert_non_null(f.pool);
  return f;
}

static void close_fixture(fixture *f) {
  reader_pool_unref(f->pool);
  loop_step(f->loop, 0); // closed handles are freed
  loop_unref(f->loop);
}

// ---- tests ----

static void each_fault_costs_one_job(void **state) {
  static const struct {
    const char *steps;
    enum reason reason;
    int64_t timeout_us;
  } cases[] = {
      {"work", REASON_NONE, PATIENCE_US},
      {"die", REASON_READER_CRASHED, PATIENCE_US},
      {"fail", REASON_ENCRYPTED, PATIENCE_US},
      {"babble", REASON_READER_CRASHED, PATIENCE_US},
      {"hang", REASON_READER_TIMEOUT, SECOND_US / 5},
      {"work", REASON_NONE, PATIENCE_US},
  };
  (void)state;
  fixture f = open_fixture();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_outcome(f.loop, start(f.pool, cases[i].steps, cases[i].timeout_us),
                   cases[i].reason);
  close_fixture(&f);
}

// Lets a reader go that waits for `lock`, and waits for its end without a
// look at the loop, which reaps it later.
static void await_end(int lock) {
  siginfo_t end;
  flock(lock, LOCK_UN);
  assert_int_equal(waitid(P_ALL, 0, &end, WEXITED | WNOWAIT), 0);
}

static void one_that_died_while_it_rested_costs_no_job(void **state) {
  (void)state;
  fixture f = open_fixture();
  int lock = open_self();
  flock(lock, LOCK_EX);
  assert_outcome(f.loop, start(f.pool, "rest and die", PATIENCE_US),
                 REASON_NONE);
  await_end(lock);
  assert_outcome(f.loop, start(f.pool, "work", PATIENCE_US), REASON_NONE);
  close(lock);
  close_fixture(&f);
}

static void nor_does_one_that_dies_before_it_is_asked(void **state) {
  (void)state;
  fixture f = open_fixture();
  int lock = open_self();
  flock(lock, LOCK_EX);
  reader_job *first = start(f.pool, "answer and die", PATIENCE_US),
             *next = start(f.pool, "work", PATIENCE_US);
  loop_step(f.loop, 0); // the first is asked
  await_end(lock);
  assert_outcome(f.loop, first, REASON_NONE);
  assert_outcome(f.loop, next, REASON_NONE);
  close(lock);
  close_fixture(&f);
}

static void an_answer_too_many_ends_the_reader(void **state) {
  (void)state;
  fixture f = open_fixture();
  assert_outcome(f.loop, start(f.pool, "twice", PATIENCE_US), REASON_NONE);
  // Its second answer is met by the next job, or by nobody: both are survived.
  error e = {0};
  reader_job *job = start(f.pool, "work", PATIENCE_US);
  finish(f.loop, job, &e);
  reader_job_delete(job);
  assert_outcome(f.loop, start(f.pool, "work", PATIENCE_US), REASON_NONE);
  close_fixture(&f);
}

static void the_queue_has_a_maximum(void **state) {
  (void)state;
  fixture f = open_fixture();
  reader_job *jobs[5];
  for (int i = 0; i < 5; i++) // one at work, four in the queue
    jobs[i] = start(f.pool, i ? "work" : "hang", PATIENCE_US);
  error e = {0};
  assert_null(reader_job_new(f.pool, "work", 4, NULL, PATIENCE_US, &e));
  assert_int_equal(e.reason, REASON_QUEUE_FULL);
  reader_job_cancel(jobs[0]);
  assert_outcome(f.loop, jobs[0], REASON_CANCELLED);
  for (int i = 1; i < 5; i++)
    assert_outcome(f.loop, jobs[i], REASON_NONE);
  close_fixture(&f);
}

static void jobs_outlive_the_pool_of_their_owner(void **state) {
  (void)state;
  error e = {0};
  fixture f = open_fixture();
  reader_job *job = start(f.pool, "work", PATIENCE_US);
  reader_pool_unref(f.pool);
  assert_int_equal(finish(f.loop, job, &e), 1);
  reader_job_delete(job);
  loop_step(f.loop, 0);
  loop_unref(f.loop);
}

static void closing_ends_processes_and_jobs(void **state) {
  (void)state;
  fixture f = open_fixture();
  reader_job *job = start(f.pool, "hang", PATIENCE_US);
  loop_step(f.loop, 0);
  reader_pool_close(f.pool);
  assert_int_equal(reader_pool_counts(f.pool).workers, 0);
  assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); // no child is left
  assert_outcome(f.loop, job, REASON_CANCELLED);
  error e = {0};
  assert_null(reader_job_new(f.pool, "work", 4, NULL, PATIENCE_US, &e));
  assert_int_equal(e.reason, REASON_CANCELLED);
  close_fixture(&f);
}

// A host like nginx takes the ends of all children for itself; here the kernel
// does it, at once.
static void a_host_that_reaps_first_does_no_harm(void **state) {
  (void)state;
  error e = {0};
  void (*usual)(int) = signal(SIGCHLD, SIG_IGN);
  fixture f = open_fixture();
  assert_outcome(f.loop, start(f.pool, "work", PATIENCE_US), REASON_NONE);
  reader_job *job = start(f.pool, "die", PATIENCE_US);
  assert_int_equal(finish(f.loop, job, &e), -1);
  assert_int_equal(e.reason, REASON_READER_CRASHED);
  reader_job_delete(job);
  assert_outcome(f.loop, start(f.pool, "work", PATIENCE_US), REASON_NONE);
  close_fixture(&f);
  signal(SIGCHLD, usual);
}

static int work_in_child(const fixture *inherited, reader_job *theirs) {
  error e = {0};
  reader_job_delete(theirs); // the parent's: left alone
  if (!reader_pool_is_inherited(inherited->pool))
    return 2;
  fixture own = open_fixture();
  reader_job *job = start(own.pool, "work", PATIENCE_US);
  int status = finish(own.loop, job, &e);
  reader_job_delete(job);
  close_fixture(&own);
  return status == 1 ? 0 : 3;
}

static void a_forked_child_has_a_pool_of_its_own(void **state) {
  (void)state;
  fixture f = open_fixture();
  reader_job *job = start(f.pool, "work", PATIENCE_US);
  loop_step(f.loop, 0);
  pid_t child = fork();
  if (child == 0)
    _exit(work_in_child(&f, job));
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
  assert_outcome(f.loop, job, REASON_NONE);
  close_fixture(&f);
}

static void a_program_that_is_not_there_is_named(void **state) {
  (void)state;
  error e = {0};
  loop *l = loop_get(&e);
  reader_pool_options options = defaults;
  options.program = "/nowhere/vision-reader";
  reader_pool *pool = reader_pool_new(l, &options, &e);
  reader_job *job = start(pool, "work", PATIENCE_US);
  assert_int_equal(finish(l, job, &e), -1);
  assert_int_equal(e.reason, REASON_MISSING_LIBRARY);
  assert_non_null(strstr(e.message, "/nowhere/vision-reader"));
  reader_job_delete(job);
  reader_pool_unref(pool);
  loop_unref(l);
}

int main(int count, char **arguments) {
  if (count > 1 && strncmp(arguments[1], "--memory=", 9) == 0)
    return be_reader();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_fault_costs_one_job),
      cmocka_unit_test(one_that_died_while_it_rested_costs_no_job),
      cmocka_unit_test(nor_does_one_that_dies_before_it_is_asked),
      cmocka_unit_test(an_answer_too_many_ends_the_reader),
      cmocka_unit_test(the_queue_has_a_maximum),
      cmocka_unit_test(jobs_outlive_the_pool_of_their_owner),
      cmocka_unit_test(closing_ends_processes_and_jobs),
      cmocka_unit_test(a_host_that_reaps_first_does_no_harm),
      cmocka_unit_test(a_forked_child_has_a_pool_of_its_own),
      cmocka_unit_test(a_program_that_is_not_there_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
