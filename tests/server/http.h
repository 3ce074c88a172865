/* http.h - HTTPS around the API: libmicrohttpd, TLS 1.2 and 1.3, on loopback only.
 *
 * One thread: every request is answered in http_run, which its caller repeats.
 */
#pragma once

#include <stdint.h>

#include "tests/server/api.h"
#include "tests/server/ledger.h"
#include "vault/base/err.h"
#include "vault/base/own.h"

struct http;

/* Port 0 takes a free one. Both loans last until http_stop. */
enum err http_start(const struct api *api, const struct ledger_identity *identity, uint16_t port,
		    struct http **out_http) MUST_CHECK;
void http_stop(struct http *http);
OWN_DEFINE(http, http_stop)

uint16_t http_port(const struct http *http);

/* Waits at most so long for something to do, and does it. */
enum err http_run(struct http *http, int wait_ms) MUST_CHECK;
