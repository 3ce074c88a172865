/* keeper.h - the only code that holds keys. Everything a vault can do, for a caller whose uid
 * the kernel has told; what a caller may do was decided before (policy). There is no function
 * here that returns a private key or an original, and there must never be one.
 *
 * All functions may be called by many threads at once. Changes are durable and anchored before
 * the function returns. A vault that is refused (keeper_state) answers nothing but its state:
 * every other call returns keeper_refusal(), and nothing was written.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "vault/base/bytes.h"
#include "vault/base/digest.h"
#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/base/secret.h"
#include "vault/base/signing.h"
#include "vault/base/vault.h"
#include "vault/cert/entry.h"

/* Cost of stretching a PIN (Argon2id). A PIN row of lower cost is raised after a login. */
struct keeper_cost {
	uint64_t memory_bytes;
	uint32_t passes;
};
extern const struct keeper_cost keeper_cost_host; /* 256 MiB, 3 passes */
extern const struct keeper_cost keeper_cost_tpm;  /* 64 MiB, 3 passes */

struct tpm;

struct keeper_settings {
	int state_folder;              /* vault.key and the database; borrowed */
	int anchor_folder;             /* borrowed */
	const struct secret *host_key; /* as read from host.key; NULL: the file is missing */
	struct keeper_cost cost;
	/* The machine's TPM, borrowed for the keeper's life; NULL: there is none, or (a private
	 * vault) none is wanted. A new vault is tied to it where it can be used. */
	struct tpm *tpm;
	struct keeper_cost cost_with_tpm;
	const char *machine_id;   /* text of /etc/machine-id, or NULL: unreadable */
	const char *product_uuid; /* SMBIOS, or NULL: unreadable or not used */
	unsigned login_max;       /* open logins at once: sizes the secure heap */
};

struct keeper;

/* Before any other thread and any other use of OpenSSL in the process: the secure heap. */
enum err keeper_init(unsigned login_max) MUST_CHECK;

/* Whether the memory of unsealed keys could be locked: `status` reports it. */
bool keeper_keys_are_locked(void);

/* Whether any part of a vault lies here (vault.key, database or anchor): then a missing host
 * key is never made anew. */
bool keeper_vault_exists(int state_folder, int anchor_folder);
/* 32 random bytes for a new host.key. */
enum err keeper_new_host_key(struct secret **out_key) MUST_CHECK;

/* Opens, makes a new vault where none is (needs the host key), or goes on where a first start
 * was cut off. A refused vault is an answer: ERR_OK and keeper_state != VAULT_READY. */
enum err keeper_open(const struct keeper_settings *settings, struct keeper **out_keeper) MUST_CHECK;
/* Ends every login (login_free stays allowed), checkpoints, wipes. No other call may be running. */
void keeper_free(struct keeper *keeper);
OWN_DEFINE(keeper, keeper_free)

enum vault_state keeper_state(const struct keeper *keeper);
enum err keeper_refusal(const struct keeper *keeper); /* ERR_OK when ready */
enum vault_binding keeper_binding(const struct keeper *keeper);
/* Why a vault that was made by this keeper_open is not tied to the TPM; ERR_OK: it is, or no TPM
 * was given. */
enum err keeper_tpm_trouble(const struct keeper *keeper);
/* True when the machine's identity differs from what the vault knows: a vault tied to a TPM opens
 * all the same. */
bool keeper_machine_differs(const struct keeper *keeper);
/* True when the machine's identity could be compared with what the vault knows. */
bool keeper_machine_was_compared(const struct keeper *keeper);

/* An opened original, as the opener answered. Everything is borrowed for the call. */
struct keeper_original {
	const struct secret *key;        /* PKCS#8, DER */
	const struct secret *pin;        /* of the original; becomes the vault's */
	const struct bytes *certificate; /* DER */
	const struct bytes_list *chain;  /* DER each, any order */
	const char *friendly_name;       /* "" when none */
	bool pin_follows_rule;
	bool is_weakly_protected; /* the opener's word on the file */
	/* A copy proven on removable media; verified_at 0 and "" when there is none. */
	struct digest file;
	int64_t verified_at;
	const char *where;
};

struct keeper_import_how {
	bool resets_pin; /* --reset-pin: seal anew although present and not locked */
	bool activates;  /* --use */
	uint8_t tries;   /* policy: tries after (re)sealing */
};

/* Signs a random challenge with the key and verifies it by the certificate before anything is
 * stored. *out_entry is the caller's to clear. A proven copy is remembered and `activates` is
 * obeyed also where the certificate was already there. */
enum err keeper_import(struct keeper *keeper, uid_t uid, const struct keeper_original *original,
		       const struct keeper_import_how *how, enum import_result *out_result,
		       uint32_t *out_warnings /* bits of enum warning */,
		       struct entry *out_entry) MUST_CHECK;

/* Entries of one owner with number > after, in the order of import, until `visit` has taken
 * `count_max`. *out_more: whether there are further ones. The visitor borrows the entry and calls
 * nothing of the keeper. */
typedef enum err keeper_visitor(const struct entry *entry, void *context);
enum err keeper_list(struct keeper *keeper, uid_t owner, uint64_t after, size_t count_max,
		     keeper_visitor *visit, void *context, bool *out_more) MUST_CHECK;
/* ERR_CERT_NOT_FOUND also for another user's. */
enum err keeper_find(struct keeper *keeper, uid_t owner, const struct digest *id,
		     struct entry *out_entry) MUST_CHECK;
/* ERR_NO_ACTIVE. */
enum err keeper_find_active(struct keeper *keeper, uid_t owner, struct entry *out_entry) MUST_CHECK;
/* The certificate and its chain, DER. */
enum err keeper_certificate(struct keeper *keeper, uid_t owner, const struct digest *id,
			    struct bytes *out_certificate, struct bytes_list *out_chain) MUST_CHECK;

enum err keeper_use(struct keeper *keeper, uid_t owner, const struct digest *id,
		    struct entry *out_entry) MUST_CHECK;
enum err keeper_delete(struct keeper *keeper, uid_t owner, const struct digest *id,
		       struct entry *out_entry) MUST_CHECK;
/* The user has checked it against the letter. */
enum err keeper_confirm(struct keeper *keeper, uid_t owner, const struct digest *id, int64_t at,
			struct entry *out_entry) MUST_CHECK;
/* A copy of the original was proven on removable media. ERR_WIRE: no place, or a time that cannot
 * be. */
enum err keeper_original_proven(struct keeper *keeper, uid_t owner, const struct digest *id,
				const struct digest *file, int64_t at, const char *where,
				struct entry *out_entry) MUST_CHECK;

/* How an attempt with a PIN ended besides ERR_OK: ERR_PIN_WRONG (*out_tries_left > 0 or, when
 * this was the last one, 0), ERR_PIN_LOCKED. Text that cannot be a PIN is ERR_PIN_TEXT and
 * costs no try. `tries` is the policy's number, for the refill. */
enum err keeper_change_pin(struct keeper *keeper, uid_t owner, const struct digest *id,
			   const struct secret *old_pin, const struct secret *new_pin,
			   bool new_follows_rule, uint8_t tries, uint8_t *out_tries_left,
			   struct entry *out_entry) MUST_CHECK;

/* An open login holds the unsealed key until it ends. */
struct login;
enum err keeper_login(struct keeper *keeper, uid_t owner, const struct digest *id,
		      const struct secret *pin, uint8_t tries, uint8_t *out_tries_left,
		      struct login **out_login) MUST_CHECK;
/* False once a PIN change, a reset or a delete has ended it. */
bool login_is_open(const struct login *login);
void login_id(const struct login *login, struct digest *out_id);
/* What the policy asks about the certificate that is logged in. */
struct login_facts {
	unsigned rsa_bits; /* 0: not RSA */
	int64_t not_after;
	bool may_decrypt; /* by its key usage */
};
const struct login_facts *login_facts(const struct login *login);

/* `input` is the digest, or for Ed25519 the message. ECDSA gives r | s, each as long as the
 * curve's order. ERR_SIGN_INPUT: scheme, hash or length do not fit the key; ERR_LOGIN_NEEDED: it
 * has ended. Any number of threads sign with one login at once. */
enum err login_sign(struct login *login, enum sign_scheme scheme, enum sign_hash hash,
		    const struct bytes *input, struct bytes *out_signature) MUST_CHECK;
/* RSA-OAEP, MGF1 with the same hash, no label. ERR_DECRYPT whatever was wrong. */
enum err login_decrypt(struct login *login, enum sign_hash hash, const struct bytes *input,
		       struct secret **out_plain) MUST_CHECK;

/* Another holder of the same login, for the time of a use. Each calls login_free. */
struct login *login_share(struct login *login);
/* Closes it to new uses, waits for those that run, and wipes the key. */
void login_end(struct login *login);
void login_free(struct login *login); /* the last holder ends it; accepts NULL */
OWN_DEFINE(login, login_free)
