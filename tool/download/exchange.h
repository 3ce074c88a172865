/* exchange.h - one HTTPS POST on a fresh handle, and its answer.
 *
 * Nothing is sent before the server has proven who it is. Proxies, CA files, key logs and
 * configuration of the environment have no effect.
 */
#pragma once

#include "tool/download/download.h"
#include "tool/download/limits.h"
#include "tool/download/reply.h"
#include "vault/base/err.h"
#include "vault/base/secret.h"

/* Once per process, before threads and before the first exchange. */
enum err exchange_init(void) MUST_CHECK;

struct exchange_request {
	const struct download_limits *limits;
	const struct download_server *server;
	const char *path; /* "/v1/..." */
	const char *accept;
	const struct secret *body;
	download_progress *progress; /* NULL: nobody looks */
	void *context;
};

/* Any status is an answer; everything else is an error. */
enum err exchange(const struct exchange_request *request, struct reply **out_reply) MUST_CHECK;

/* The same, and again while the server says that waiting helps: within the limits. */
enum err exchange_patiently(const struct exchange_request *request,
			    struct reply **out_reply) MUST_CHECK;
