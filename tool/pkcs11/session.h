/* session.h - the sessions of the module: each belongs to one token and ends with it. Handles are
 * drawn anew for each session, so that an old one finds nothing.
 *
 * A session is used by one call at a time; a second one waits. It may be closed by another thread
 * meanwhile: whoever uses it holds it until done.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "tool/pkcs11/cryptoki.h"
#include "tool/pkcs11/object.h"
#include "tool/pkcs11/operation.h"
#include "tool/pkcs11/token.h"
#include "vault/base/err.h"
#include "vault/base/own.h"

struct find {
	bool is_active;
	size_t count, next;
	CK_OBJECT_HANDLE found[OBJECTS_MAX];
};

struct session {
	atomic_uint references;
	CK_SESSION_HANDLE handle;
	CK_SLOT_ID slot;
	struct token *token;
	bool may_write;
	pthread_mutex_t busy; /* of what follows */
	struct operation sign, verify, digest, decrypt;
	struct find find;
};

struct sessions;

enum err sessions_new(struct sessions **out_sessions) MUST_CHECK;
void sessions_free(struct sessions *sessions);
OWN_DEFINE(sessions, sessions_free)

/* Takes the token over. */
CK_RV sessions_open(struct sessions *sessions, CK_SLOT_ID slot, struct token *token, bool may_write,
		    CK_SESSION_HANDLE *out_handle);
/* One reference for the caller. CKR_SESSION_HANDLE_INVALID: also when the token is gone. */
CK_RV sessions_find(struct sessions *sessions, CK_SESSION_HANDLE handle,
		    struct session **out_session);
CK_RV sessions_close(struct sessions *sessions, CK_SESSION_HANDLE handle);
void sessions_close_all(struct sessions *sessions, CK_SLOT_ID slot);
void session_drop(struct session *session); /* accepts NULL */
OWN_DEFINE(session, session_drop)
