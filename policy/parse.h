/* parse.h - the one small parser of policy.conf and kinko.conf.
 *
 * `[section]`, `[section NAME]`, `key = value`, whole-line `#` comments, blank lines. No
 * continuation, no inline comment, no quotes; UTF-8; at most 4,096 bytes a line, 64 KiB a file.
 * It knows no key: the caller decides each one and says why not. Every refusal has a line.
 */
#pragma once

#include <stddef.h>

#include "vault/base/err.h"

enum { PARSE_LINE_MAX = 4096, PARSE_FILE_MAX = 64 * 1024, PARSE_REASON_SIZE = 256 };

struct parse_setting {
	const char *section;      /* "vault" */
	const char *section_name; /* of [user NAME]: "NAME"; "" for a plain section */
	const char *key;
	const char *value; /* trimmed; may be "" */
	unsigned line;
};

struct parse_problem {
	unsigned line;                  /* 0: the file as a whole */
	char reason[PARSE_REASON_SIZE]; /* English message id's text, e.g. "unknown key: foo" */
};

/* Returns NULL when the setting is right, else why not: a static message id. */
typedef const char *parse_setting_fn(const struct parse_setting *setting, void *context);

/* A key twice in the same section is refused here. ERR_CONFIG with *out_problem filled and the
 * detail set ("line N: reason"). */
enum err parse_text(const char *text, size_t size, parse_setting_fn *on_setting, void *context,
		    struct parse_problem *out_problem) MUST_CHECK;
