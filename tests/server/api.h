/* api.h - the two requests of the download API (docs/download-api.md), apart from any socket.
 */
#pragma once

#include <stdint.h>

#include "tests/server/answer.h"
#include "tests/server/ledger.h"
#include "tests/server/rate.h"
#include "vault/base/err.h"

enum { API_WRONG_PINS_MAX = 10, API_REQUEST_SIZE_MAX = 4096 };

struct api {
	struct ledger *ledger;
	struct rate *rate;
	int64_t delete_after_seconds;
	int64_t window_seconds;
};

struct api_request {
	const char *method;
	const char *path;
	const char *content_type;    /* NULL when absent */
	const char *accept_language; /* NULL when absent */
	const char *body;
	size_t body_size;
	bool is_too_large; /* the body was longer than API_REQUEST_SIZE_MAX and dropped */
};

/* Always answers, failures of its own too: those are also returned, for the log. */
enum err api_answer(const struct api *api, const struct api_request *request, int64_t now,
		    int64_t now_ms, struct answer *out_answer);
