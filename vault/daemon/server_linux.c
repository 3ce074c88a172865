/* server_linux.c - see server.h; epoll(7), signalfd(2), timerfd_create(2), eventfd(2).
 *
 * Every source of events is armed for one event at a time (EPOLLONESHOT), so the thread that
 * got it owns the source until it arms it again:
 *
 *   source       event             what the thread does
 *   listener     connection        accepts some, arms
 *   connection   packet, hang-up   serves it (serve.h), arms or drops
 *   process      ended             its login ends, the connection stays
 *   timer        earliest end      ends what is over, sets the next
 *   signals      TERM, INT, HUP    stops all threads, or reads the policy again
 *   starter      hang-up           stops all threads: no original could be opened any more
 *   stop         once              stays signalled: every thread leaves
 */
#include "vault/daemon/server.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "vault/base/log.h"
#include "vault/daemon/connection.h"
#include "vault/daemon/dispatch.h"
#include "vault/daemon/sandbox.h"
#include "vault/daemon/slow.h"
#include "vault/wire/message.h"

enum {
	WORKERS_PER_CORE = 4,
	ACCEPTS_IN_A_ROW = 16,
	REQUESTS_IN_A_ROW = 256, /* of one connection, before others have their turn */
	CONNECTIONS_MAX = 4000,
	DESCRIPTORS_OF_OURS = 24, /* files, pipes of two openers, epoll and its like */
	STAY_MILLISECONDS = 2,    /* with a connection that was just served */
	UNREAD_MAX = 16 * 1024,   /* of answers, before looking whether they are read */
	UNREAD_EACH = 1024,       /* what an answer costs the kernel besides its bytes */
	STALL_SECONDS = 10,       /* for answers that nobody reads */
	SLOW_WAIT_SECONDS = 60,   /* for a place */
	STACK_SIZE = 512 * 1024,
};

enum source {
	SOURCE_LISTENER = 1,
	SOURCE_CONNECTION,
	SOURCE_PROCESS,
	SOURCE_TIMER,
	SOURCE_SIGNALS,
	SOURCE_STARTER,
	SOURCE_STOP,
};
enum { SOURCE_SHIFT = 56 };

struct server {
	struct service *service;
	struct server_settings settings;
	uid_t overflow_uid;
	struct connections *connections;
	struct quota *connection_quota;
	struct slow *slow;
	int epoll;
	int timer;
	int signals;
	int stop;
	atomic_int spare; /* given up for a moment when descriptors run out */
	atomic_bool is_stopping;
	_Atomic(enum err) outcome;
	pthread_mutex_t lock; /* of the two below */
	int64_t timer_ends_at;
	unsigned worker_count;
	unsigned worker_max;
	pthread_t *workers;
	atomic_uint idle_count; /* waiting in epoll */
	unsigned spinner_max;
	atomic_uint spinner_count;
};

/* What one thread needs: made with it, wiped after each secret, gone with it. */
struct worker {
	struct server *server;
	struct secret *packet;
	uint8_t *answer;
	size_t unread; /* of answers on the connection at hand, at most */
};

static void *work(void *context);

/* --- Sources --------------------------------------------------------------------------------- */

static uint64_t tag_of(enum source source, uint64_t number)
{
	return (uint64_t)source << SOURCE_SHIFT | number;
}

static bool watch(struct server *server, int operation, int fd, uint32_t events, enum source source,
		  uint64_t number)
{
	struct epoll_event event = {.events = events, .data = {.u64 = tag_of(source, number)}};

	return epoll_ctl(server->epoll, operation, fd, &event) == 0;
}

static void arm(struct server *server, int fd, uint32_t events, enum source source, uint64_t number)
{
	(void)watch(server, EPOLL_CTL_MOD, fd, events | EPOLLONESHOT, source, number);
}

static void arm_connection(struct server *server, const struct connection *connection)
{
	arm(server, connection->socket, EPOLLIN, SOURCE_CONNECTION, connection->number);
}

static void stop(struct server *server, enum err outcome)
{
	const uint64_t one = 1;
	enum err none = ERR_OK;

	(void)atomic_compare_exchange_strong(&server->outcome, &none, outcome);
	atomic_store(&server->is_stopping, true);
	if (write(server->stop, &one, sizeof one) != (ssize_t)sizeof one)
		log_line(LOG_ERROR, "eventfd: %s", strerror(errno));
}

/* --- Ends that come by themselves --------------------------------------------------------------
 */

/* The timer runs to the earliest end that anybody has; it never ticks for nothing. */
static void want_timer(struct server *server, int64_t ends_at)
{
	struct itimerspec when = {.it_value = {.tv_sec = ends_at}};

	(void)pthread_mutex_lock(&server->lock);
	if (ends_at < server->timer_ends_at) {
		server->timer_ends_at = ends_at;
		(void)timerfd_settime(server->timer, TFD_TIMER_ABSTIME, &when, NULL);
	}
	(void)pthread_mutex_unlock(&server->lock);
}

static int64_t connection_next_end(struct connection *connection)
{
	int64_t stall = atomic_load(&connection->stall_ends_at);
	int64_t end = session_next_end(connection->session);

	return stall < end ? stall : end;
}

/* shutdown(2) makes its own thread drop it, whoever that is at the moment. */
static void end_overdue(struct connection *connection, void *context)
{
	int64_t *next = context;
	int64_t end;

	if (session_end_overdue(connection->session) != ERR_OK ||
	    session_clock() >= atomic_load(&connection->stall_ends_at)) {
		atomic_store(&connection->stall_ends_at, INT64_MAX);
		(void)shutdown(connection->socket, SHUT_RDWR);
		return;
	}
	end = connection_next_end(connection);
	if (end < *next)
		*next = end;
}

static void on_timer(struct server *server)
{
	int64_t next = INT64_MAX;
	uint64_t count;

	(void)!read(server->timer, &count, sizeof count);
	(void)pthread_mutex_lock(&server->lock);
	server->timer_ends_at = INT64_MAX;
	(void)pthread_mutex_unlock(&server->lock);
	connections_each(server->connections, end_overdue, &next);
	if (next != INT64_MAX)
		want_timer(server, next);
	arm(server, server->timer, EPOLLIN, SOURCE_TIMER, 0);
}

struct process_watch {
	struct server *server;
	const struct connection *connection;
};

static void watch_process(int process, void *context)
{
	const struct process_watch *watching = context;

	(void)watch(watching->server, EPOLL_CTL_ADD, process, EPOLLIN | EPOLLONESHOT,
		    SOURCE_PROCESS, watching->connection->number);
}

/* After each request: what it began has an end to be watched for. */
static void watch_ends(struct server *server, struct connection *connection)
{
	struct process_watch watching = {.server = server, .connection = connection};
	int64_t end;

	session_watch_process(connection->session, watch_process, &watching);
	end = session_next_end(connection->session);
	if (end != INT64_MAX)
		want_timer(server, end);
}

static void on_process_end(struct server *server, uint64_t number)
{
	struct connection *connection = connections_find(server->connections, number);

	if (connection != NULL)
		(void)session_state(connection->session); /* the look ends the login */
	connection_release(connection);
}

/* --- Connections come and go -------------------------------------------------------------------
 */

static void drop(struct server *server, struct connection *connection)
{
	session_close(connection->session);
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
	} else if (!watch(server, EPOLL_CTL_ADD, socket, EPOLLIN | EPOLLONESHOT, SOURCE_CONNECTION,
			  connection->number)) {
		drop(server, connection);
	} else {
		want_timer(server, session_next_end(connection->session));
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

/* Out of descriptors: one is kept so that the waiting client can be turned away rather than
 * left waiting, and the listener does not wake everybody again and again. */
static void make_room(struct server *server)
{
	int spare = atomic_exchange(&server->spare, -1);
	int socket;

	if (spare < 0)
		return;
	(void)close(spare);
	socket = channel_accept(server->settings.listener, STAY_MILLISECONDS);
	if (socket >= 0)
		turn_away(socket, ERR_BUSY);
	atomic_store(&server->spare, open("/dev/null", O_RDONLY | O_CLOEXEC));
}

static void on_listener(struct server *server)
{
	for (unsigned i = 0; i < ACCEPTS_IN_A_ROW; i++) {
		int socket = channel_accept(server->settings.listener, STAY_MILLISECONDS);
		if (socket >= 0) {
			receive_client(server, socket);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE)
			make_room(server);
		if (errno != EINTR && errno != ECONNABORTED)
			break;
	}
	arm(server, server->settings.listener, EPOLLIN, SOURCE_LISTENER, 0);
}

/* --- Requests ----------------------------------------------------------------------------------
 */

static bool answer_now(struct worker *worker, struct connection *connection,
		       const struct sender *sender, uint8_t *packet, size_t size)
{
	struct server *server = worker->server;
	bool closes = false;

	size = dispatch(server->service, connection->session, sender, packet, size, worker->answer,
			&closes);
	watch_ends(server, connection);
	worker->unread += size + UNREAD_EACH;
	return channel_send(connection->socket, worker->answer, size) && !closes;
}

/* The connection was left to others before: when the answer cannot be given, they drop it. */
static void answer_slow(struct worker *worker, struct connection *connection,
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

	arm_connection(worker->server, connection);
	if (session_clock() - request->arrived_at <= SLOW_WAIT_SECONDS) {
		answer_slow(worker, connection, &request->sender, packet, size);
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

	arm_connection(worker->server, connection);
	answer_slow(worker, connection, sender, secret_bytes(worker->packet), size);
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

static enum served serve_packet(struct worker *worker, struct connection *connection,
				const struct sender *sender, size_t size)
{
	uint8_t *packet = secret_bytes(worker->packet);
	uid_t uid = session_peer(connection->session)->uid;

	if (sender->uid != uid)
		return REFUSED;
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
	want_timer(worker->server, ends_at);
	arm(worker->server, connection->socket, EPOLLOUT, SOURCE_CONNECTION, connection->number);
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
	arm_connection(worker->server, connection);
	return LEFT;
}

static void on_connection(struct worker *worker, uint64_t number)
{
	struct connection *connection = connections_find(worker->server->connections, number);

	if (connection == NULL)
		return;
	if (serve(worker, connection) == REFUSED)
		drop(worker->server, connection);
	connection_release(connection);
}

/* --- Signals -----------------------------------------------------------------------------------
 */

static void reload_policy(struct server *server)
{
	enum err err = rulebook_reload(server->service->rulebook);

	if (err == ERR_OK)
		log_line(LOG_NOTICE, "the policy was read again");
	else
		log_line(LOG_ERROR, "the policy was not read again, the old one stays: %s %s",
			 err_word(err), err_detail_text());
	err_forget();
}

static void on_signal(struct server *server)
{
	struct signalfd_siginfo signal;

	if (read(server->signals, &signal, sizeof signal) == (ssize_t)sizeof signal) {
		if (signal.ssi_signo == SIGTERM || signal.ssi_signo == SIGINT)
			stop(server, ERR_OK);
		else if (signal.ssi_signo == SIGHUP)
			reload_policy(server);
	}
	arm(server, server->signals, EPOLLIN, SOURCE_SIGNALS, 0);
}

static void fill_signals(sigset_t *out_signals)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2};

	(void)sigemptyset(out_signals);
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		(void)sigaddset(out_signals, numbers[i]);
}

void server_block_signals(void)
{
	sigset_t signals;

	fill_signals(&signals);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

/* --- Threads -----------------------------------------------------------------------------------
 */

static enum err worker_init(struct server *server, struct worker *out_worker)
{
	*out_worker = (struct worker){.server = server, .answer = malloc(WIRE_PACKET_MAX)};
	if (out_worker->answer == NULL)
		return ERR_MEMORY;
	return secret_new(WIRE_PACKET_MAX, &out_worker->packet);
}

static void worker_clear(struct worker *worker)
{
	secret_free(worker->packet);
	free(worker->answer);
}
OWN_DEFINE_HELD(worker, worker_clear)

/* Should no thread be had, those that are there do all the work, only later. */
static void add_worker(struct server *server)
{
	pthread_attr_t attributes;

	(void)pthread_mutex_lock(&server->lock);
	if (!atomic_load(&server->is_stopping) && server->worker_count < server->worker_max &&
	    pthread_attr_init(&attributes) == 0) {
		(void)pthread_attr_setstacksize(&attributes, STACK_SIZE);
		atomic_fetch_add(&server->idle_count, 1);
		if (pthread_create(&server->workers[server->worker_count], &attributes, work,
				   server) == 0)
			server->worker_count++;
		else
			atomic_fetch_sub(&server->idle_count, 1);
		(void)pthread_attr_destroy(&attributes);
	}
	(void)pthread_mutex_unlock(&server->lock);
}

static void handle(struct worker *worker, uint64_t tag)
{
	struct server *server = worker->server;
	uint64_t number = tag & ((UINT64_C(1) << SOURCE_SHIFT) - 1);

	switch ((enum source)(tag >> SOURCE_SHIFT)) {
	case SOURCE_LISTENER:
		on_listener(server);
		return;
	case SOURCE_CONNECTION:
		on_connection(worker, number);
		return;
	case SOURCE_PROCESS:
		on_process_end(server, number);
		return;
	case SOURCE_TIMER:
		on_timer(server);
		return;
	case SOURCE_SIGNALS:
		on_signal(server);
		return;
	case SOURCE_STARTER:
		log_line(LOG_ERROR, "the starter has ended; no original could be opened any more");
		stop(server, ERR_INTERNAL);
		return;
	case SOURCE_STOP:
		return;
	}
}

static void work_until_stopped(struct worker *worker)
{
	struct server *server = worker->server;

	while (!atomic_load(&server->is_stopping)) {
		struct epoll_event event;
		if (epoll_wait(server->epoll, &event, 1, -1) != 1)
			continue;
		/* The last one that waited: whoever comes next needs another. */
		if (atomic_fetch_sub(&server->idle_count, 1) == 1)
			add_worker(server);
		handle(worker, event.data.u64);
		atomic_fetch_add(&server->idle_count, 1);
	}
}

static void *work(void *context)
{
	struct server *server = context;
	AUTO_HELD(worker) worker = {0};

	if (worker_init(server, &worker) == ERR_OK) {
		work_until_stopped(&worker);
	} else {
		atomic_fetch_sub(&server->idle_count, 1);
		log_line(LOG_ERROR, "no memory for another thread");
	}
	return NULL;
}

/* --- Life --------------------------------------------------------------------------------------
 */

static enum err open_sources(struct server *server)
{
	sigset_t signals;

	fill_signals(&signals);
	server->epoll = epoll_create1(EPOLL_CLOEXEC);
	server->timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	server->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	server->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	atomic_store(&server->spare, open("/dev/null", O_RDONLY | O_CLOEXEC));
	if (server->epoll < 0 || server->timer < 0 || server->signals < 0 || server->stop < 0)
		return err_note(ERR_INTERNAL, "epoll and its like: %s", strerror(errno));
	return ERR_OK;
}

/* The descriptors that the system grants decide how many can be connected: each may need a
 * second one for the process of its login. */
static enum err make_tables(struct server *server)
{
	size_t descriptors = sandbox_descriptor_limit();
	size_t count =
		descriptors > DESCRIPTORS_OF_OURS + 4 ? (descriptors - DESCRIPTORS_OF_OURS) / 2 : 2;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t slow_max;

	count = count < CONNECTIONS_MAX ? count : CONNECTIONS_MAX;
	server->worker_max = WORKERS_PER_CORE * (unsigned)(cores < 1 ? 1 : cores);
	server->spinner_max = cores < 2 ? 0 : (unsigned)cores / 2;
	slow_max = server->worker_max - 1;
	server->workers = calloc(server->worker_max, sizeof *server->workers);
	if (server->workers == NULL)
		return ERR_MEMORY;
	TRY(connections_new(count, &server->connections));
	TRY(quota_new(server->settings.is_only_one ? count : (count + 1) / 2, count,
		      &server->connection_quota));
	return slow_new(slow_max, server->settings.is_only_one ? slow_max : (slow_max + 1) / 2,
			&server->slow);
}

enum err server_new(const struct server_settings *settings, struct server **out_server)
{
	AUTO(server) server = calloc(1, sizeof *server);

	if (server == NULL)
		return ERR_MEMORY;
	server->settings = *settings;
	server->service = settings->service;
	server->epoll = server->timer = server->signals = server->stop = -1;
	atomic_init(&server->spare, -1);
	server->timer_ends_at = INT64_MAX;
	server->overflow_uid = peer_overflow_uid();
	if (pthread_mutex_init(&server->lock, NULL) != 0)
		return ERR_MEMORY;
	TRY(open_sources(server));
	TRY(make_tables(server));
	*out_server = TAKE(server);
	return ERR_OK;
}

void server_free(struct server *server)
{
	int spare;

	if (server == NULL)
		return;
	slow_free(server->slow);
	connections_free(server->connections);
	quota_free(server->connection_quota);
	free(server->workers);
	spare = atomic_load(&server->spare);
	own_close_fd(&spare);
	own_close_fd(&server->epoll);
	own_close_fd(&server->timer);
	own_close_fd(&server->signals);
	own_close_fd(&server->stop);
	(void)pthread_mutex_destroy(&server->lock);
	free(server);
}

static bool watch_sources(struct server *server)
{
	return watch(server, EPOLL_CTL_ADD, server->settings.listener, EPOLLIN | EPOLLONESHOT,
		     SOURCE_LISTENER, 0) &&
	       watch(server, EPOLL_CTL_ADD, server->timer, EPOLLIN | EPOLLONESHOT, SOURCE_TIMER,
		     0) &&
	       watch(server, EPOLL_CTL_ADD, server->signals, EPOLLIN | EPOLLONESHOT, SOURCE_SIGNALS,
		     0) &&
	       watch(server, EPOLL_CTL_ADD, starter_socket(server->service->starter),
		     EPOLLRDHUP | EPOLLONESHOT, SOURCE_STARTER, 0) &&
	       watch(server, EPOLL_CTL_ADD, server->stop, EPOLLIN, SOURCE_STOP, 0);
}

/* is_stopping is set: once the lock is had, nobody adds a thread any more. */
static void join_workers(struct server *server)
{
	unsigned count;

	(void)pthread_mutex_lock(&server->lock);
	count = server->worker_count;
	(void)pthread_mutex_unlock(&server->lock);
	for (unsigned i = 0; i < count; i++)
		(void)pthread_join(server->workers[i], NULL);
}

enum err server_run(struct server *server, server_ready *when_ready, void *context)
{
	AUTO_HELD(worker) worker = {0};

	TRY(worker_init(server, &worker));
	if (!watch_sources(server))
		return err_note(ERR_INTERNAL, "epoll_ctl: %s", strerror(errno));
	TRY(channel_listen(server->settings.listener));
	when_ready(context);
	atomic_fetch_add(&server->idle_count, 1);
	work_until_stopped(&worker);
	join_workers(server);
	return atomic_load(&server->outcome);
}
