// SPDX-License-Identifier: MIT
#include "http_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

// Messages name host and port only: paths and queries may hold keys.

void http_failure_timeout(http_request *r, const char *which,
                          int64_t limit_us) {
  double seconds = (double)limit_us / 1e6;
  char text[32]; // without digits that mean nothing: it may be what is left
  snprintf(text, sizeof text, seconds < 100 ? "%.3g" : "%.0f", seconds);
  error_set(&r->failure, REASON_TIMEOUT, "%s %s within %s s", r->authority,
            which, text);
}

// Of an address that somebody gave us in confidence the path may be the secret,
// and it leads to its like.
static void cut_path(char *target) {
  char *host = strstr(target, "://");
  char *path = host ? strchr(host + 3, '/') : NULL;
  if (path)
    *path = '\0';
}

void http_failure_redirect(http_request *r) {
  const curl_api *curl = r->client->curl;
  char location[1024] = "", target[200] = "";
  char *base = NULL;
  http_header h;
  for (size_t at = 0; http_head_next(&r->head, &at, &h);)
    if (h.name_length == 8 && memcmp(h.name, "location", 8) == 0)
      snprintf(location, sizeof location, "%.*s", (int)h.value_length, h.value);
  curl->easy_getinfo(r->easy, CURLINFO_EFFECTIVE_URL, &base);
  if (*location && base)
    http_url_target(curl, base, location, target, sizeof target);
  if (r->guard)
    cut_path(target);
  error_set(&r->failure, REASON_REDIRECT,
            "%s answers with a redirect (%d)%s%s, which is not followed%s",
            r->authority, r->head.status, *target ? " to " : "", target,
            r->guard ? ": give the address that it leads to"
                     : ", for the key would go there too: set the base URL to "
                       "the right address");
}

// libcurl's own words, in brackets, where it has some.
static const char *in_brackets(const http_request *r, CURLcode code) {
  static char text[CURL_ERROR_SIZE + 4];
  const char *words =
      *r->curl_words ? r->curl_words : r->client->curl->easy_strerror(code);
  snprintf(text, sizeof text, " (%s)", words);
  return text;
}

static void explain_refused(http_request *r) {
  error_set(&r->failure, REASON_FORBIDDEN_ADDRESS,
            "%s is at a %s address, where nothing is sent unless its network "
            "is allowed",
            r->authority, r->refused);
}

static void explain_connect(http_request *r, CURLcode code) {
  if (r->refused) {
    explain_refused(r);
    return;
  }
  long number = 0;
  r->client->curl->easy_getinfo(r->easy, CURLINFO_OS_ERRNO, &number);
  if (number == ECONNREFUSED)
    error_set(&r->failure, REASON_REFUSED_CONNECTION,
              "%s refuses the connection: does the service run there?%s",
              r->authority, in_brackets(r, code));
  else
    error_set(&r->failure, REASON_CONNECT, "cannot connect to %s%s",
              r->authority, in_brackets(r, code));
}

static void explain_cut(http_request *r, CURLcode code) {
  if (r->head.complete)
    error_set(&r->failure, REASON_CUT_STREAM,
              "%s cut its answer off after %zu bytes%s", r->authority,
              r->received, in_brackets(r, code));
  else
    error_set(&r->failure, REASON_NETWORK,
              "%s closed the connection without an answer%s", r->authority,
              in_brackets(r, code));
}

static void explain_tls(http_request *r, CURLcode code) {
  if (code == CURLE_PEER_FAILED_VERIFICATION)
    error_set(&r->failure, REASON_TLS,
              "the certificate of %s is not to be trusted%s", r->authority,
              in_brackets(r, code));
  else if (code == CURLE_SSL_CACERT_BADFILE)
    error_set(&r->failure, REASON_TLS,
              "the file of trusted certificates cannot be read: check "
              "SSL_CERT_FILE and CURL_CA_BUNDLE%s",
              in_brackets(r, code));
  else
    error_set(&r->failure, REASON_TLS, "no secure connection to %s%s",
              r->authority, in_brackets(r, code));
}

static void explain_name(http_request *r, CURLcode code) {
  if (code == CURLE_COULDNT_RESOLVE_PROXY)
    error_set(&r->failure, REASON_DNS,
              "cannot find the proxy: check HTTPS_PROXY and http_proxy%s",
              in_brackets(r, code));
  else
    error_set(&r->failure, REASON_DNS,
              "there is no host named %s: check the base URL%s", r->authority,
              in_brackets(r, code));
}

// A proxy that answers, but lets nothing through; 0: there was none.
static long refusal_of_proxy(const http_request *r) {
  long status = 0;
  r->client->curl->easy_getinfo(r->easy, CURLINFO_HTTP_CONNECTCODE, &status);
  return status < 300 ? 0 : status;
}

void http_failure_explain(http_request *r, CURLcode code) {
  long status = refusal_of_proxy(r);
  if (status) {
    error_set(&r->failure, REASON_CONNECT,
              "the proxy does not connect to %s, it answers %ld%s: check "
              "HTTPS_PROXY and NO_PROXY",
              r->authority, status, status == 407 ? " (it wants a login)" : "");
    return;
  }
  switch (code) {
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_RESOLVE_PROXY:
    explain_name(r, code);
    break;
  case CURLE_COULDNT_CONNECT:
  case CURLE_PROXY:
    explain_connect(r, code);
    break;
  case CURLE_OPERATION_TIMEDOUT: // the one timer that is libcurl's
    http_failure_timeout(r, "accepted no connection", r->connect_timeout_us);
    break;
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CIPHER:
  case CURLE_SSL_ISSUER_ERROR:
    explain_tls(r, code);
    break;
  case CURLE_PARTIAL_FILE:
  case CURLE_GOT_NOTHING:
  case CURLE_RECV_ERROR:
  case CURLE_SEND_ERROR:
  case CURLE_HTTP2:
  case CURLE_HTTP2_STREAM:
    explain_cut(r, code);
    break;
  case CURLE_OUT_OF_MEMORY:
    error_memory(&r->failure);
    break;
  default:
    error_set(&r->failure, REASON_NETWORK, "the exchange with %s failed%s",
              r->authority, in_brackets(r, code));
  }
}
