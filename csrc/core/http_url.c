// SPDX-License-Identifier: MIT
#include "http_internal.h"

#include <stdio.h>
#include <string.h>

static const char MUST_LOOK_LIKE[] = "it must look like https://host/path";

static bool is_spoken(const char *scheme) {
  return strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0;
}

// NULL for a part that is absent; to be freed by curl->free.
static char *get_part(const curl_api *curl, CURLU *url, CURLUPart part) {
  char *text = NULL;
  unsigned flags = part == CURLUPART_PORT ? CURLU_NO_DEFAULT_PORT : 0;
  return curl->url_get(url, part, &text, flags) == CURLUE_OK ? text : NULL;
}

static void write_authority(const curl_api *curl, CURLU *url, char *out,
                            size_t size) {
  char *host = get_part(curl, url, CURLUPART_HOST);
  char *port = get_part(curl, url, CURLUPART_PORT);
  snprintf(out, size, "%s%s%s", host ? host : "", port ? ":" : "",
           port ? port : "");
  curl->free(host);
  curl->free(port);
}

static int check_scheme(const curl_api *curl, CURLU *url, error *e) {
  char *scheme = get_part(curl, url, CURLUPART_SCHEME);
  int result = 0;
  if (!scheme || !is_spoken(scheme))
    result = error_set(e, REASON_INVALID_OPTION,
                       "the URL is not of http or https: %s", MUST_LOOK_LIKE);
  curl->free(scheme);
  return result;
}

int http_url_authority(const curl_api *curl, const char *text, char *authority,
                       size_t size, error *e) {
  CURLU *url = curl->url();
  if (!url)
    return error_memory(e);
  int result;
  if (curl->url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK)
    result = error_set(e, REASON_INVALID_OPTION, "the URL is not one: %s",
                       MUST_LOOK_LIKE);
  else
    result = check_scheme(curl, url, e);
  if (result == 0)
    write_authority(curl, url, authority, size);
  curl->url_cleanup(url);
  return result;
}

void http_url_target(const curl_api *curl, const char *base,
                     const char *location, char *target, size_t size) {
  *target = '\0';
  CURLU *url = curl->url();
  if (!url)
    return;
  if (curl->url_set(url, CURLUPART_URL, base, 0) == CURLUE_OK &&
      curl->url_set(url, CURLUPART_URL, location, 0) == CURLUE_OK) {
    char authority[HTTP_AUTHORITY_MAX];
    write_authority(curl, url, authority, sizeof authority);
    char *scheme = get_part(curl, url, CURLUPART_SCHEME);
    char *path = get_part(curl, url, CURLUPART_PATH);
    snprintf(target, size, "%s://%s%s", scheme ? scheme : "", authority,
             path ? path : "");
    curl->free(scheme);
    curl->free(path);
  }
  curl->url_cleanup(url);
}
