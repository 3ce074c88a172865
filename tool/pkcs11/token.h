/* token.h - one certificate of the vault, as a program sees it: what it says, its objects and the
 * login with its key. A token never becomes another one: a slot that shows another certificate
 * has another token.
 *
 *   state       entered by                          left by
 *   unlocked no -                                   C_Login -> yes
 *   unlocked yes C_Login with the right PIN         C_Logout, the last session closed, the vault's
 *                                                   own end of it (time, restart, PIN change) -> no
 *   gone        the slot shows something else       -
 *
 * May be used by many threads at once; none of them holds anything while the vault signs.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "tool/pkcs11/cryptoki.h"
#include "tool/pkcs11/mechanism.h"
#include "tool/pkcs11/object.h"
#include "tool/pkcs11/public_key.h"
#include "tool/pkcs11/x509.h"
#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/base/secret.h"
#include "vault/cert/entry.h"
#include "vault/client/client.h"

enum { TOKEN_LABEL_SIZE = 32 };

struct key_login;

struct token {
	atomic_uint references;
	struct digest id;
	uint64_t number;
	char *label;
	unsigned insertion; /* no two tokens of a process have the same: part of object handles */

	/* As of the last look at the vault. */
	atomic_uint tries_left;
	atomic_uint tries_max;
	atomic_uint permitted_hashes;
	atomic_bool permits_decrypting;
	atomic_bool asks_always; /* each signature needs the PIN */
	atomic_bool is_gone;

	/* Set once, by token_load. */
	struct bytes certificate;
	struct bytes_list chain;
	struct x509 x509;
	struct public_key key;
	struct objects objects;
	atomic_bool is_loaded;

	struct key_login *login;
	atomic_uint session_count;
	atomic_uint writing_session_count;
};

enum err token_new(const struct entry *entry, unsigned insertion,
		   struct token **out_token) MUST_CHECK;
struct token *token_hold(struct token *token); /* one more reference */
void token_drop(struct token *token);          /* the last one frees; accepts NULL */
OWN_DEFINE(token, token_drop)

/* Takes certificate and chain over (they are emptied). ERR_CERT_PARSE. By one thread at a time. */
enum err token_load(struct token *token, struct show_reply *show) MUST_CHECK;

struct permission token_permission(const struct token *token);
/* Padded with spaces, no character cut, no colon: NSS takes what follows one for a name. */
void token_label(const struct token *token, CK_UTF8CHAR out_label[TOKEN_LABEL_SIZE]);
CK_FLAGS token_flags(const struct token *token);

/* --- The key (login.c). --- */

enum err key_login_new(struct key_login **out_login) MUST_CHECK;
void key_login_free(struct key_login *login);
OWN_DEFINE(key_login, key_login_free)

bool token_is_unlocked(struct token *token);
/* CKR_USER_ALREADY_LOGGED_IN; with `again` (before one signature) never. */
CK_RV token_login(struct token *token, const void *pin, CK_ULONG pin_size, bool again);
CK_RV token_logout(struct token *token);
CK_RV token_set_pin(struct token *token, const void *old_pin, CK_ULONG old_size,
		    const void *new_pin, CK_ULONG new_size);
CK_RV token_sign(struct token *token, enum sign_scheme scheme, enum hash_kind hash,
		 struct part input, uint8_t *out_signature, size_t signature_size);
CK_RV token_decrypt(struct token *token, enum hash_kind hash, struct part input,
		    struct secret **out_plain);
/* The slot shows something else: the login ends, sessions are told. */
void token_retire(struct token *token);
/* In a child of fork: see slots_abandon. */
void token_abandon(struct token *token);
