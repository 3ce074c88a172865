/* limits.h - how long and how often the download server is asked: plain arguments, so that tests
 * need not wait as long as people do.
 */
#pragma once

#include "tool/download/download.h"
#include "vault/base/err.h"

struct download_limits {
	long connect_ms;
	long total_ms;
	long slow_bytes_per_second; /* slower than this ... */
	long slow_seconds;          /* ... for so long: given up */
	unsigned tries;             /* of 429 and 5xx */
	unsigned first_wait_ms;     /* doubled with each try */
	unsigned wait_max_ms;       /* a longer Retry-After is told to the user instead */
};

extern const struct download_limits download_default_limits;

enum err download_retrieve_within(const struct download_limits *limits,
				  const struct download_server *server, const char *id,
				  const struct secret *pin, download_progress *progress,
				  void *context, struct download **out_download) MUST_CHECK;
enum err download_saved_within(const struct download_limits *limits,
			       const struct download_server *server, const char *ticket,
			       const struct digest *digest, int64_t *out_delete_at) MUST_CHECK;
