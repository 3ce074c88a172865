/* options.h - the command line of kinko-demo-server.
 */
#pragma once

#include <stdint.h>

#include "vault/base/err.h"

struct options {
	const char *folder;
	uint16_t port;
	int64_t delete_after_seconds;
	int64_t window_seconds;
};

extern const char options_usage[];

/* ERR_USAGE with the word that was not understood. */
enum err options_parse(int count, char *const *words, struct options *out_options) MUST_CHECK;
