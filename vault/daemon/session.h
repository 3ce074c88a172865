/* session.h - what one connection may do now: greeted or not, logged in or not, an original
 * under way or not. Its peer is fixed by the kernel when it connects.
 *
 * May be used by several threads at once; nothing here blocks. The unsealed key of a login is
 * held here and nowhere else, and its end (logout, idle, absolute limit, end of the process,
 * a change of the PIN) wipes it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vault/base/audit_entry.h"
#include "vault/base/digest.h"
#include "vault/base/secret.h"
#include "vault/daemon/peer.h"
#include "vault/daemon/quota.h"
#include "vault/keeper/keeper.h"
#include "vault/wire/channel.h"

/* In this order: a message that needs one state may also come in a later one. */
enum session_state { SESSION_CLOSED, SESSION_NEW, SESSION_READY, SESSION_LOGGED_IN };

struct session;

/* How much all sessions of a user, and all together, may hold open. Borrowed. */
struct session_quotas {
	struct quota *logins;
	struct quota *imports;
};

/* Takes the peer over. */
enum err session_new(struct peer *peer, const struct session_quotas *quotas,
		     struct session **out_session) MUST_CHECK;
void session_free(struct session *session);
OWN_DEFINE(session, session_free)

const struct peer *session_peer(const struct session *session);
/* Ends a login whose time or process is over first. */
enum session_state session_state(struct session *session);
void session_greet(struct session *session);
/* What the program called itself in its first hello; nobody has proven it. At most
 * AUDIT_PROGRAM_MAX bytes are kept. */
void session_name_program(struct session *session, const char *program);
void session_copy_program(struct session *session, char out_program[AUDIT_PROGRAM_MAX + 1]);
/* No message after this; a login that is still being made will not be kept. */
void session_close(struct session *session);

/* Whether a request of this sender may be answered now. ERR_PEER ends the connection (another user
 * writes here); ERR_LOGIN_NEEDED: another process than logged in, no login, or none for this
 * certificate (NULL: the request names none); ERR_WIRE_STATE. What needs a login uses it: its
 * idle time begins anew. */
enum err session_admit(struct session *session, const struct sender *sender,
		       enum session_state needs, const struct digest *certificate) MUST_CHECK;

struct session_limits {
	uint32_t idle_seconds;
	uint32_t max_seconds;
	uint32_t uses_max; /* signatures until the login ends; 0: no limit */
};
/* One login at a time: ERR_BUSY while another is pending. Ends an open one. ERR_LOGIN_LIMIT. */
enum err session_begin_login(struct session *session) MUST_CHECK;
/* Takes login and process over; frees both where the session was closed meanwhile or the
 * process has ended (ERR_LOGIN_NEEDED). */
enum err session_finish_login(struct session *session, struct login *login, pid_t pid, int process,
			      const struct session_limits *limits) MUST_CHECK;
void session_fail_login(struct session *session);
/* Which certificate the open login is for; false when there is none. */
bool session_login_certificate(struct session *session, struct digest *out_id);
/* What the policy asks about it; false when no login is open for this certificate. */
bool session_login_facts(struct session *session, const struct digest *id,
			 struct login_facts *out_facts);
/* The login for one use; session_end_use gives it back. ERR_LOGIN_NEEDED: none is open for this
 * certificate, or all its uses are taken. */
enum err session_begin_use(struct session *session, const struct digest *id,
			   struct login **out_login) MUST_CHECK;
/* What came to nothing does not count; the last use ends the login. */
void session_end_use(struct session *session, struct login *login, bool is_used);
/* False when there was none. The key is wiped before it returns. */
bool session_logout(struct session *session);

/* How a login ended; TOLD: by an act that is in the log itself. */
enum login_end {
	LOGIN_END_TOLD,
	LOGIN_END_IDLE,
	LOGIN_END_LIMIT,
	LOGIN_END_PROCESS,
	LOGIN_END_CLOSED,   /* its connection */
	LOGIN_END_REPLACED, /* by another attempt on the same connection */
};
struct ended_login {
	enum login_end end;
	struct digest certificate;
	pid_t pid;
};
/* Handed out once, for the log; false: none has ended in silence. */
bool session_take_ended(struct session *session, struct ended_login *out_ended);
/* Hands out the process of a new login, once, while it cannot be closed. */
typedef void session_watcher(int process, void *context);
void session_watch_process(struct session *session, session_watcher *watch, void *context);

/* An original on its way in. ERR_BUSY: this user has too many on their way. ERR_WIRE_STATE: not
 * begun, or not the piece that comes next. */
enum err session_begin_import(struct session *session, uint32_t size,
			      const struct digest *digest) MUST_CHECK;
enum err session_add_piece(struct session *session, uint32_t offset,
			   const struct secret *piece) MUST_CHECK;
/* The whole original, its digest checked; the session keeps nothing. */
enum err session_take_import(struct session *session, struct secret **out_original) MUST_CHECK;

/* When something here ends by itself, in seconds of CLOCK_BOOTTIME; INT64_MAX: never. */
int64_t session_next_end(struct session *session);
/* Ends what is over. ERR_TIMEOUT: the connection itself is (it never said hello). */
enum err session_end_overdue(struct session *session) MUST_CHECK;

/* Seconds since the computer started, sleep included. */
int64_t session_clock(void);
