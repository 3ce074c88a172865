/* link.h - one identified connection to the vault: a request goes out, its answer comes back.
 *
 * It knows frames, deadlines and identity; it knows no message. Connecting includes the proof
 * by the kernel that the server is the vault, so nothing is ever sent to anybody else.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vault/base/cursor.h"
#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/wire/message.h"

struct link;

/* Makes the buffers; connects at the first use. */
enum err link_new(struct link **out_link) MUST_CHECK;
void link_free(struct link *link);
OWN_DEFINE(link, link_free)

/* The path of the vault's socket, and whether KINKO_SOCKET named it. */
const char *link_socket_path(bool *out_is_named);

bool link_is_connected(const struct link *link);
enum err link_connect(struct link *link) MUST_CHECK;
void link_disconnect(struct link *link);

/* A cursor for the body of the next request. */
struct cursor link_request(struct link *link);

/* How far a request came that has no answer. */
enum link_loss {
	LINK_NOT_LOST, /* there is an answer: a reply or the vault's error */
	LINK_UNREAD,   /* the vault never read it: sending it again is safe */
	LINK_UNKNOWN   /* nobody can say */
};

struct link_answer {
	struct cursor reply; /* on ERR_OK; valid until the next request */
	uint8_t tries_left;  /* WIRE_NO_TRIES when the error is not about a PIN */
	enum link_loss loss;
};

/* Sends what `body` holds and waits for its answer. The vault's own error comes back as the
 * result, its detail set. ERR_VAULT_UNREACHABLE, ERR_TIMEOUT and ERR_WIRE disconnect. */
enum err link_exchange(struct link *link, uint8_t number, const struct cursor *body,
		       struct link_answer *out_answer) MUST_CHECK;
