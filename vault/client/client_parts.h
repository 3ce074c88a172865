/* client_parts.h - a client from inside; for the files of this folder.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "vault/client/client.h"
#include "vault/client/link.h"

struct client {
	char *program;
	pid_t made_by;
	atomic_bool is_private;
	atomic_uint vault_state;   /* enum vault_state */
	pthread_mutex_t importing; /* the pieces of an original are in order */
	pthread_mutex_t lock;      /* guards what follows */
	struct link *link;         /* NULL: not connected */
	struct packets *spare;     /* used before and free again */
};

/* Whether a request may be sent again when nobody knows what became of it. */
enum repeat { CHANGES_NOTHING, MAY_CHANGE };

/* Writes the body of a request; the same function may be called for a second attempt. */
typedef void body_writer(struct cursor *cursor, const void *request);

/* Codecs serve both directions and take what they write as changeable; they do not change it. */
#define BODY_WRITER(name, codec)                                     \
	static void name(struct cursor *cursor, const void *request) \
	{                                                            \
		struct codec copy = *(const struct codec *)request;  \
		wire_##codec(cursor, &copy);                         \
	}

/* One request with its answer, from the first attempt to the last byte that was read. */
struct exchange {
	struct client *client;
	struct link *link;
	struct packets *packets;
	uint8_t number;
	struct link_answer answer;
};
/* Wipes an answer that carries a secret. Accepts a zeroed struct. */
void exchange_clear(struct exchange *exchange);
OWN_DEFINE_HELD(exchange, exchange_clear)

/* Sends, and after a broken connection sends once more where that cannot do anything twice.
 * `exchange` is zeroed, or was used before. */
enum err client_ask(struct client *client, uint8_t number, enum repeat repeat, body_writer *write,
		    const void *request, struct exchange *exchange) MUST_CHECK;
/* Sends on the connection that `exchange` has: what was begun there ends there. */
enum err client_ask_here(struct exchange *exchange, uint8_t number, body_writer *write,
			 const void *request) MUST_CHECK;
/* Begins an exchange on the connection there is; makes one where `connects`, else
 * ERR_LOGIN_NEEDED. */
enum err client_begin(struct client *client, bool connects, struct exchange *exchange) MUST_CHECK;
/* The rest of every call: the reply must be exactly what its codec reads. */
enum err client_finished(struct exchange *exchange) MUST_CHECK;

void client_write_nothing(struct cursor *cursor, const void *request);
/* The entry that most changes are answered with. */
enum err client_take_entry(struct exchange *exchange, struct entry_reply *out_reply) MUST_CHECK;
