/* server_admit_linux.c - connections come and go: who may connect, how many, and what happens when
 * descriptors run out.
 */
#include "vault/daemon/server_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vault/daemon/audit_call.h"
#include "vault/daemon/dispatch.h"

enum { ACCEPTS_IN_A_ROW = 16, LISTENER_RESTS_SECONDS = 1 };

void server_drop(struct server *server, struct connection *connection)
{
	session_close(connection->session);
	audit_call_ended(server->service, connection->session);
	(void)epoll_ctl(server->epoll, EPOLL_CTL_DEL, connection->socket, NULL);
	(void)shutdown(connection->socket, SHUT_RDWR);
	quota_give(server->connection_quota, session_peer(connection->session)->uid);
	connections_remove(server->connections, connection);
}

/* A word to the client, as far as it will be read, before its connection ends. */
static void turn_away(int socket, enum err err)
{
	uint8_t answer[1024];
	size_t size = dispatch_refuse(NULL, 0, err, answer, sizeof answer);

	(void)channel_send(socket, answer, size);
	(void)close(socket);
}

static enum err greet(struct server *server, int socket, struct peer *peer,
		      struct connection **out_connection)
{
	const struct session_quotas quotas = {.logins = server->service->logins,
					      .imports = server->service->imports};
	struct session *session = NULL;

	if (session_new(peer, &quotas, &session) != ERR_OK) {
		(void)close(socket);
		return ERR_MEMORY;
	}
	return connection_new(socket, session, out_connection);
}

static void admit(struct server *server, int socket, struct peer *peer)
{
	uid_t uid = peer->uid;
	struct connection *connection = NULL;

	if (!quota_take(server->connection_quota, uid)) {
		peer_clear(peer);
		turn_away(socket, ERR_BUSY);
		return;
	}
	if (greet(server, socket, peer, &connection) != ERR_OK) {
		quota_give(server->connection_quota, uid);
		return;
	}
	if (!connections_add(server->connections, connection)) {
		quota_give(server->connection_quota, uid);
	} else if (!server_watch(server, socket, EPOLLIN, SOURCE_CONNECTION, connection->number)) {
		server_drop(server, connection);
	} else {
		server_want_timer(server, session_next_end(connection->session));
	}
	connection_release(connection);
}

static void receive_client(struct server *server, int socket)
{
	AUTO_HELD(peer) peer = {0};

	if (peer_of_socket(socket, server->overflow_uid, &peer) != ERR_OK)
		turn_away(socket, ERR_PEER);
	else if (server->settings.is_only_one && peer.uid != server->settings.only_uid)
		(void)close(socket);
	else
		admit(server, socket, &peer);
}

static void keep_spare(struct server *server)
{
	int none = -1;
	int spare = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (spare >= 0 && !atomic_compare_exchange_strong(&server->spare, &none, spare))
		(void)close(spare);
}

/* Out of descriptors: one is kept so that the waiting client can be turned away rather than
 * left waiting. False when there is none to give up, or another thread got what it freed. */
static bool make_room(struct server *server)
{
	int spare = atomic_exchange(&server->spare, -1);
	int socket = -1;

	if (spare >= 0) {
		(void)close(spare);
		socket = channel_accept(server->settings.listener, STAY_MILLISECONDS);
	}
	if (socket >= 0)
		turn_away(socket, ERR_BUSY);
	keep_spare(server);
	return socket >= 0;
}

/* The clients wait, and the listener with them: armed, it would wake a thread again at once. */
static void rest_listener(struct server *server)
{
	int64_t ends_at = session_clock() + LISTENER_RESTS_SECONDS;

	atomic_store(&server->listener_rests_till, ends_at);
	server_want_timer(server, ends_at);
}

void server_wake_listener(struct server *server)
{
	atomic_store(&server->listener_rests_till, INT64_MAX);
	if (atomic_load(&server->spare) < 0)
		keep_spare(server);
	server_arm(server, server->settings.listener, EPOLLIN, SOURCE_LISTENER, 0);
}

void server_on_listener(struct server *server)
{
	for (unsigned i = 0; i < ACCEPTS_IN_A_ROW; i++) {
		int socket = channel_accept(server->settings.listener, STAY_MILLISECONDS);
		bool is_out = socket < 0 && (errno == EMFILE || errno == ENFILE);
		if (socket >= 0) {
			receive_client(server, socket);
		} else if (is_out && !make_room(server)) {
			rest_listener(server);
			return;
		} else if (!is_out && errno != EINTR && errno != ECONNABORTED) {
			break;
		}
	}
	server_arm(server, server->settings.listener, EPOLLIN, SOURCE_LISTENER, 0);
}
