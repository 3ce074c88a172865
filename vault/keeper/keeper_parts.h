/* keeper_parts.h - the keeper from inside; included by the keeper's own files only.
 *
 * Locks, in the order they may be taken:
 *   a certificate's turn -> a derivation slot -> changing -> reading -> logins
 * Only who holds `changing` writes to the index, and takes `reading` for that moment; so the
 * index may be read under either. A record stays where it is while its certificate's turn or
 * `changing` is held.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "vault/keeper/index.h"
#include "vault/keeper/keeper.h"
#include "vault/keeper/keys.h"
#include "vault/keeper/ledger.h"
#include "vault/keeper/pace.h"
#include "vault/keeper/stretch.h"
#include "vault/keeper/turns.h"

struct keeper {
	struct keeper_cost cost;
	unsigned login_max;

	enum err refusal; /* ERR_OK: ready, and what follows is there */
	enum vault_binding binding;
	enum err tpm_trouble;
	bool machine_was_compared;
	bool machine_differs;
	struct keys *keys;
	struct ledger *ledger;
	struct audit_log *audit;
	struct index *index;
	struct turns *turns;
	struct stretcher *stretcher;
	struct pace *pace;

	pthread_mutex_t changing;  /* guards the ledger */
	pthread_rwlock_t reading;  /* guards the index */
	pthread_mutex_t logins;    /* guards all that follows */
	pthread_cond_t raise_done; /* a cost raise in the background has ended */
	unsigned raise_count;
	unsigned login_count; /* open or being opened */
	struct login *first_login;
};

/* Opens what the settings name into the keeper, or says why not. */
enum err keeper_open_vault(struct keeper *keeper,
			   const struct keeper_settings *settings) MUST_CHECK;
enum load_answer { LOAD_EMPTY, LOAD_DONE };
/* Every row into the index, and the manifest, which must agree, into the ledger. LOAD_EMPTY: not
 * even a manifest was ever written. */
enum err keeper_load(struct ledger *ledger, struct index *index,
		     enum load_answer *out_answer) MUST_CHECK;

/* ERR_CERT_NOT_FOUND with the beginning of the fingerprint. */
enum err keeper_not_found(const struct digest *id);
/* Under `changing` or `reading`. */
enum err keeper_find_record(const struct keeper *keeper, uid_t uid, const struct digest *id,
			    struct record **out_record) MUST_CHECK;

/* Under `changing`, before a change moves the anchor that no try of a PIN has paid for: ERR_BUSY
 * where the anchor wears out and this user has moved it too often. */
enum err keeper_count_move(struct keeper *keeper, uid_t uid) MUST_CHECK;

struct seat keeper_key_seat(const struct keeper *keeper, const struct record *record,
			    uint64_t version);
struct row_id row_of(const struct record *record, enum row_kind kind);

/* Under `changing`: the rows of a record, opened. */
enum err keeper_read_meta(struct keeper *keeper, const struct record *record,
			  struct meta *out_meta) MUST_CHECK;
enum err keeper_read_pin(struct keeper *keeper, const struct record *record,
			 struct pin_row *out_pin) MUST_CHECK;

/* What a client says of a proven copy: ERR_WIRE when it names no place, or a time that cannot be.
 */
enum err keeper_check_proof(int64_t at, const char *where) MUST_CHECK;

/* Ends every open login of a record: the keys are wiped before it returns. */
void keeper_end_logins(struct keeper *keeper, const struct record_id *record);
