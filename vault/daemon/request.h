/* request.h - the body of any message, and the certificate it speaks about. Each message is
 * named here once; the compiler finds one that is missing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vault/base/cursor.h"
#include "vault/wire/message.h"

/* What the policy is asked about besides who asks and the action. */
struct subject {
	bool is_other_owner;
	uint32_t owner;
	const struct digest *certificate; /* NULL: the message names none; inside the request */
	const char *hash;                 /* of a signature; NULL: none, or no such hash */
};

struct request {
	union {
		struct hello_request hello;
		struct list_request list;
		struct certificate_request certificate;
		struct pin_request pin;
		struct import_begin_request import_begin;
		struct import_data_request import_data;
		struct import_commit_request import_commit;
		struct login_request login;
		struct original_proven_request original_proven;
		struct explain_request explain;
		struct log_request log;
		struct sign_request sign;
		struct decrypt_request decrypt;
	} body;
	struct subject subject;
};

/* Reads into a zeroed request; what was read is the caller's to clear, also on failure. */
enum err request_read(enum message_number number, struct cursor *cursor,
		      struct request *request) MUST_CHECK;
void request_clear(enum message_number number, struct request *request);
