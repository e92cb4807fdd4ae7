// SPDX-License-Identifier: MIT
// The peer of bench/http.lua: a bare C loop of libcurl (multi_socket on epoll)
// that posts one ready-made text again and again, with as little around it as
// there can be. Prints the CPU time of a request in microseconds.
//
//   bare_curl URL BODY_BYTES IN_FLIGHT REQUESTS
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>

static int poller;
static long timeout_ms = -1;

static int on_socket(CURL *easy, curl_socket_t socket, int what, void *data,
                     void *assigned) {
  (void)easy;
  if (what == CURL_POLL_REMOVE) {
    epoll_ctl(poller, EPOLL_CTL_DEL, socket, NULL);
    return 0;
  }
  struct epoll_event event = {.data.fd = socket};
  event.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) |
                 (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
  bool is_known = assigned != NULL;
  epoll_ctl(poller, is_known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event);
  curl_multi_assign(data, socket, &poller);
  return 0;
}

static int on_timer(CURLM *multi, long ms, void *data) {
  (void)multi, (void)data;
  timeout_ms = ms;
  return 0;
}

static size_t on_answer(char *data, size_t size, size_t count, void *user) {
  (void)data, (void)user;
  return size * count;
}

static CURL *new_request(const char *url, const char *body, long length) {
  static struct curl_slist *headers;
  if (!headers) {
    headers = curl_slist_append(NULL, "Content-Type: application/json");
    headers = curl_slist_append(headers, "Expect:");
  }
  CURL *easy = curl_easy_init();
  curl_easy_setopt(easy, CURLOPT_URL, url);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, length);
  curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 65536L);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_answer);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  return easy;
}

typedef struct work {
  CURLM *multi;
  int to_start, done;
} work;

static void collect(work *w) {
  int left;
  for (CURLMsg *m; (m = curl_multi_info_read(w->multi, &left)) != NULL;) {
    CURL *easy = m->easy_handle;
    if (m->data.result != CURLE_OK) {
      fprintf(stderr, "bare_curl: %s\n", curl_easy_strerror(m->data.result));
      exit(1);
    }
    w->done++;
    curl_multi_remove_handle(w->multi, easy);
    if (w->to_start > 0) {
      w->to_start--;
      curl_multi_add_handle(w->multi, easy);
    } else {
      curl_easy_cleanup(easy);
    }
  }
}

static void run(work *w, int total) {
  int running;
  while (w->done < total) {
    struct epoll_event events[256];
    int count = epoll_wait(poller, events, 256, (int)timeout_ms);
    if (count == 0)
      curl_multi_socket_action(w->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    for (int i = 0; i < count; i++) {
      int what =
          (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
          (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
          (events[i].events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
      curl_multi_socket_action(w->multi, events[i].data.fd, what, &running);
    }
    collect(w);
  }
}

static double cpu_us(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
         (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

int main(int argc, char **argv) {
  if (argc != 5)
    return 2;
  long length = atol(argv[2]);
  int in_flight = atoi(argv[3]), total = atoi(argv[4]);
  char *body = malloc((size_t)length);
  memset(body, 'A', (size_t)length);
  poller = epoll_create1(0);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  work w = {.multi = curl_multi_init(), .to_start = total - in_flight};
  curl_multi_setopt(w.multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(w.multi, CURLMOPT_SOCKETDATA, w.multi);
  curl_multi_setopt(w.multi, CURLMOPT_TIMERFUNCTION, on_timer);
  double start = cpu_us();
  for (int i = 0; i < in_flight; i++)
    curl_multi_add_handle(w.multi, new_request(argv[1], body, length));
  run(&w, total);
  printf("%.1f\n", (cpu_us() - start) / total);
}
