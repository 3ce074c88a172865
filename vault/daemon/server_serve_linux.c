/* server_serve_linux.c - one connection being served: a thread takes its requests, answers them
 * itself, and stays while more come. Slow ones leave the connection to other threads first.
 */
#include "vault/daemon/server_parts.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include "vault/daemon/dispatch.h"
#include "vault/wire/message.h"

enum {
	REQUESTS_IN_A_ROW = 256, /* of one connection, before others have their turn */
	UNREAD_MAX = 16 * 1024,  /* of answers, before looking whether they are read */
	UNREAD_EACH = 1024,      /* what an answer costs the kernel besides its bytes */
	STALL_SECONDS = 10,      /* for answers that nobody reads */
	SLOW_WAIT_SECONDS = 60,  /* for a place */
	SHARE_NEXT = 64,         /* requests to several threads, after two came at once */
};

/* A client with several threads asks again before it has its answer. */
static void notice_crowd(struct connection *connection)
{
	if (atomic_load(&connection->answering) > 1 || channel_has_packet(connection->socket))
		atomic_store(&connection->share_next, SHARE_NEXT);
}

static bool answer_now(struct worker *worker, struct connection *connection,
		       const struct sender *sender, uint8_t *packet, size_t size)
{
	bool uses_key = dispatch_uses_key(packet, size);
	struct server *server = worker->server;
	bool closes = false;
	bool is_secret = false;
	bool is_sent;

	if (uses_key)
		atomic_fetch_add(&connection->answering, 1);
	size = dispatch(server->service, connection->session, sender, packet, size, worker->answer,
			&closes, &is_secret);
	if (uses_key) {
		notice_crowd(connection);
		atomic_fetch_sub(&connection->answering, 1);
	}
	server_watch_ends(server, connection);
	worker->unread += size + UNREAD_EACH;
	is_sent = channel_send(connection->socket, worker->answer, size);
	if (is_secret)
		secret_wipe(worker->answer, size);
	return is_sent && !closes;
}

/* The connection was left to others before: when the answer cannot be given, they drop it. */
static void answer_left(struct worker *worker, struct connection *connection,
			const struct sender *sender, uint8_t *packet, size_t size)
{
	if (!answer_now(worker, connection, sender, packet, size))
		(void)shutdown(connection->socket, SHUT_RDWR);
}

static void run_waiting(struct worker *worker, struct slow_request *request)
{
	struct connection *connection = request->connection;
	uint8_t *packet = secret_bytes(request->packet);
	size_t size = secret_size(request->packet);

	server_arm_connection(worker->server, connection);
	if (session_clock() - request->arrived_at <= SLOW_WAIT_SECONDS) {
		answer_left(worker, connection, &request->sender, packet, size);
		return;
	}
	size = dispatch_refuse(packet, size, ERR_BUSY, worker->answer, WIRE_PACKET_MAX);
	(void)channel_send(connection->socket, worker->answer, size);
}

/* Gives the place back, and goes on with whoever waits for it. */
static void end_slow(struct worker *worker, uid_t uid)
{
	struct slow *slow = worker->server->slow;

	for (struct slow_request *next = slow_end(slow, uid); next != NULL;
	     next = slow_end(slow, uid)) {
		uid = session_peer(next->connection->session)->uid;
		if (!atomic_load(&worker->server->is_stopping))
			run_waiting(worker, next);
		slow_request_free(next);
	}
}

static void run_slow(struct worker *worker, struct connection *connection,
		     const struct sender *sender, size_t size)
{
	uid_t uid = session_peer(connection->session)->uid;

	server_arm_connection(worker->server, connection);
	answer_left(worker, connection, sender, secret_bytes(worker->packet), size);
	end_slow(worker, uid);
}

enum served {
	SERVED,  /* the connection is still this thread's */
	LEFT,    /* it was armed, or waits for a place: others have it now */
	REFUSED, /* it must be dropped */
};

/* No place: the request waits, and its connection with it. */
static enum served queue_slow(struct worker *worker, struct connection *connection,
			      const struct sender *sender, size_t size)
{
	AUTO(slow_request) request = NULL;
	uint8_t *packet = secret_bytes(worker->packet);
	enum slow_place place = SLOW_FULL;

	if (slow_request_new(connection, sender, packet, size, &request) == ERR_OK)
		place = slow_wait(worker->server->slow, request);
	if (place == SLOW_RUNS) {
		run_slow(worker, connection, sender, size);
		return LEFT;
	}
	if (place == SLOW_WAITS) {
		request = NULL;
		secret_wipe(packet, size);
		return LEFT;
	}
	size = dispatch_refuse(packet, size, ERR_BUSY, worker->answer, WIRE_PACKET_MAX);
	secret_wipe(packet, secret_size(worker->packet));
	return channel_send(connection->socket, worker->answer, size) ? SERVED : REFUSED;
}

/* Signatures that are asked for at once are made at once: the connection is left to other threads
 * before this one begins. More threads than cores would not be quicker. */
static bool is_shared(const struct worker *worker, struct connection *connection,
		      const uint8_t *packet, size_t size)
{
	if (atomic_load(&connection->share_next) == 0 || !dispatch_uses_key(packet, size) ||
	    atomic_load(&connection->answering) >= worker->server->core_count)
		return false;
	atomic_fetch_sub(&connection->share_next, 1);
	return true;
}

static enum served serve_packet(struct worker *worker, struct connection *connection,
				const struct sender *sender, size_t size)
{
	uint8_t *packet = secret_bytes(worker->packet);
	uid_t uid = session_peer(connection->session)->uid;

	if (sender->uid != uid)
		return REFUSED;
	if (is_shared(worker, connection, packet, size)) {
		server_arm_connection(worker->server, connection);
		answer_left(worker, connection, sender, packet, size);
		return LEFT;
	}
	if (!dispatch_is_slow(packet, size))
		return answer_now(worker, connection, sender, packet, size) ? SERVED : REFUSED;
	if (!slow_begin(worker->server->slow, uid))
		return queue_slow(worker, connection, sender, size);
	run_slow(worker, connection, sender, size);
	return LEFT;
}

/* Stays with a connection that was just served, spinning or asleep, as long as others wait in
 * epoll for the rest. Spinning takes a core from others: only so many threads may. */
static enum channel_event receive_next(struct worker *worker, struct connection *connection,
				       size_t *out_size, struct sender *out_sender)
{
	struct server *server = worker->server;
	uint8_t *packet = secret_bytes(worker->packet);
	struct spin *spin = NULL;
	enum channel_event event;

	if (atomic_load(&server->idle_count) == 0)
		return channel_receive(connection->socket, packet, WIRE_PACKET_MAX, out_size,
				       out_sender);
	if (atomic_fetch_add(&server->spinner_count, 1) < server->spinner_max)
		spin = &connection->spin;
	event = channel_receive_patiently(connection->socket, spin, packet, WIRE_PACKET_MAX,
					  out_size, out_sender);
	atomic_fetch_sub(&server->spinner_count, 1);
	return event;
}

/* Looked at when a connection is taken up, and after so many answers that it could matter. */
static bool has_room(struct worker *worker, const struct connection *connection)
{
	if (worker->unread < UNREAD_MAX)
		return true;
	worker->unread = 0;
	return channel_has_room(connection->socket);
}

/* Requests of a client that does not read its answers stay unread themselves. */
static enum served leave_stalled(struct worker *worker, struct connection *connection)
{
	int64_t ends_at = session_clock() + STALL_SECONDS;

	atomic_store(&connection->stall_ends_at, ends_at);
	server_want_timer(worker->server, ends_at);
	server_arm(worker->server, connection->socket, EPOLLOUT, SOURCE_CONNECTION,
		   connection->number);
	return LEFT;
}

/* Serves what has arrived and what keeps coming. */
static enum served serve(struct worker *worker, struct connection *connection)
{
	atomic_store(&connection->stall_ends_at, INT64_MAX);
	worker->unread = UNREAD_MAX;
	for (unsigned i = 0; i < REQUESTS_IN_A_ROW; i++) {
		struct sender sender;
		enum channel_event event;
		enum served served;
		size_t size;
		if (!has_room(worker, connection))
			return leave_stalled(worker, connection);
		if (atomic_load(&worker->server->is_stopping))
			break; /* unread: the client knows that nothing was done */
		event = i == 0 ? channel_receive(connection->socket, secret_bytes(worker->packet),
						 WIRE_PACKET_MAX, &size, &sender)
			       : receive_next(worker, connection, &size, &sender);
		if (event == CHANNEL_EMPTY)
			break;
		if (event != CHANNEL_PACKET)
			return REFUSED;
		served = serve_packet(worker, connection, &sender, size);
		if (served != SERVED)
			return served;
	}
	server_arm_connection(worker->server, connection);
	return LEFT;
}

void server_on_connection(struct worker *worker, uint64_t number)
{
	struct connection *connection = connections_find(worker->server->connections, number);

	if (connection == NULL)
		return;
	if (serve(worker, connection) == REFUSED)
		server_drop(worker->server, connection);
	connection_release(connection);
}
