/* given.h - what the daemon's tests begin with: a folder, a vault with one certificate, a service
 * around it, sessions of any user.
 */
#pragma once

#include "tests/unit/keeper/given.h"

#include "vault/daemon/service.h"
#include "vault/daemon/session.h"

struct given_service {
	struct place_for_vault *where;
	struct place place;
	struct service service; /* its starter executes /bin/cat: what it is sent comes back */
};

struct given_service *given_service(void);
void given_service_gone(struct given_service *given);
/* Writes policy.conf and reads it. */
void given_policy(struct given_service *given, const char *text);

struct session *given_session(struct given_service *given, uid_t uid);
/* Greeted already. */
struct session *given_greeted(struct given_service *given, uid_t uid);

/* A process that waits to be ended. */
pid_t given_process_that_waits(void);
void given_process_gone(pid_t pid);
