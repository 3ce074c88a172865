/* session.c - see session.h
 *
 * The life of a session
 *
 *   state      entered by               may ask for                      left by
 *   NEW        accept                   hello                            hello -> READY
 *   READY      hello, end of a login    all but logout, sign, decrypt    login -> LOGGED_IN
 *   LOGGED_IN  login                    everything                       end of the login -> READY
 *                                                                        (session_login.c)
 *   CLOSED     protocol error, another  nothing                          -
 *              uid, hang-up, no hello
 */
#include "vault/daemon/session_parts.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	HELLO_SECONDS = 10,  /* to say hello */
	IMPORT_SECONDS = 60, /* to send an original */
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
	session_end_login(session, LOGIN_END_TOLD);
	login_free(session->over);
	end_import(session);
	peer_clear(&session->peer);
	(void)pthread_mutex_destroy(&session->lock);
	free(session);
}

const struct peer *session_peer(const struct session *session)
{
	return &session->peer;
}

enum session_state session_state(struct session *session)
{
	enum session_state state;

	session_lock(session);
	state = session->state == SESSION_READY && session_has_login(session) ? SESSION_LOGGED_IN
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
	session_end_login(session, LOGIN_END_CLOSED);
	end_import(session);
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
	(void)session_has_login(session);
	if (session->import.original != NULL && now >= session->import.ends_at)
		end_import(session);
	err = session->state == SESSION_NEW && now >= session->hello_ends_at ? ERR_TIMEOUT : ERR_OK;
	session_unlock(session);
	return err;
}
