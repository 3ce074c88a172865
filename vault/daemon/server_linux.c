/* server_linux.c - see server.h; epoll(7), signalfd(2), timerfd_create(2), eventfd(2).
 *
 * Every source of events is armed for one event at a time (EPOLLONESHOT), so the thread that
 * got it owns the source until it arms it again:
 *
 *   source       event             what the thread does
 *   listener     connection        accepts some, arms
 *   connection   packet, hang-up   serves it, arms or drops
 *   process      ended             its login ends, the connection stays
 *   timer        earliest end      ends what is over, sets the next
 *   signals      TERM, INT, HUP    stops all threads, or reads the policy again
 *   starter      hang-up           stops all threads: no original could be opened any more
 *   stop         once              stays signalled: every thread leaves
 */
#include "vault/daemon/server_parts.h"

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
#include "vault/daemon/sandbox.h"
#include "vault/wire/message.h"

enum {
	WORKERS_PER_CORE = 4,
	CONNECTIONS_MAX = 4000,
	DESCRIPTORS_OF_OURS = 24, /* files, pipes of two openers, epoll and its like */
	STACK_SIZE = 512 * 1024,
};

enum { SOURCE_SHIFT = 56 };

static void *work(void *context);

static bool control(struct server *server, int operation, int fd, uint32_t events,
		    enum source source, uint64_t number)
{
	struct epoll_event event = {.events = events,
				    .data = {.u64 = (uint64_t)source << SOURCE_SHIFT | number}};

	return epoll_ctl(server->epoll, operation, fd, &event) == 0;
}

bool server_watch(struct server *server, int fd, uint32_t events, enum source source,
		  uint64_t number)
{
	return control(server, EPOLL_CTL_ADD, fd, events | EPOLLONESHOT, source, number);
}

void server_arm(struct server *server, int fd, uint32_t events, enum source source, uint64_t number)
{
	(void)control(server, EPOLL_CTL_MOD, fd, events | EPOLLONESHOT, source, number);
}

void server_arm_connection(struct server *server, const struct connection *connection)
{
	server_arm(server, connection->socket, EPOLLIN, SOURCE_CONNECTION, connection->number);
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

/* --- Signals --- */

/* Who sent the signal, the kernel says. */
static void reload_policy(struct server *server, const struct signalfd_siginfo *signal)
{
	enum err err = rulebook_reload(server->service->rulebook);

	audit_policy(server->service->audit, (uid_t)signal->ssi_uid, (pid_t)signal->ssi_pid, err,
		     err_detail_text());
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
			reload_policy(server, &signal);
	}
	server_arm(server, server->signals, EPOLLIN, SOURCE_SIGNALS, 0);
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

/* --- Threads --- */

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
		server_on_listener(server);
		return;
	case SOURCE_CONNECTION:
		server_on_connection(worker, number);
		return;
	case SOURCE_PROCESS:
		server_on_process_end(server, number);
		return;
	case SOURCE_TIMER:
		server_on_timer(server);
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

/* --- Life --- */

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
	server->core_count = cores < 1 ? 1 : (unsigned)cores;
	server->worker_max = WORKERS_PER_CORE * server->core_count;
	server->spinner_max = server->core_count / 2;
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
	atomic_init(&server->listener_rests_till, INT64_MAX);
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
	return server_watch(server, server->settings.listener, EPOLLIN, SOURCE_LISTENER, 0) &&
	       server_watch(server, server->timer, EPOLLIN, SOURCE_TIMER, 0) &&
	       server_watch(server, server->signals, EPOLLIN, SOURCE_SIGNALS, 0) &&
	       server_watch(server, starter_socket(server->service->starter), EPOLLRDHUP,
			    SOURCE_STARTER, 0) &&
	       control(server, EPOLL_CTL_ADD, server->stop, EPOLLIN, SOURCE_STOP, 0);
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
