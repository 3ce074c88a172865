/* session.c - see session.h */
#include "tool/pkcs11/session.h"

#include <stdlib.h>

/* A handle is the session's place and, above it, a number that is used once. */
enum { PLACE_BITS = 16, PLACES_MAX = (1 << PLACE_BITS) - 1 };

struct sessions {
	pthread_mutex_t lock;
	CK_SESSION_HANDLE next;
	struct session **items; /* NULL: a free place */
	size_t capacity;
};

enum err sessions_new(struct sessions **out_sessions)
{
	struct sessions *sessions = calloc(1, sizeof *sessions);
	uint16_t start;

	if (sessions == NULL)
		return ERR_MEMORY;
	random_fill(&start, sizeof start);
	sessions->next = (CK_SESSION_HANDLE)start + 1;
	(void)pthread_mutex_init(&sessions->lock, NULL);
	*out_sessions = sessions;
	return ERR_OK;
}

void session_drop(struct session *session)
{
	if (session == NULL || atomic_fetch_sub(&session->references, 1) > 1)
		return;
	operation_end(&session->sign);
	operation_end(&session->verify);
	operation_end(&session->digest);
	operation_end(&session->decrypt);
	token_drop(session->token);
	(void)pthread_mutex_destroy(&session->busy);
	free(session);
}

/* Under `lock`. The last session of a token takes the login with it: *out_last says so. */
static struct session *take_out(struct sessions *sessions, size_t place, bool *out_last)
{
	struct session *session = TAKE(sessions->items[place]);

	*out_last = atomic_fetch_sub(&session->token->session_count, 1) == 1;
	if (session->may_write)
		atomic_fetch_sub(&session->token->writing_session_count, 1);
	return session;
}

/* Outside of `lock`: a logout asks the vault. */
static void end(struct session *session, bool is_last)
{
	if (is_last)
		(void)token_logout(session->token);
	session_drop(session);
}

void sessions_free(struct sessions *sessions)
{
	bool is_last;

	if (sessions == NULL)
		return;
	for (size_t i = 0; i < sessions->capacity; i++)
		if (sessions->items[i] != NULL) {
			struct session *session = take_out(sessions, i, &is_last);
			end(session, is_last);
		}
	free(sessions->items);
	(void)pthread_mutex_destroy(&sessions->lock);
	free(sessions);
}

/* Under `lock`. */
static CK_RV find_place(struct sessions *sessions, size_t *out_place)
{
	size_t capacity = sessions->capacity == 0 ? 8 : 2 * sessions->capacity;
	struct session **items;

	for (size_t i = 0; i < sessions->capacity; i++)
		if (sessions->items[i] == NULL) {
			*out_place = i;
			return CKR_OK;
		}
	if (capacity > PLACES_MAX)
		return CKR_SESSION_COUNT;
	items = reallocarray(sessions->items, capacity, sizeof(struct session *));
	if (items == NULL)
		return CKR_HOST_MEMORY;
	for (size_t i = sessions->capacity; i < capacity; i++)
		items[i] = NULL;
	*out_place = sessions->capacity;
	sessions->items = items;
	sessions->capacity = capacity;
	return CKR_OK;
}

static CK_RV put(struct sessions *sessions, struct session *session, CK_SESSION_HANDLE *out_handle)
{
	size_t place = 0;
	CK_RV result;

	(void)pthread_mutex_lock(&sessions->lock);
	result = find_place(sessions, &place);
	if (result == CKR_OK) {
		session->handle = (sessions->next++ << PLACE_BITS) + place;
		*out_handle = session->handle;
		sessions->items[place] = session;
		atomic_fetch_add(&session->token->session_count, 1);
		if (session->may_write)
			atomic_fetch_add(&session->token->writing_session_count, 1);
	}
	(void)pthread_mutex_unlock(&sessions->lock);
	return result;
}

CK_RV sessions_open(struct sessions *sessions, CK_SLOT_ID slot, struct token *token, bool may_write,
		    CK_SESSION_HANDLE *out_handle)
{
	AUTO(session) session = calloc(1, sizeof *session);

	if (session == NULL) {
		token_drop(token);
		return CKR_HOST_MEMORY;
	}
	atomic_init(&session->references, 1);
	(void)pthread_mutex_init(&session->busy, NULL);
	session->slot = slot;
	session->token = token;
	session->may_write = may_write;
	CHECK(put(sessions, session, out_handle));
	session = NULL; /* the table's */
	return CKR_OK;
}

/* Under `lock`. */
static bool is_at(const struct sessions *sessions, CK_SESSION_HANDLE handle, size_t *out_place)
{
	*out_place = handle & PLACES_MAX;
	return *out_place < sessions->capacity && sessions->items[*out_place] != NULL &&
	       sessions->items[*out_place]->handle == handle;
}

CK_RV sessions_close(struct sessions *sessions, CK_SESSION_HANDLE handle)
{
	struct session *session = NULL;
	bool is_last = false;
	size_t place;

	(void)pthread_mutex_lock(&sessions->lock);
	if (is_at(sessions, handle, &place))
		session = take_out(sessions, place, &is_last);
	(void)pthread_mutex_unlock(&sessions->lock);
	if (session == NULL)
		return CKR_SESSION_HANDLE_INVALID;
	end(session, is_last);
	return CKR_OK;
}

CK_RV sessions_find(struct sessions *sessions, CK_SESSION_HANDLE handle,
		    struct session **out_session)
{
	struct session *session = NULL;
	size_t place;

	(void)pthread_mutex_lock(&sessions->lock);
	if (is_at(sessions, handle, &place)) {
		session = sessions->items[place];
		atomic_fetch_add(&session->references, 1);
	}
	(void)pthread_mutex_unlock(&sessions->lock);
	if (session == NULL)
		return CKR_SESSION_HANDLE_INVALID;
	if (!atomic_load(&session->token->is_gone)) {
		*out_session = session;
		return CKR_OK;
	}
	session_drop(session);
	(void)sessions_close(sessions, handle);
	return CKR_SESSION_HANDLE_INVALID;
}

void sessions_close_all(struct sessions *sessions, CK_SLOT_ID slot)
{
	for (size_t i = 0;; i++) {
		struct session *session = NULL;
		bool is_last = false;
		(void)pthread_mutex_lock(&sessions->lock);
		while (i < sessions->capacity &&
		       (sessions->items[i] == NULL || sessions->items[i]->slot != slot))
			i++;
		if (i < sessions->capacity)
			session = take_out(sessions, i, &is_last);
		(void)pthread_mutex_unlock(&sessions->lock);
		if (session == NULL)
			return;
		end(session, is_last);
	}
}
