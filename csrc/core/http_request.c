// SPDX-License-Identifier: MIT
// The life of one request: checked and set up, filled by libcurl's callbacks,
// ended once and for all by http_request_finish.
#include "http_internal.h"

#include "clock.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
  // A request keeps both to its end. More is no faster for large bodies, and
  // of the others there may be thousands.
  UPLOAD_BUFFER = 64 * 1024,
  UPLOAD_BUFFER_SMALL = 16 * 1024,
  UPLOAD_LARGE = 256 * 1024, // bytes of a body that gets the former
  ANSWER_BUFFER = 4 * 1024,
  FETCH_BUFFER = 16 * 1024,
  SMALL_BODY = 16 * 1024,  // bytes up to which head and body go out as one
  HOLD_BACK_AT = 64 * 1024 // unread bytes of a stream that stop the sender
};

// ---- what libcurl calls while a request runs ----

// https://curl.se/libcurl/c/CURLOPT_READFUNCTION.html
static size_t on_send(char *out, size_t size, size_t count, void *request) {
  http_request *r = request;
  r->payload_us = clock_mono_us();
  return http_body_read(&r->body, out, size * count);
}

// https://curl.se/libcurl/c/CURLOPT_SEEKFUNCTION.html: a kept connection may
// turn out dead only after some of the body was sent; then all is sent again.
static int on_rewind(void *request, curl_off_t offset, int origin) {
  http_request *r = request;
  bool is_there = origin == SEEK_SET && offset >= 0 &&
                  http_body_seek(&r->body, (size_t)offset);
  return is_there ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

// https://curl.se/libcurl/c/CURLOPT_OPENSOCKETFUNCTION.html: no child process
// may inherit a connection, and the guard has the last word on where it goes.
static curl_socket_t on_open(void *request, curlsocktype purpose,
                             struct curl_sockaddr *a) {
  (void)purpose;
  http_request *r = request;
  const char *kind =
      r->guard ? address_guard_refuses(r->guard, &a->addr) : NULL;
  if (kind) {
    r->refused = kind;
    return CURL_SOCKET_BAD; // the name's next address is tried
  }
  return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

// https://curl.se/libcurl/c/CURLOPT_PREREQFUNCTION.html
static int on_connected(void *request, char *to, char *from, int to_port,
                        int from_port) {
  (void)to, (void)from, (void)to_port, (void)from_port;
  http_request *r = request;
  r->connected = true;
  r->payload_us = clock_mono_us();
  http_client_watch(r->client, r);
  return CURL_PREREQFUNC_OK;
}

static int too_large(http_request *r) {
  return error_set(&r->failure, REASON_RESPONSE_TOO_LARGE,
                   "%s answers with more than the %zu bytes allowed",
                   r->authority, r->max_response);
}

// Of a stream only what is read counts: its status is there all the same.
static int check_announced_length(http_request *r) {
  if (r->stream)
    return 0;
  curl_off_t length = -1;
  r->client->curl->easy_getinfo(r->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T,
                                &length);
  if (length > 0 && (size_t)length > r->max_response)
    return too_large(r);
  return 0;
}

// Once there is an answer the request is not sent again; a stream goes on for
// long. A server may answer before it has all of a body.
static void drop_body(http_request *r) {
  curl_off_t sent = 0;
  r->client->curl->easy_getinfo(r->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
  if (sent > 0 && (size_t)sent == r->body.length)
    http_body_free(&r->body);
}

static int on_head_complete(http_request *r) {
  r->payload_us = clock_mono_us();
  if (r->head.status >= 300 && r->head.status < 400) {
    http_failure_redirect(r);
    return -1;
  }
  if (check_announced_length(r) < 0)
    return -1;
  if (r->stream) {
    drop_body(r);
    loop_complete(r->client->loop, &r->news);
  }
  return 0;
}

// https://curl.se/libcurl/c/CURLOPT_HEADERFUNCTION.html
static size_t on_header(char *line, size_t size, size_t count, void *request) {
  http_request *r = request;
  bool was_complete = r->head.complete;
  if (http_head_line(&r->head, line, size * count, &r->failure) < 0)
    return 0;
  if (!r->head.complete || was_complete)
    return size * count;
  // An answer that is refused by its head has no status.
  r->head.complete = on_head_complete(r) == 0;
  return r->head.complete ? size * count : 0;
}

static bool has_payload(const char *data, size_t length) {
  for (size_t i = 0; i < length; i++)
    if (!isspace((unsigned char)data[i]))
      return true;
  return false;
}

// Bytes of a stream wait for their reader from now on.
static void mark_unread(http_request *r) {
  if (r->content.length > 0)
    return;
  r->unread_since_us = clock_mono_us();
  loop_complete(r->client->loop, &r->news);
}

// https://curl.se/libcurl/c/CURLOPT_WRITEFUNCTION.html
static size_t on_content(char *data, size_t size, size_t count, void *request) {
  http_request *r = request;
  size_t length = size * count;
  if (r->stream && r->content.length >= HOLD_BACK_AT) {
    r->held = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  if (length > r->max_response - r->received) {
    too_large(r);
    return 0;
  }
  if (r->stream)
    mark_unread(r);
  else if (has_payload(data, length))
    r->payload_us = clock_mono_us();
  if (buffer_append(&r->content, data, length, &r->failure) < 0)
    return 0;
  r->received += length;
  return length;
}

// ---- checks ----

static bool is_name_char(char c) {
  return isalnum((unsigned char)c) ||
         (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

// The value stays unseen: it may be a key.
static int check_header(const char *line, error *e) {
  size_t name = 0;
  while (is_name_char(line[name]))
    name++;
  if (name == 0 || line[name] != ':')
    return error_set(e, REASON_INVALID_OPTION,
                     "a header must read 'Name: value'");
  for (const char *c = line + name; *c; c++)
    if ((unsigned char)*c < ' ' && *c != '\t')
      return error_set(e, REASON_INVALID_OPTION,
                       "the value of header '%.*s' holds a line break or "
                       "another control character: was it pasted with one?",
                       (int)(name < 64 ? name : 64), line);
  return 0;
}

static int check_headers(const http_options *o, error *e) {
  if (o->header_count > HTTP_HEADERS_MAX)
    return error_set(e, REASON_INVALID_OPTION,
                     "a request has at most %d headers, not %zu",
                     HTTP_HEADERS_MAX, o->header_count);
  for (size_t i = 0; i < o->header_count; i++)
    if (check_header(o->headers[i], e) < 0)
      return -1;
  return 0;
}

static int check_method(const http_options *o, error *e) {
  if (strcmp(o->method, "POST") == 0)
    return 0;
  if (strcmp(o->method, "GET") != 0)
    return error_set(e, REASON_INVALID_OPTION, "the method is GET or POST");
  if (o->segment_count > 0)
    return error_set(e, REASON_INVALID_OPTION, "a GET has no body");
  return 0;
}

// ---- setting up ----

static bool names_content_type(const char *line) {
  return strncasecmp(line, "content-type:", 13) == 0;
}

// libcurl's own Expect would cost a round trip, its Content-Type be a lie.
static size_t list_headers(const http_options *o, const char **lines) {
  bool has_type = false;
  size_t count = 0;
  lines[count++] = "Expect:";
  for (size_t i = 0; i < o->header_count; i++) {
    lines[count++] = o->headers[i];
    has_type = has_type || names_content_type(o->headers[i]);
  }
  if (!has_type)
    lines[count++] = "Content-Type:";
  return count;
}

// One allocation in place of libcurl's two a line.
static int copy_headers(http_request *r, const http_options *o) {
  const char *lines[HTTP_HEADERS_MAX + 2];
  size_t count = list_headers(o, lines), bytes = 0;
  for (size_t i = 0; i < count; i++)
    bytes += strlen(lines[i]) + 1;
  r->headers = malloc(count * sizeof *r->headers + bytes + 1);
  if (!r->headers)
    return -1;
  char *text = (char *)(r->headers + count);
  for (size_t i = 0; i < count; i++) {
    struct curl_slist *next = i + 1 < count ? &r->headers[i + 1] : NULL;
    r->headers[i] = (struct curl_slist){.data = text, .next = next};
    text = stpcpy(text, lines[i]) + 1;
  }
  return 0;
}

#define SET(option, value) (void)curl->easy_setopt(easy, option, value)

// The library reads the proxy's variables itself, these only its program does.
static void set_trust(const curl_api *curl, CURL *easy) {
  const char *file = getenv("CURL_CA_BUNDLE");
  if (!file || !*file)
    file = getenv("SSL_CERT_FILE");
  if (file && *file)
    SET(CURLOPT_CAINFO, file);
  const char *folder = getenv("SSL_CERT_DIR");
  if (folder && *folder)
    SET(CURLOPT_CAPATH, folder);
}

// What is the same for all requests.
static void set_common(const curl_api *curl, CURL *easy) {
  SET(CURLOPT_HEADERFUNCTION, on_header);
  SET(CURLOPT_WRITEFUNCTION, on_content);
  SET(CURLOPT_READFUNCTION, on_send);
  SET(CURLOPT_SEEKFUNCTION, on_rewind);
  SET(CURLOPT_OPENSOCKETFUNCTION, on_open);
  SET(CURLOPT_PREREQFUNCTION, on_connected);
  SET(CURLOPT_BUFFERSIZE, (long)ANSWER_BUFFER);
  SET(CURLOPT_FOLLOWLOCATION, 0L);
  SET(CURLOPT_PROTOCOLS_STR, "http,https");
  SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
  SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  SET(CURLOPT_TCP_KEEPALIVE, 1L); // a model may think for minutes behind a NAT
  SET(CURLOPT_NOSIGNAL, 1L);
  // Without it a cancel would wait for a name that is being looked up.
  SET(CURLOPT_QUICK_EXIT, 1L);
  set_trust(curl, easy);
}

// What is this request's: each of it is set anew on a handle that was used.
static void set_own(http_request *r) {
  const curl_api *curl = r->client->curl;
  CURL *easy = r->easy;
  SET(CURLOPT_PRIVATE, r);
  SET(CURLOPT_ERRORBUFFER, r->curl_words);
  SET(CURLOPT_HEADERDATA, r);
  SET(CURLOPT_WRITEDATA, r);
  SET(CURLOPT_READDATA, r);
  SET(CURLOPT_SEEKDATA, r);
  SET(CURLOPT_PREREQDATA, r);
  SET(CURLOPT_OPENSOCKETDATA, r);
  SET(CURLOPT_HTTPHEADER, r->headers);
  SET(CURLOPT_CONNECTTIMEOUT_MS, (long)((r->connect_timeout_us + 999) / 1000));
}

// A body that is read goes out after the head; of one in memory libcurl makes
// one packet with the head, which halves the cost of a small request.
static void set_body(http_request *r) {
  const curl_api *curl = r->client->curl;
  CURL *easy = r->easy;
  r->is_small = r->body.text != NULL;
  SET(CURLOPT_POST, 1L);
  SET(CURLOPT_POSTFIELDS, r->body.text);
  SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.length);
  SET(CURLOPT_UPLOAD_BUFFERSIZE,
      (long)(r->body.length >= UPLOAD_LARGE ? UPLOAD_BUFFER
                                            : UPLOAD_BUFFER_SMALL));
}

static void set_no_body(http_request *r) {
  const curl_api *curl = r->client->curl;
  CURL *easy = r->easy;
  SET(CURLOPT_POSTFIELDS, NULL); // of the request before
  SET(CURLOPT_HTTPGET, 1L);
}

// The handle is not used again, so these are not undone.
static void set_guarded(http_request *r) {
  const curl_api *curl = r->client->curl;
  CURL *easy = r->easy;
  SET(CURLOPT_PROXY, ""); // not that of the environment either
  SET(CURLOPT_FRESH_CONNECT, 1L);
  SET(CURLOPT_FORBID_REUSE, 1L);
  SET(CURLOPT_BUFFERSIZE, (long)FETCH_BUFFER); // what comes may be large
}

static int set_up(http_request *r, const http_options *o, error *e) {
  const curl_api *curl = r->client->curl;
  r->easy = http_client_take_easy(r->client, set_common);
  if (!r->easy || copy_headers(r, o) < 0 ||
      curl->easy_setopt(r->easy, CURLOPT_URL, o->url) != CURLE_OK)
    return error_memory(e);
  set_own(r);
  if (r->guard)
    set_guarded(r);
  if (strcmp(o->method, "POST") == 0)
    set_body(r);
  else
    set_no_body(r);
  return 0;
}

// ---- life ----

static int copy_guard(http_request *r, const http_options *o, error *e) {
  if (!o->guard)
    return 0;
  r->guard = malloc(sizeof *r->guard);
  if (!r->guard)
    return error_memory(e);
  *r->guard = *o->guard;
  return 0;
}

// Most requests go where the one before went.
static int check_url(http_client *c, const char *url, error *e) {
  if (c->known_url && strcmp(c->known_url, url) == 0)
    return 0;
  free(c->known_url);
  c->known_url = NULL;
  if (http_url_authority(c->curl, url, c->known_authority,
                         sizeof c->known_authority, e) < 0)
    return -1;
  c->known_url = strdup(url);
  return c->known_url ? 0 : error_memory(e);
}

static int check(http_client *c, http_request *r, const http_options *o,
                 error *e) {
  if (c->waiting.count + c->running.count >= HTTP_REQUESTS_MAX)
    return error_set(e, REASON_QUEUE_FULL,
                     "%d requests are under way already: wait for some to end",
                     HTTP_REQUESTS_MAX);
  if (check_method(o, e) < 0 || check_headers(o, e) < 0 ||
      check_url(c, o->url, e) < 0)
    return -1;
  memcpy(r->authority, c->known_authority, sizeof r->authority);
  return 0;
}

static void init(http_request *r, http_client *c, const http_options *o) {
  completion_init(&r->news);
  r->client = c;
  c->references++;
  r->state = HTTP_ENDED; // until the client takes it
  http_head_init(&r->head);
  buffer_init(&r->content, SIZE_MAX); // on_content keeps the limit
  r->max_response = o->max_response;
  r->stream = o->stream;
  r->connect_timeout_us = o->connect_timeout_us;
  r->idle_timeout_us = o->idle_timeout_us;
  r->total_timeout_us = o->total_timeout_us;
  r->started_us = clock_mono_us();
}

http_request *http_request_new(http_client *c, const http_options *o,
                               error *e) {
  http_request *r = calloc(1, sizeof *r);
  if (!r) {
    error_memory(e);
    return NULL;
  }
  init(r, c, o);
  if (check(c, r, o, e) < 0 ||
      http_body_init(&r->body, o->segments, o->segment_count, SMALL_BODY, e) <
          0 ||
      copy_guard(r, o, e) < 0 || set_up(r, o, e) < 0) {
    http_request_delete(r);
    return NULL;
  }
  http_client_add(c, r);
  return r;
}

static double seconds(const http_request *r, CURLINFO info) {
  curl_off_t us = 0;
  r->client->curl->easy_getinfo(r->easy, info, &us);
  return (double)us / 1e6;
}

static void keep_timing(http_request *r) {
  r->timing = (http_timing){
      .connect = seconds(r, CURLINFO_PRETRANSFER_TIME_T),
      .first_byte = seconds(r, CURLINFO_STARTTRANSFER_TIME_T),
      .total = (double)(clock_mono_us() - r->started_us) / 1e6,
  };
}

// Only after an exchange without fault, so that no trouble is handed on; and
// not with the buffer of a large body.
static bool may_keep_easy(const http_request *r) {
  return r->failure.reason == REASON_NONE && !r->sent_again &&
         r->head.complete && r->is_small && !r->guard;
}

// What only a running request needs; the answer stays.
static void release(http_request *r) {
  http_client_remove(r->client, r);
  if (r->easy)
    http_client_give_easy(r->client, r->easy, may_keep_easy(r));
  r->easy = NULL;
  free(r->headers);
  r->headers = NULL;
  free(r->guard);
  r->guard = NULL;
  http_body_free(&r->body);
}

// A kept connection that the server has closed meanwhile may refuse what is
// sent before libcurl sees the end of it. Such a request was never whole at the
// server, so it may be sent again; libcurl does so only when reading fails.
static bool may_send_again(const http_request *r, CURLcode code) {
  long new_connections = 1;
  if (code != CURLE_SEND_ERROR || r->sent_again || r->head.status != 0)
    return false;
  r->client->curl->easy_getinfo(r->easy, CURLINFO_NUM_CONNECTS,
                                &new_connections);
  return new_connections == 0;
}

static void send_again(http_request *r) {
  r->sent_again = true;
  r->connected = false;
  http_body_seek(&r->body, 0);
  (void)r->client->curl->easy_setopt(r->easy, CURLOPT_FRESH_CONNECT, 1L);
  http_client_restart(r->client, r);
}

void http_request_finish(http_request *r, CURLcode code) {
  if (may_send_again(r, code)) {
    send_again(r);
    return;
  }
  keep_timing(r);
  // libcurl takes a connection that ends within the head for a whole answer.
  if (code == CURLE_OK && !r->head.complete)
    code = CURLE_GOT_NOTHING;
  if (code != CURLE_OK && r->failure.reason == REASON_NONE)
    http_failure_explain(r, code);
  release(r);
  if (r->failure.reason != REASON_NONE && !r->stream)
    buffer_free(&r->content);
  loop_complete(r->client->loop, &r->news);
}

void http_request_cancel(http_request *r) {
  if (r->state == HTTP_ENDED || loop_is_inherited(r->client->loop))
    return;
  error_set(&r->failure, REASON_CANCELLED, "cancelled");
  http_request_finish(r, CURLE_OK);
}

void http_request_delete(http_request *r) {
  // A forked child must not touch what it shares with its parent: cleaning up
  // would say goodbye on the parent's connections.
  if (!r || loop_is_inherited(r->client->loop))
    return;
  release(r);
  loop_forget(r->client->loop, &r->news);
  http_head_free(&r->head);
  buffer_free(&r->content);
  http_client_unref(r->client);
  free(r);
}

// ---- deadlines ----

static bool is_idle_counted(const http_request *r) {
  return r->connected && !(r->stream && r->content.length > 0);
}

int64_t http_request_due_us(const http_request *r) {
  int64_t due_us = r->started_us + r->total_timeout_us;
  int64_t idle_us = r->payload_us + r->idle_timeout_us;
  return is_idle_counted(r) && idle_us < due_us ? idle_us : due_us;
}

void http_request_expire(http_request *r) {
  int64_t now_us = clock_mono_us();
  if (now_us >= r->started_us + r->total_timeout_us)
    http_failure_timeout(r, "did not finish", r->total_timeout_us);
  else
    http_failure_timeout(r, "sent nothing of use", r->idle_timeout_us);
  http_request_finish(r, CURLE_OPERATION_TIMEDOUT);
}

void http_request_payload(http_request *r) { r->payload_us = clock_mono_us(); }

// ---- what came ----

uint64_t http_request_id(const http_request *r) { return r->news.id; }

bool http_request_ended(const http_request *r) {
  return r->state == HTTP_ENDED;
}

const error *http_request_error(const http_request *r) {
  return r->failure.reason != REASON_NONE ? &r->failure : NULL;
}

int http_request_status(const http_request *r) {
  return r->head.complete ? r->head.status : 0;
}

bool http_request_next_header(const http_request *r, size_t *position,
                              http_header *header) {
  return r->head.complete && http_head_next(&r->head, position, header);
}

const char *http_request_bytes(const http_request *r, size_t *length) {
  *length = r->content.length;
  return r->content.data;
}

void http_request_take(http_request *r) {
  if (r->content.length > 0 && r->stream)
    r->payload_us += clock_mono_us() - r->unread_since_us;
  r->content.length = 0;
  if (r->state == HTTP_ENDED || loop_is_inherited(r->client->loop))
    return;
  http_client_watch(r->client, r);
  if (!r->held)
    return;
  r->held = false;
  CURLcode code = r->client->curl->easy_pause(r->easy, CURLPAUSE_CONT);
  if (code != CURLE_OK)
    http_request_finish(r, code);
}

http_timing http_request_timing(const http_request *r) { return r->timing; }
