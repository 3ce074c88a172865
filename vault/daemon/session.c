/* session.c - see session.h
 *
 * The life of a session
 *
 *   state      entered by               may ask for                      left by
 *   NEW        accept                   hello                            hello -> READY
 *   READY      hello, end of a login    all but logout and, later, sign  login -> LOGGED_IN
 *   LOGGED_IN  login                    everything                       logout, idle, absolute
 *                                                                        limit, end of the process,
 *                                                                        change of the PIN -> READY
 *   CLOSED     protocol error, another  nothing                          -
 *              uid, hang-up, no hello
 */
#include "vault/daemon/session.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	HELLO_SECONDS = 10,  /* to say hello */
	IMPORT_SECONDS = 60, /* to send an original */
};

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
	struct pending_import import;
};

int64_t session_clock(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec;
}

enum err session_new(struct peer *peer, const struct session_quotas *quotas,
		     struct session **out_session)
{
	struct session *session = calloc(1, sizeof *session);

	if (session == NULL)
		return ERR_MEMORY;
	if (pthread_mutex_init(&session->lock, NULL) != 0) {
		free(session);
		return ERR_MEMORY;
	}
	session->peer = *peer;
	*peer = (struct peer){0};
	session->quotas = *quotas;
	session->state = SESSION_NEW;
	session->hello_ends_at = session_clock() + HELLO_SECONDS;
	session->login.process = -1;
	*out_session = session;
	return ERR_OK;
}

static void end_login(struct session *session)
{
	if (session->login.login == NULL)
		return;
	quota_give(session->quotas.logins, session->peer.uid);
	login_free(session->login.login);
	own_close_fd(&session->login.process);
	session->login = (struct open_login){.process = -1};
}

static void end_import(struct session *session)
{
	if (session->import.original == NULL)
		return;
	quota_give(session->quotas.imports, session->peer.uid);
	secret_free(session->import.original);
	session->import = (struct pending_import){0};
}

void session_free(struct session *session)
{
	if (session == NULL)
		return;
	end_login(session);
	end_import(session);
	peer_clear(&session->peer);
	(void)pthread_mutex_destroy(&session->lock);
	free(session);
}

const struct peer *session_peer(const struct session *session)
{
	return &session->peer;
}

static void session_lock(struct session *session)
{
	(void)pthread_mutex_lock(&session->lock);
}

static void session_unlock(struct session *session)
{
	(void)pthread_mutex_unlock(&session->lock);
}

static bool login_is_over(const struct open_login *login, int64_t now)
{
	return now >= login->idle_ends_at || now >= login->ends_at ||
	       !login_is_open(login->login) || peer_process_has_ended(login->process);
}

/* Every look at a login goes through here, so that none outlives its limits. */
static bool has_login(struct session *session)
{
	if (session->login.login != NULL && login_is_over(&session->login, session_clock()))
		end_login(session);
	return session->login.login != NULL;
}

enum session_state session_state(struct session *session)
{
	enum session_state state;

	session_lock(session);
	state = session->state == SESSION_READY && has_login(session) ? SESSION_LOGGED_IN
								      : session->state;
	session_unlock(session);
	return state;
}

void session_greet(struct session *session)
{
	session_lock(session);
	if (session->state == SESSION_NEW)
		session->state = SESSION_READY;
	session_unlock(session);
}

void session_name_program(struct session *session, const char *program)
{
	session_lock(session);
	if (session->program[0] == '\0')
		audit_entry_set_text(session->program, AUDIT_PROGRAM_MAX, program);
	session_unlock(session);
}

void session_copy_program(struct session *session, char out_program[AUDIT_PROGRAM_MAX + 1])
{
	session_lock(session);
	memcpy(out_program, session->program, sizeof session->program);
	session_unlock(session);
}

void session_close(struct session *session)
{
	session_lock(session);
	session->state = SESSION_CLOSED;
	end_login(session);
	end_import(session);
	session_unlock(session);
}

enum err session_check_sender(struct session *session, const struct sender *sender)
{
	enum err err = ERR_OK;

	if (sender->uid != session->peer.uid)
		return err_note(ERR_PEER, "user %u writes on a connection of user %u",
				(unsigned)sender->uid, (unsigned)session->peer.uid);
	session_lock(session);
	if (has_login(session) && sender->pid != session->login.pid)
		err = ERR_LOGIN_NEEDED;
	session_unlock(session);
	return err;
}

enum err session_begin_login(struct session *session)
{
	enum err err = ERR_OK;

	session_lock(session);
	if (session->is_login_pending) {
		err = ERR_BUSY;
	} else {
		end_login(session);
		if (!quota_take(session->quotas.logins, session->peer.uid))
			err = ERR_LOGIN_LIMIT;
		session->is_login_pending = err == ERR_OK;
	}
	session_unlock(session);
	return err;
}

/* The place that session_begin_login took in the quota stays with the login until its end. */
enum err session_finish_login(struct session *session, struct login *login, pid_t pid, int process,
			      const struct session_limits *limits)
{
	int64_t now = session_clock();
	enum err err;

	session_lock(session);
	session->is_login_pending = false;
	session->login = (struct open_login){.login = login,
					     .pid = pid,
					     .process = process,
					     .idle_ends_at = now + limits->idle_seconds,
					     .ends_at = now + limits->max_seconds,
					     .idle_seconds = limits->idle_seconds,
					     .has_uses_max = limits->uses_max != 0,
					     .uses_left = limits->uses_max};
	if (session->state == SESSION_CLOSED)
		end_login(session);
	err = has_login(session) ? ERR_OK : ERR_LOGIN_NEEDED;
	session_unlock(session);
	return err;
}

void session_fail_login(struct session *session)
{
	session_lock(session);
	session->is_login_pending = false;
	quota_give(session->quotas.logins, session->peer.uid);
	session_unlock(session);
}

void session_touch(struct session *session)
{
	session_lock(session);
	if (has_login(session))
		session->login.idle_ends_at = session_clock() + session->login.idle_seconds;
	session_unlock(session);
}

bool session_login_certificate(struct session *session, struct digest *out_id)
{
	bool is_open;

	session_lock(session);
	is_open = has_login(session);
	if (is_open)
		login_id(session->login.login, out_id);
	session_unlock(session);
	return is_open;
}

static bool has_login_for(struct session *session, const struct digest *id)
{
	struct digest open_id;

	if (!has_login(session))
		return false;
	login_id(session->login.login, &open_id);
	return digest_equal(&open_id, id);
}

bool session_login_facts(struct session *session, const struct digest *id,
			 struct login_facts *out_facts)
{
	bool is_open;

	session_lock(session);
	is_open = has_login_for(session, id);
	if (is_open)
		*out_facts = *login_facts(session->login.login);
	session_unlock(session);
	return is_open;
}

static bool has_use_left(const struct open_login *login)
{
	return !login->has_uses_max || login->uses_left > 0;
}

enum err session_begin_use(struct session *session, const struct digest *id,
			   struct login **out_login)
{
	enum err err = ERR_LOGIN_NEEDED;

	session_lock(session);
	if (has_login_for(session, id) && has_use_left(&session->login)) {
		if (session->login.has_uses_max)
			session->login.uses_left--;
		session->login.uses_running++;
		*out_login = login_share(session->login.login);
		err = ERR_OK;
	}
	session_unlock(session);
	return err;
}

/* The login that was used may have ended meanwhile, and another one begun. */
void session_end_use(struct session *session, struct login *login, bool is_used)
{
	struct open_login *open = &session->login;

	session_lock(session);
	if (open->login == login) {
		open->uses_running--;
		if (!is_used && open->has_uses_max)
			open->uses_left++;
		if (!has_use_left(open) && open->uses_running == 0)
			end_login(session);
	}
	session_unlock(session);
	login_free(login);
}

bool session_logout(struct session *session)
{
	bool was_open;

	session_lock(session);
	was_open = has_login(session);
	end_login(session);
	session_unlock(session);
	return was_open;
}

void session_watch_process(struct session *session, session_watcher *watch, void *context)
{
	session_lock(session);
	if (session->login.login != NULL && !session->login.is_watched) {
		session->login.is_watched = true;
		watch(session->login.process, context);
	}
	session_unlock(session);
}

enum err session_begin_import(struct session *session, uint32_t size, const struct digest *digest)
{
	AUTO(secret) original = NULL;
	enum err err = ERR_OK;

	TRY(secret_new(size, &original));
	session_lock(session);
	end_import(session);
	if (session->state == SESSION_CLOSED)
		err = ERR_WIRE_STATE;
	else if (!quota_take(session->quotas.imports, session->peer.uid))
		err = ERR_BUSY;
	else
		session->import =
			(struct pending_import){.original = TAKE(original),
						.digest = *digest,
						.ends_at = session_clock() + IMPORT_SECONDS};
	session_unlock(session);
	return err;
}

/* Only the piece that comes next, so that none can be left out or written twice. */
static enum err add_piece(struct pending_import *import, uint32_t offset,
			  const struct secret *piece)
{
	if (import->original == NULL || piece == NULL || offset != import->arrived ||
	    secret_size(piece) > secret_size(import->original) - import->arrived)
		return ERR_WIRE_STATE;
	memcpy(secret_bytes(import->original) + offset, secret_view(piece), secret_size(piece));
	import->arrived += secret_size(piece);
	return ERR_OK;
}

enum err session_add_piece(struct session *session, uint32_t offset, const struct secret *piece)
{
	enum err err;

	session_lock(session);
	err = add_piece(&session->import, offset, piece);
	session_unlock(session);
	return err;
}

/* Takes it out whole, or leaves nothing of it. */
static enum err take_import(struct session *session, struct secret **out_original,
			    struct digest *out_promised)
{
	struct pending_import *import = &session->import;
	bool is_whole =
		import->original != NULL && import->arrived == secret_size(import->original);

	if (!is_whole) {
		end_import(session);
		return ERR_WIRE_STATE;
	}
	*out_original = import->original;
	*out_promised = import->digest;
	*import = (struct pending_import){0};
	quota_give(session->quotas.imports, session->peer.uid);
	return ERR_OK;
}

enum err session_take_import(struct session *session, struct secret **out_original)
{
	AUTO(secret) original = NULL;
	struct digest promised;
	struct digest digest;
	enum err err;

	session_lock(session);
	err = take_import(session, &original, &promised);
	session_unlock(session);
	TRY(err);
	digest_of(secret_view(original), secret_size(original), &digest);
	if (!digest_equal(&digest, &promised))
		return err_note(ERR_WIRE, "an original arrived other than promised");
	*out_original = TAKE(original);
	return ERR_OK;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t session_next_end(struct session *session)
{
	int64_t end = INT64_MAX;

	session_lock(session);
	if (session->state == SESSION_NEW)
		end = session->hello_ends_at;
	if (session->import.original != NULL)
		end = earlier(end, session->import.ends_at);
	if (session->login.login != NULL)
		end = earlier(end, earlier(session->login.idle_ends_at, session->login.ends_at));
	session_unlock(session);
	return end;
}

enum err session_end_overdue(struct session *session)
{
	int64_t now = session_clock();
	enum err err;

	session_lock(session);
	(void)has_login(session);
	if (session->import.original != NULL && now >= session->import.ends_at)
		end_import(session);
	err = session->state == SESSION_NEW && now >= session->hello_ends_at ? ERR_TIMEOUT : ERR_OK;
	session_unlock(session);
	return err;
}
