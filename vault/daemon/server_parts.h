/* server_parts.h - what the files of the server share: its state, its threads, how a source of
 * events is armed. See server.h for what it is, server_linux.c for how events are told apart.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "vault/daemon/connection.h"
#include "vault/daemon/server.h"
#include "vault/daemon/slow.h"

enum { STAY_MILLISECONDS = 2 }; /* with a connection that was just served */

enum source {
	SOURCE_LISTENER = 1,
	SOURCE_CONNECTION,
	SOURCE_PROCESS,
	SOURCE_TIMER,
	SOURCE_SIGNALS,
	SOURCE_STARTER,
	SOURCE_STOP,
};

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
	atomic_int spare;                    /* given up for a moment when descriptors run out */
	_Atomic int64_t listener_rests_till; /* session_clock; INT64_MAX: it does not */
	atomic_bool is_stopping;
	_Atomic(enum err) outcome;
	pthread_mutex_t lock; /* of the two below */
	int64_t timer_ends_at;
	unsigned worker_count;
	unsigned worker_max;
	pthread_t *workers;
	atomic_uint idle_count; /* waiting in epoll */
	unsigned core_count;
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

/* Adds a source, or arms it for its next event. */
bool server_watch(struct server *server, int fd, uint32_t events, enum source source,
		  uint64_t number);
void server_arm(struct server *server, int fd, uint32_t events, enum source source,
		uint64_t number);
void server_arm_connection(struct server *server, const struct connection *connection);

/* Something ends by itself then (session_clock): the timer will be there. */
void server_want_timer(struct server *server, int64_t ends_at);
/* Ends what is over. */
void server_on_timer(struct server *server);
/* After each request: what it began has an end to be watched for. */
void server_watch_ends(struct server *server, struct connection *connection);
/* The process of a login has ended. */
void server_on_process_end(struct server *server, uint64_t number);

/* Lets clients in, as many as may, and turns the others away. */
void server_on_listener(struct server *server);
/* It has rested for a while, because there was no descriptor. */
void server_wake_listener(struct server *server);
/* By the thread that has it; others may still answer on it. */
void server_drop(struct server *server, struct connection *connection);

/* Serves what a connection asks, and stays with it while more comes. */
void server_on_connection(struct worker *worker, uint64_t number);
