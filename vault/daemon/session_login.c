/* session_login.c - the login of a session: who may use it, how often, and how it ends.
 *
 *   how it ends                    noticed by                       in the log
 *   logout                         its message                      logout
 *   its last use, PIN change, ...  the use, the keeper              that act's own entry
 *   idle, absolute limit           the timer, or the next look      login-ended
 *   end of the process             epoll, or the next request       login-ended
 *   hang-up, another login         its thread                       login-ended
 */
#include <unistd.h>

#include "vault/daemon/session_parts.h"

void session_lock(struct session *session)
{
	(void)pthread_mutex_lock(&session->lock);
}

/* A key is not wiped under the lock: whoever still signs with it may take a moment, and wipes it
 * when that is done. */
void session_unlock(struct session *session)
{
	struct login *over = TAKE(session->over);

	(void)pthread_mutex_unlock(&session->lock);
	login_free(over);
}

static void note_end(struct session *session, enum login_end end)
{
	session->ended = (struct ended_login){.end = end, .pid = session->login.pid};
	login_id(session->login.login, &session->ended.certificate);
	atomic_store(&session->has_ended, true);
}

void session_end_login(struct session *session, enum login_end end)
{
	if (session->login.login == NULL)
		return;
	if (end != LOGIN_END_TOLD)
		note_end(session, end);
	quota_give(session->quotas.logins, session->peer.uid);
	session->over = session->login.login;
	own_close_fd(&session->login.process);
	session->login = (struct open_login){.process = -1};
}

bool session_take_ended(struct session *session, struct ended_login *out_ended)
{
	if (!atomic_load(&session->has_ended) || !atomic_exchange(&session->has_ended, false))
		return false;
	session_lock(session);
	*out_ended = session->ended;
	session_unlock(session);
	return true;
}

/* Its limits, and the keeper's word; not whether its process lives, which costs a system call. */
static bool has_login_in_time(struct session *session)
{
	const struct open_login *login = &session->login;
	int64_t now = session_clock();

	if (login->login == NULL)
		return false;
	if (!login_is_open(login->login))
		session_end_login(session, LOGIN_END_TOLD);
	else if (now >= login->ends_at)
		session_end_login(session, LOGIN_END_LIMIT);
	else if (now >= login->idle_ends_at)
		session_end_login(session, LOGIN_END_IDLE);
	return login->login != NULL;
}

bool session_has_login(struct session *session)
{
	if (has_login_in_time(session) && peer_process_has_ended(session->login.process))
		session_end_login(session, LOGIN_END_PROCESS);
	return session->login.login != NULL;
}

static bool is_for(const struct session *session, const struct digest *id)
{
	struct digest open_id;

	login_id(session->login.login, &open_id);
	return digest_equal(&open_id, id);
}

static enum err admit(struct session *session, pid_t pid, enum session_state needs,
		      const struct digest *certificate)
{
	bool is_logged_in = session_has_login(session);

	if (is_logged_in && pid != session->login.pid)
		return ERR_LOGIN_NEEDED;
	if (session->state == SESSION_CLOSED)
		return ERR_WIRE_STATE;
	if (needs != SESSION_LOGGED_IN)
		return session->state >= needs ? ERR_OK : ERR_WIRE_STATE;
	if (!is_logged_in)
		return session->state == SESSION_READY ? ERR_LOGIN_NEEDED : ERR_WIRE_STATE;
	if (certificate != NULL && !is_for(session, certificate))
		return ERR_LOGIN_NEEDED;
	session->login.idle_ends_at = session_clock() + session->login.idle_seconds;
	return ERR_OK;
}

enum err session_admit(struct session *session, const struct sender *sender,
		       enum session_state needs, const struct digest *certificate)
{
	enum err err;

	if (sender->uid != session->peer.uid)
		return err_note(ERR_PEER, "user %u writes on a connection of user %u",
				(unsigned)sender->uid, (unsigned)session->peer.uid);
	session_lock(session);
	err = admit(session, sender->pid, needs, certificate);
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
		session_end_login(session, LOGIN_END_REPLACED);
		if (!quota_take(session->quotas.logins, session->peer.uid))
			err = ERR_LOGIN_LIMIT;
		session->is_login_pending = err == ERR_OK;
	}
	session_unlock(session);
	return err;
}

/* One that is over before it could be used was none. */
static bool is_kept(const struct session *session)
{
	const struct open_login *login = &session->login;
	int64_t now = session_clock();

	return session->state != SESSION_CLOSED && login_is_open(login->login) &&
	       now < login->idle_ends_at && now < login->ends_at &&
	       !peer_process_has_ended(login->process);
}

/* The place that session_begin_login took in the quota stays with the login until its end. */
enum err session_finish_login(struct session *session, struct login *login, pid_t pid, int process,
			      const struct session_limits *limits)
{
	int64_t now = session_clock();
	enum err err = ERR_OK;

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
	if (!is_kept(session)) {
		session_end_login(session, LOGIN_END_TOLD);
		err = ERR_LOGIN_NEEDED;
	}
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

bool session_login_certificate(struct session *session, struct digest *out_id)
{
	bool is_open;

	session_lock(session);
	is_open = has_login_in_time(session);
	if (is_open)
		login_id(session->login.login, out_id);
	session_unlock(session);
	return is_open;
}

bool session_login_facts(struct session *session, const struct digest *id,
			 struct login_facts *out_facts)
{
	bool is_open;

	session_lock(session);
	is_open = has_login_in_time(session) && is_for(session, id);
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
	struct open_login *open = &session->login;
	enum err err = ERR_LOGIN_NEEDED;

	session_lock(session);
	if (has_login_in_time(session) && is_for(session, id) && has_use_left(open)) {
		if (open->has_uses_max)
			open->uses_left--;
		open->uses_running++;
		*out_login = login_share(open->login);
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
			session_end_login(session, LOGIN_END_TOLD);
	}
	session_unlock(session);
	login_free(login);
}

/* Answered once the key is wiped: whoever signs with it on another thread finishes first. */
bool session_logout(struct session *session)
{
	struct login *over = NULL;

	session_lock(session);
	if (has_login_in_time(session)) {
		over = login_share(session->login.login);
		session_end_login(session, LOGIN_END_TOLD);
	}
	session_unlock(session);
	if (over != NULL)
		login_end(over);
	login_free(over);
	return over != NULL;
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
