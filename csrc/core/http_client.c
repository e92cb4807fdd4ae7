// SPDX-License-Identifier: MIT
// libcurl's multi interface on the loop: who calls whom.
//
//   loop ── a socket is ready, a timer is due ──▶ here ── socket_action ──▶
//   libcurl ── callbacks ──▶ http_request.c fills buffers and sets marks;
//   libcurl ── a transfer has ended ──▶ collect_ended ──▶ http_request_finish
//
// libcurl's sockets stand in an epoll set of their own, which the loop watches
// as one descriptor: a change of interest is one system call instead of
// libuv's three, and the order of service is ours.
//
// Nothing in here calls Lua, so a request may be cancelled or deleted whenever
// Lua runs: no callback of libcurl is ever on the stack then.
#include "http_internal.h"

#include "clock.h"
#include "descriptors.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS_AT_ONCE = 64 }; // ready sockets taken from the kernel at once
static const long STREAMS_MAX = 8; // requests on one HTTP/2 connection

static void on_idle(uv_idle_t *busy);
static void on_curl_timer(uv_timer_t *timer);

static http_client *current; // the client of the process's loop

// ---- lists ----

static void list_append(http_list *list, http_request *r) {
  r->next = NULL;
  r->previous = list->last;
  if (list->last)
    list->last->next = r;
  else
    list->first = r;
  list->last = r;
  list->count++;
}

static void list_remove(http_list *list, http_request *r) {
  if (r->previous)
    r->previous->next = r->next;
  else
    list->first = r->next;
  if (r->next)
    r->next->previous = r->previous;
  else
    list->last = r->previous;
  r->next = r->previous = NULL;
  list->count--;
}

static bool is_idle(const http_client *c) {
  return c->waiting.count + c->running.count == 0;
}

// ---- libcurl and the loop ----

static void collect_ended(http_client *c) {
  int left;
  for (CURLMsg *m; (m = c->curl->multi_info_read(c->multi, &left)) != NULL;) {
    if (m->msg != CURLMSG_DONE)
      continue;
    CURLcode code = m->data.result; // the message dies with the handle
    http_request *r = NULL;
    c->curl->easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&r);
    http_request_finish(r, code);
  }
}

static void act(http_client *c, curl_socket_t socket, int events) {
  int running;
  c->has_served = true;
  c->curl->multi_socket_action(c->multi, socket, events, &running);
  collect_ended(c);
}

// A step's budget is kept by leaving ready sockets for the next one: the kernel
// reports them again. One is always served, so that even the smallest budget
// gets on.
static bool may_serve(const http_client *c) {
  return !c->has_served || !loop_over_budget(c->loop);
}

static void on_new_turn(uv_prepare_t *handle) {
  ((http_client *)handle->data)->has_served = false;
}

static int curl_events(uint32_t events) {
  return (events & EPOLLIN ? CURL_CSELECT_IN : 0) |
         (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
         (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR | CURL_CSELECT_IN
                                         : 0);
}

static void on_ready(uv_poll_t *watch, int status, int ready) {
  (void)status, (void)ready;
  http_client *c = watch->data;
  struct epoll_event events[EVENTS_AT_ONCE];
  int count = epoll_wait(c->sockets, events, EVENTS_AT_ONCE, 0);
  for (int i = 0; i < count && may_serve(c); i++)
    act(c, events[i].data.fd, curl_events(events[i].events));
}

// https://curl.se/libcurl/c/CURLMOPT_SOCKETFUNCTION.html
static int on_socket(CURL *easy, curl_socket_t socket, int what, void *client,
                     void *assigned) {
  (void)easy;
  http_client *c = client;
  if (what == CURL_POLL_REMOVE) {
    epoll_ctl(c->sockets, EPOLL_CTL_DEL, socket, NULL);
    return 0;
  }
  struct epoll_event event = {.data.fd = socket};
  event.events = (what & CURL_POLL_IN ? EPOLLIN : 0U) |
                 (what & CURL_POLL_OUT ? EPOLLOUT : 0U);
  int how = assigned ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  c->curl->multi_assign(c->multi, socket, c); // known from now on
  return epoll_ctl(c->sockets, how, socket, &event) < 0 ? -1 : 0;
}

// https://curl.se/libcurl/c/CURLMOPT_TIMERFUNCTION.html. "At once" is done by
// the idle handle, once a turn: a timer of 0 that is set again and again would
// never let libuv leave its timers. libcurl does not ask again when it is
// called before its time, and libuv counts in whole milliseconds: hence one
// more.
static int on_timer_wanted(CURLM *multi, long timeout_ms, void *client) {
  (void)multi;
  http_client *c = client;
  c->is_due = timeout_ms == 0;
  uv_timer_stop(&c->curl_timer);
  if (c->is_due)
    uv_idle_start(&c->busy, on_idle);
  if (timeout_ms <= 0)
    return 0;
  uv_update_time(loop_uv(c->loop));
  uv_timer_start(&c->curl_timer, on_curl_timer, (uint64_t)timeout_ms + 1, 0);
  return 0;
}

static void run_due(http_client *c) {
  long timeout_ms = -1;
  c->is_due = false;
  act(c, CURL_SOCKET_TIMEOUT, 0);
  if (c->is_due || is_idle(c) || uv_is_active((uv_handle_t *)&c->curl_timer))
    return;
  c->curl->multi_timeout(c->multi, &timeout_ms);
  on_timer_wanted(c->multi, timeout_ms, c);
}

static void on_curl_timer(uv_timer_t *timer) { run_due(timer->data); }

// ---- starting requests ----

static void start_next(http_client *c) {
  http_request *r = c->waiting.first;
  list_remove(&c->waiting, r);
  list_append(&c->running, r);
  r->state = HTTP_RUNNING;
  if (c->curl->multi_add_handle(c->multi, r->easy) != CURLM_OK)
    http_request_finish(r, CURLE_OUT_OF_MEMORY);
  else
    run_due(c);
}

static bool may_start(const http_client *c) {
  return c->waiting.count > 0 && c->running.count < c->running_max;
}

// Once a turn of the loop. Opening connections costs time too: as many are
// opened as the budget allows, but one at least.
static void on_idle(uv_idle_t *busy) {
  http_client *c = busy->data;
  if (c->is_due)
    run_due(c);
  while (may_start(c)) {
    start_next(c);
    if (loop_over_budget(c->loop))
      return;
  }
  if (!c->is_due)
    uv_idle_stop(busy);
}

static void start_soon(http_client *c) {
  if (may_start(c))
    uv_idle_start(&c->busy, on_idle);
}

// ---- deadlines: one timer for all, on the nearest ----

static void on_deadline(uv_timer_t *timer);

static void sweep_at(http_client *c, int64_t due_us) {
  int64_t delay_us = due_us - clock_mono_us();
  c->sweep_at_us = due_us;
  uv_update_time(loop_uv(c->loop));
  uv_timer_start(&c->deadline_timer, on_deadline,
                 delay_us > 0 ? (uint64_t)(delay_us + 999) / 1000 : 0, 0);
}

static void sweep(http_list *list, int64_t now_us, int64_t *next_us) {
  for (http_request *r = list->first, *next; r; r = next) {
    next = r->next;
    int64_t due_us = http_request_due_us(r);
    if (due_us <= now_us)
      http_request_expire(r);
    else if (due_us < *next_us)
      *next_us = due_us;
  }
}

// Deadlines mostly move away, so they are looked at only when the nearest one,
// as it was once, has passed.
static void on_deadline(uv_timer_t *timer) {
  http_client *c = timer->data;
  int64_t now_us = clock_mono_us(), next_us = INT64_MAX;
  c->sweep_at_us = INT64_MAX;
  sweep(&c->waiting, now_us, &next_us);
  sweep(&c->running, now_us, &next_us);
  if (next_us < INT64_MAX)
    sweep_at(c, next_us);
}

void http_client_watch(http_client *c, const http_request *r) {
  int64_t due_us = http_request_due_us(r);
  if (due_us < c->sweep_at_us)
    sweep_at(c, due_us);
}

// ---- requests come and go ----

static void wake(http_client *c) {
  uv_prepare_start(&c->new_turn, on_new_turn);
  uv_poll_start(&c->watch, UV_READABLE, on_ready);
}

void http_client_add(http_client *c, http_request *r) {
  if (is_idle(c))
    wake(c);
  r->state = HTTP_WAITING;
  list_append(&c->waiting, r);
  http_client_watch(c, r);
  start_soon(c);
}

// With no request left nothing of ours keeps the loop alive.
static void rest(http_client *c) {
  uv_timer_stop(&c->curl_timer);
  uv_timer_stop(&c->deadline_timer);
  uv_idle_stop(&c->busy);
  c->is_due = false;
  uv_prepare_stop(&c->new_turn);
  uv_poll_stop(&c->watch);
  c->sweep_at_us = INT64_MAX;
}

void http_client_restart(http_client *c, http_request *r) {
  c->curl->multi_remove_handle(c->multi, r->easy);
  list_remove(&c->running, r);
  list_append(&c->waiting, r);
  r->state = HTTP_WAITING;
  start_soon(c);
}

void http_client_remove(http_client *c, http_request *r) {
  if (r->state == HTTP_ENDED)
    return;
  if (r->state == HTTP_RUNNING)
    c->curl->multi_remove_handle(c->multi, r->easy);
  list_remove(r->state == HTTP_RUNNING ? &c->running : &c->waiting, r);
  r->state = HTTP_ENDED;
  if (is_idle(c))
    rest(c);
  else
    start_soon(c);
}

// ---- handles of libcurl ----

CURL *http_client_take_easy(http_client *c,
                            void (*set_up)(const curl_api *, CURL *)) {
  if (c->spare_count > 0)
    return c->spare[--c->spare_count];
  CURL *easy = c->curl->easy_init();
  if (easy)
    set_up(c->curl, easy);
  return easy;
}

void http_client_give_easy(http_client *c, CURL *easy, bool may_keep) {
  c->curl->easy_setopt(easy, CURLOPT_ERRORBUFFER, NULL); // it goes away
  if (may_keep && c->spare_count < HTTP_SPARE_MAX)
    c->spare[c->spare_count++] = easy;
  else
    c->curl->easy_cleanup(easy);
}

// ---- life ----

static void init_handles(http_client *c) {
  uv_loop_t *uv = loop_uv(c->loop);
  uv_poll_init(uv, &c->watch, c->sockets);
  uv_timer_init(uv, &c->curl_timer);
  uv_timer_init(uv, &c->deadline_timer);
  uv_idle_init(uv, &c->busy);
  uv_prepare_init(uv, &c->new_turn);
  c->curl_timer.data = c->deadline_timer.data = c;
  c->busy.data = c->new_turn.data = c->watch.data = c;
  c->open_handles = 5;
  c->sweep_at_us = INT64_MAX;
}

static void init_multi(http_client *c) {
  const curl_api *curl = c->curl;
  curl->multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl->multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
  curl->multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_timer_wanted);
  curl->multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
  // Its own choice follows the number of requests and closes all connections
  // between two bursts.
  curl->multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, (long)c->running_max);
  // Whenever an HTTP/2 connection is ready, libcurl looks at all its streams.
  curl->multi_setopt(c->multi, CURLMOPT_MAX_CONCURRENT_STREAMS, STREAMS_MAX);
}

static size_t running_max(void) {
  enum { RUNNING_MIN = 16 };
  const size_t others = DESCRIPTORS_OTHER;
  size_t limit = descriptors_allow(HTTP_RUNNING_MAX + others);
  if (limit >= HTTP_RUNNING_MAX + others)
    return HTTP_RUNNING_MAX;
  return limit > others + RUNNING_MIN ? limit - others : RUNNING_MIN;
}

static http_client *client_new(loop *l, const curl_api *curl, error *e) {
  http_client *c = calloc(1, sizeof *c);
  CURLM *multi = c ? curl->multi_init() : NULL;
  int sockets = multi ? epoll_create1(EPOLL_CLOEXEC) : -1;
  if (sockets < 0) {
    if (multi)
      curl->multi_cleanup(multi);
    free(c);
    error_set(e, REASON_INTERNAL, "cannot start the HTTP client: %s",
              strerror(errno));
    return NULL;
  }
  *c = (http_client){.curl = curl,
                     .multi = multi,
                     .sockets = sockets,
                     .running_max = running_max()};
  c->loop = loop_ref(l);
  init_handles(c);
  init_multi(c);
  return c;
}

http_client *http_client_get(error *e) {
  if (!current || loop_is_inherited(current->loop)) {
    const curl_api *curl = curl_api_get(e);
    loop *l = curl ? loop_get(e) : NULL;
    if (!l)
      return NULL;
    current = client_new(l, curl, e);
    loop_unref(l); // the client has its own
  }
  if (current)
    current->references++;
  return current;
}

static void on_handle_closed(uv_handle_t *handle) {
  http_client *c = handle->data;
  if (--c->open_handles == 0)
    free(c);
}

void http_client_unref(http_client *c) {
  if (--c->references > 0 || loop_is_inherited(c->loop))
    return;
  if (c == current)
    current = NULL;
  while (c->spare_count > 0)
    c->curl->easy_cleanup(c->spare[--c->spare_count]);
  c->curl->multi_cleanup(c->multi);
  free(c->known_url);
  loop *l = c->loop;
  uv_close((uv_handle_t *)&c->curl_timer, on_handle_closed);
  uv_close((uv_handle_t *)&c->deadline_timer, on_handle_closed);
  uv_close((uv_handle_t *)&c->busy, on_handle_closed);
  uv_close((uv_handle_t *)&c->new_turn, on_handle_closed);
  uv_close((uv_handle_t *)&c->watch, on_handle_closed);
  close(c->sockets);
  loop_unref(l); // the last reference runs the loop until they are closed
}
