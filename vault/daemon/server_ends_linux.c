/* server_ends_linux.c - what ends by itself: logins, originals that never come whole, clients that
 * never say hello or never read. timerfd_create(2) on CLOCK_BOOTTIME: sleep counts.
 */
#include "vault/daemon/server_parts.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "vault/daemon/audit_call.h"

/* The timer runs to the earliest end that anybody has; it never ticks for nothing. */
void server_want_timer(struct server *server, int64_t ends_at)
{
	struct itimerspec when = {.it_value = {.tv_sec = ends_at}};

	(void)pthread_mutex_lock(&server->lock);
	if (ends_at < server->timer_ends_at) {
		server->timer_ends_at = ends_at;
		(void)timerfd_settime(server->timer, TFD_TIMER_ABSTIME, &when, NULL);
	}
	(void)pthread_mutex_unlock(&server->lock);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t connection_next_end(struct connection *connection)
{
	return earlier(atomic_load(&connection->stall_ends_at),
		       session_next_end(connection->session));
}

struct overdue {
	struct server *server;
	int64_t next; /* the earliest end that is to come */
};

/* shutdown(2) makes its own thread drop it, whoever that is at the moment. */
static void end_overdue(struct connection *connection, void *context)
{
	struct overdue *overdue = context;
	bool is_over = session_end_overdue(connection->session) != ERR_OK;

	audit_call_ended(overdue->server->service, connection->session);
	if (is_over || session_clock() >= atomic_load(&connection->stall_ends_at)) {
		atomic_store(&connection->stall_ends_at, INT64_MAX);
		(void)shutdown(connection->socket, SHUT_RDWR);
		return;
	}
	overdue->next = earlier(overdue->next, connection_next_end(connection));
}

void server_on_timer(struct server *server)
{
	struct overdue overdue = {.server = server, .next = INT64_MAX};
	uint64_t count;

	(void)!read(server->timer, &count, sizeof count);
	(void)pthread_mutex_lock(&server->lock);
	server->timer_ends_at = INT64_MAX;
	(void)pthread_mutex_unlock(&server->lock);
	connections_each(server->connections, end_overdue, &overdue);
	if (session_clock() >= atomic_load(&server->listener_rests_till))
		server_wake_listener(server);
	overdue.next = earlier(overdue.next, atomic_load(&server->listener_rests_till));
	if (overdue.next != INT64_MAX)
		server_want_timer(server, overdue.next);
	server_arm(server, server->timer, EPOLLIN, SOURCE_TIMER, 0);
}

struct process_watch {
	struct server *server;
	const struct connection *connection;
};

static void watch_process(int process, void *context)
{
	const struct process_watch *watching = context;

	(void)server_watch(watching->server, process, EPOLLIN, SOURCE_PROCESS,
			   watching->connection->number);
}

/* After each request: what it began has an end to be watched for. */
void server_watch_ends(struct server *server, struct connection *connection)
{
	struct process_watch watching = {.server = server, .connection = connection};
	int64_t end;

	audit_call_ended(server->service, connection->session);
	session_watch_process(connection->session, watch_process, &watching);
	end = session_next_end(connection->session);
	if (end != INT64_MAX)
		server_want_timer(server, end);
}

void server_on_process_end(struct server *server, uint64_t number)
{
	struct connection *connection = connections_find(server->connections, number);

	if (connection != NULL) {
		(void)session_state(connection->session); /* the look ends the login */
		audit_call_ended(server->service, connection->session);
	}
	connection_release(connection);
}
