/* connection.h - one accepted socket with its session, and the table of all of them.
 *
 * A connection is used by one thread that reads from it, and by others that still answer earlier
 * requests: slow ones, and signatures where the client asks for several at once. Each holds it; the
 * socket is closed when the last lets go, so that no answer can ever go to whoever gets the same
 * descriptor next.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "vault/daemon/session.h"
#include "vault/wire/channel.h"

struct connection {
	uint64_t number; /* never used again; 0: not in a table */
	int socket;
	struct session *session;
	struct spin spin;              /* of the reading thread */
	atomic_uint answering;         /* threads that use a key for it just now */
	atomic_uint share_next;        /* requests that are left to several threads */
	_Atomic int64_t stall_ends_at; /* session_clock; INT64_MAX: its answers are being read */
	atomic_uint holders;
};

/* Takes socket and session over, also on failure. Held once. */
enum err connection_new(int socket, struct session *session,
			struct connection **out_connection) MUST_CHECK;
void connection_hold(struct connection *connection);
void connection_release(struct connection *connection); /* accepts NULL */

/* All open connections, by number. May be used by many threads. */
struct connections;

enum err connections_new(size_t count_max, struct connections **out_connections) MUST_CHECK;
/* Closes all that are left. */
void connections_free(struct connections *connections);
OWN_DEFINE(connections, connections_free)

/* Holds it for the table and gives it a number; false when the table is full. */
bool connections_add(struct connections *connections, struct connection *connection);
/* Held for the caller; NULL when there is no such connection any more. */
struct connection *connections_find(struct connections *connections, uint64_t number);
void connections_remove(struct connections *connections, struct connection *connection);

typedef void connections_visitor(struct connection *connection, void *context);
/* The visitor must not call back into the table. */
void connections_each(struct connections *connections, connections_visitor *visit, void *context);
