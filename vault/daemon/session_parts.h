/* session_parts.h - a session from inside; for the two files that make it.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "vault/daemon/session.h"

struct pending_import {
	struct secret *original; /* NULL: none */
	size_t arrived;
	struct digest digest;
	int64_t ends_at;
};

struct open_login {
	struct login *login; /* NULL: none */
	pid_t pid;
	int process; /* -1: none */
	bool is_watched;
	int64_t idle_ends_at;
	int64_t ends_at;
	uint32_t idle_seconds;
	bool has_uses_max;
	uint32_t uses_left; /* not yet begun */
	uint32_t uses_running;
};

struct session {
	pthread_mutex_t lock; /* guards everything below but the peer */
	struct peer peer;
	struct session_quotas quotas;
	enum session_state state; /* LOGGED_IN is told from `login` */
	int64_t hello_ends_at;
	char program[AUDIT_PROGRAM_MAX + 1];
	bool is_login_pending;
	struct open_login login;
	struct login *over; /* ended under the lock, freed by who gives it up */
	struct ended_login ended;
	atomic_bool has_ended;
	struct pending_import import;
};

void session_lock(struct session *session);
/* Frees what was ended meanwhile. */
void session_unlock(struct session *session);
/* Under the lock. */
void session_end_login(struct session *session, enum login_end end);
/* Under the lock: whether a login is open that nothing has ended. */
bool session_has_login(struct session *session);
