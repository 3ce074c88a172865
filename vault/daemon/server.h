/* server.h - many connections, few threads.
 *
 * Idle connections wait in one epoll. A thread that wakes for one takes its request, answers it
 * itself and stays with it while more keep coming; slow requests leave the connection to other
 * threads first. Never more than four threads a core; some of them never do slow work. No
 * client can hold a thread up: nothing waits for a client to send or to read.
 */
#pragma once

#include <stdbool.h>

#include "vault/daemon/service.h"

struct server;

struct server_settings {
	struct service *service;
	int listener;     /* bound, not yet listening; borrowed */
	uid_t only_uid;   /* of a private vault: everybody else is turned away */
	bool is_only_one; /* whether only_uid counts */
};

enum err server_new(const struct server_settings *settings, struct server **out_server) MUST_CHECK;
void server_free(struct server *server);
OWN_DEFINE(server, server_free)

/* Listens, calls `when_ready` once, and serves until SIGTERM or SIGINT; SIGHUP reads the policy
 * again. Answers under way are finished. SIGTERM, SIGINT, SIGHUP and SIGUSR1 must be blocked
 * in this thread before. */
typedef void server_ready(void *context);
enum err server_run(struct server *server, server_ready *when_ready, void *context) MUST_CHECK;
/* The signals that the caller blocks. */
void server_block_signals(void);
