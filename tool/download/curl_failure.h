/* curl_failure.h - what a failed exchange means for people.
 */
#pragma once

#include <curl/curl.h>

#include "vault/base/err.h"

/* `text` is curl's own, for the operator's note. `ca_file` goes into the sentence when it is the
 * one that cannot be read. Never ERR_OK. */
enum err curl_failure(CURL *handle, CURLcode code, const char *text,
		      const char *ca_file) MUST_CHECK;

/* The server is not who it should be, for a reason out of this table. */
enum identity_fault { IDENTITY_NO_NAME, IDENTITY_OTHER_NAME };
enum err curl_identity_failure(enum identity_fault fault) MUST_CHECK;
