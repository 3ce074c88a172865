/* parse.h - the one small parser of policy.conf and kinko.conf.
 *
 * `[section]`, `[section NAME]`, `key = value`, whole-line `#` comments, blank lines. No
 * continuation, no inline comment, no quotes; UTF-8, lines end with LF; at most 4,096 bytes a
 * line, 64 KiB a file. It knows no key: the caller decides each one and says why not. Every
 * refusal has a line. A section may stand once, a key once in its section.
 */
#pragma once

#include <stddef.h>

#include "vault/base/err.h"

enum {
	PARSE_LINE_MAX = 4096, /* without the LF */
	PARSE_FILE_MAX = 64 * 1024,
	PARSE_REASON_SIZE = 256,
	PARSE_QUOTE_SIZE = 96
};

struct parse_setting {
	const char *section;      /* "vault" */
	const char *section_name; /* of [user NAME]: "NAME"; "" for a plain section */
	const char *key;          /* on_section: "" */
	const char *value;        /* trimmed; may be ""; on_section: "" */
	unsigned line;
	/* What a refusal quotes, PARSE_QUOTE_SIZE bytes: it holds the line and may be replaced by
	 * the part of it that is wrong. */
	char *quote;
};

struct parse_problem {
	unsigned line;                  /* 0: the file as a whole */
	char reason[PARSE_REASON_SIZE]; /* in the language of this process, safe to show */
};

/* Returns NULL when the setting is right, else why not: a static message id marked with N_ and
 * without an end mark, which is translated and followed by ": QUOTE". */
typedef const char *parse_setting_fn(const struct parse_setting *setting, void *context);

/* ERR_CONFIG with *out_problem filled and the detail set ("line N: reason"). A section without
 * settings is not heard of. */
enum err parse_text(const char *text, size_t size, parse_setting_fn *on_setting, void *context,
		    struct parse_problem *out_problem) MUST_CHECK;

/* The same; on_section is asked about each section where it begins, also when it stays empty. */
enum err parse_text_by_section(const char *text, size_t size, parse_setting_fn *on_section,
			       parse_setting_fn *on_setting, void *context,
			       struct parse_problem *out_problem) MUST_CHECK;

/* The same for somebody who corrects a file: goes on after a line that is wrong and says of up to
 * `problem_max` lines what is. Nothing is heard of the settings of a section that was refused.
 * *out_problem_count is set also on ERR_CONFIG. */
enum err parse_text_whole(const char *text, size_t size, parse_setting_fn *on_section,
			  parse_setting_fn *on_setting, void *context,
			  struct parse_problem *problems, size_t problem_max,
			  size_t *out_problem_count) MUST_CHECK;

/* Fills *out_problem from a message id as above and sets the detail; returns ERR_CONFIG. For
 * callers that find something wrong with the file as a whole. `quote` may be "". */
enum err parse_refuse(struct parse_problem *out_problem, unsigned line, const char *message_id,
		      const char *quote) MUST_CHECK;
