/* link.h - one identified connection to the vault: requests go out, their answers come back.
 *
 * It knows frames, deadlines and identity; of messages only their pace. Connecting includes the
 * proof by the kernel that the server is the vault, so nothing is ever sent to anybody else.
 *
 * Many threads may exchange at once. One of those that wait reads the socket and hands on what is
 * for others; when its own answer has come, another one reads on. A link that is broken stays so.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vault/base/cursor.h"
#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/wire/message.h"

/* The path of the vault's socket, and whether KINKO_SOCKET named it. */
const char *link_socket_path(bool *out_is_named);
/* Connected to the vault, and to nobody else. ERR_VAULT_UNREACHABLE, ERR_SERVER_IDENTITY. */
enum err link_open_socket(int *out_socket) MUST_CHECK;

/* Room for one request and its answer; used by one exchange at a time. */
struct packets {
	struct packets *next;   /* for who keeps some */
	struct secret *request; /* may hold a PIN or a piece of an original */
	uint8_t *reply;         /* WIRE_PACKET_MAX */
};
enum err packets_new(struct packets **out_packets) MUST_CHECK;
void packets_free(struct packets *packets);
OWN_DEFINE(packets, packets_free)
/* A cursor for the body of the next request. */
struct cursor packets_body(struct packets *packets);

struct link;

/* Held once. */
enum err link_connect(struct link **out_link) MUST_CHECK;
struct link *link_hold(struct link *link);
void link_release(struct link *link); /* the last one closes it; accepts NULL */
OWN_DEFINE(link, link_release)
/* In a child of fork: closes the descriptor and leaves the connection to the parent, whatever the
 * parent's threads were doing. Accepts NULL. */
void link_abandon(struct link *link);

bool link_is_broken(struct link *link);
/* Whether the vault is still at its end: asks the kernel, not the vault. */
bool link_stands(struct link *link);
/* Ends it for everybody. */
void link_break(struct link *link);

/* How far a request came that has no answer. */
enum link_loss {
	LINK_NOT_LOST, /* there is an answer: a reply or the vault's error */
	LINK_UNREAD,   /* the vault never read it: sending it again is safe */
	LINK_UNKNOWN   /* nobody can say */
};

struct link_answer {
	struct cursor reply; /* on ERR_OK; in `packets` */
	uint8_t tries_left;  /* WIRE_NO_TRIES when the error is not about a PIN */
	enum link_loss loss;
};

/* Sends what `body` holds and waits for its answer. The vault's own error comes back as the
 * result, its detail set. ERR_VAULT_UNREACHABLE, ERR_TIMEOUT and ERR_WIRE break the link. */
enum err link_exchange(struct link *link, uint8_t number, struct packets *packets,
		       const struct cursor *body, struct link_answer *out_answer) MUST_CHECK;
