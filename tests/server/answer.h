/* answer.h - what goes back to a client: a status, a few headers and a body.
 *
 * Failures are problem details (RFC 9457) in the client's language, with a `code` for programs.
 */
#pragma once

#include "vault/base/bytes.h"
#include "vault/base/err.h"

enum { ANSWER_HEADERS_MAX = 8, ANSWER_VALUE_SIZE = 128 };

struct answer_header {
	const char *name; /* static */
	char value[ANSWER_VALUE_SIZE];
};

struct answer {
	unsigned status;
	size_t header_count;
	struct answer_header headers[ANSWER_HEADERS_MAX];
	struct bytes body;
};
void answer_clear(struct answer *answer);
OWN_DEFINE_HELD(answer, answer_clear)

/* Every answer: what it says is for nobody's cache (RFC 9111, 5.2.2.5). */
void answer_begin(struct answer *answer, unsigned status, const char *content_type);
void answer_add_header(struct answer *answer, const char *name, const char *format, ...)
	PRINTF_LIKE(3, 4);
enum err answer_set_json(struct answer *answer, const char *format, ...) PRINTF_LIKE(2, 3);

enum language { LANGUAGE_ENGLISH, LANGUAGE_JAPANESE };
/* From Accept-Language (RFC 9110, 12.5.4); Japanese when it names neither, or is NULL. */
enum language language_of(const char *accept_language);

enum problem {
	PROBLEM_ID_OR_PIN,
	PROBLEM_ID_LOCKED,
	PROBLEM_DIGEST_DIFFERS,
	PROBLEM_DELETED_AFTER_SAVE,
	PROBLEM_WINDOW_EXPIRED,
	PROBLEM_TOO_MANY_REQUESTS,
	PROBLEM_BAD_REQUEST,
	PROBLEM_NOT_FOUND,
	PROBLEM_TICKET_UNKNOWN,
	PROBLEM_METHOD,
	PROBLEM_TOO_LARGE,
	PROBLEM_MEDIA_TYPE,
	PROBLEM_INTERNAL,
};
enum err answer_problem(enum problem problem, enum language language,
			struct answer *out_answer) MUST_CHECK;
