/* reply.h - one answer while it arrives: the few headers that matter, and the body straight into
 * secret memory. Everything is bounded, whatever the other side sends.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/base/secret.h"

enum {
	REPLY_BODY_MAX = 1024 * 1024,
	REPLY_HEADERS_MAX = 128, /* lines, those of interim (1xx) answers too */
	REPLY_HEADERS_SIZE_MAX = 32 * 1024,
	REPLY_VALUE_SIZE = 512,
};

struct reply {
	long status;                         /* of the last status line */
	long wait_seconds;                   /* Retry-After; 0: none */
	char content_type[REPLY_VALUE_SIZE]; /* "" when absent, as the others */
	char content_encoding[REPLY_VALUE_SIZE];
	char content_length[REPLY_VALUE_SIZE];
	char transfer_encoding[REPLY_VALUE_SIZE];
	char repr_digest[REPLY_VALUE_SIZE];
	char ticket[REPLY_VALUE_SIZE];
	bool is_ambiguous; /* one of these stood twice, or was too long */
	size_t header_count;
	size_t header_size;
	struct secret *body; /* REPLY_BODY_MAX of room */
	size_t body_size;
};

enum err reply_new(struct reply **out_reply) MUST_CHECK;
void reply_free(struct reply *reply);
OWN_DEFINE(reply, reply_free)

/* One header line, or a status line, which begins the answer anew. ERR_SERVER_TOO_MUCH. */
enum err reply_take_header(struct reply *reply, const char *line, size_t size) MUST_CHECK;
enum err reply_take_body(struct reply *reply, const void *bytes, size_t size) MUST_CHECK;

/* "application/json; charset=utf-8" is application/json. */
bool reply_is_type(const struct reply *reply, const char *type);
/* Nothing stood twice, the body's end was announced (length or chunks), and it came as it is,
 * without compression. ERR_SERVER_REPLY with what is wrong. */
enum err reply_check_form(const struct reply *reply) MUST_CHECK;
