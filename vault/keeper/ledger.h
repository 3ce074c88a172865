/* ledger.h - the one way to change the vault: rows, manifest and anchor together.
 *
 *   anchor stands at   manifest says    state        what may happen
 *   to                 from, token, to  SETTLED      anything
 *   from or to         from, token, to  UNSETTLED    reading; ledger_settle looks and finishes
 *   elsewhere          -                alarm        nothing (ERR_ROLLED_BACK)
 *   any                another one      -            reading; no change (ERR_STATE_UNSETTLED)
 *
 * A change that moves the anchor is not to be acted on before the move is done. One thread at a
 * time uses a ledger; the keeper sees to that.
 */
#pragma once

#include <stdbool.h>

#include "vault/base/own.h"
#include "vault/keeper/audit_log.h"
#include "vault/keeper/manifest.h"
#include "vault/keeper/seal.h"
#include "vault/store/store.h"

enum { CHANGE_STEPS_MAX = 4 };

struct change_step {
	struct row_id row;
	bool was_there, is_there;
	struct mark before, after;
	struct bytes sealed;
};

/* Rows to be put or dropped in one transaction; at most one of each kind. */
struct change {
	size_t count;
	struct change_step steps[CHANGE_STEPS_MAX];
};

void change_clear(struct change *change);
OWN_DEFINE_HELD(change, change_clear)
/* What the change made of its row of this kind; NULL when it has none or drops it. */
const struct mark *change_after(const struct change *change, enum row_kind kind);

struct ledger {
	struct vault_id vault;
	const struct keys *keys; /* borrowed */
	struct store *store;
	struct audit_log *audit; /* borrowed; NULL until it is open */
	struct anchor anchor;
	struct manifest manifest;
	struct mark mark; /* of the manifest row; version 0: it was never written */
	bool is_settled;
	bool must_checkpoint; /* a deleted row may still stand in the log */
};

void ledger_free(struct ledger *ledger);
OWN_DEFINE(ledger, ledger_free)

/* Seals the next version of a row into the change. `before` is NULL for a new row. */
enum err ledger_put(const struct ledger *ledger, struct change *change, const struct row_id *row,
		    const struct mark *before, const struct bytes *plain) MUST_CHECK;
/* The same under a key of the caller's, for what a PIN guards. */
enum err ledger_put_under(const struct ledger *ledger, struct change *change,
			  const struct row_id *row, const struct mark *before,
			  const struct secret *key, const struct secret *plain) MUST_CHECK;
void ledger_drop(struct change *change, const struct row_id *row, const struct mark *before);

/* Reads a row, which must be the one the vault knows. */
enum err ledger_read(struct ledger *ledger, const struct row_id *row, const struct mark *mark,
		     struct bytes *out_sealed) MUST_CHECK;
/* Reads and opens a row that no PIN guards. */
enum err ledger_open_row(struct ledger *ledger, const struct row_id *row, const struct mark *mark,
			 struct bytes *out_plain) MUST_CHECK;

enum ledger_pace { LEDGER_STAYS, LEDGER_MOVES };

/* *out_committed tells whether the rows are changed, also on failure: ERR_STATE_UNSETTLED with
 * true means changed and not yet anchored. */
enum err ledger_commit(struct ledger *ledger, const struct change *change, enum ledger_pace pace,
		       bool *out_committed) MUST_CHECK;
/* Names, beside the anchor in use, the one that takes its place once vault.key names it too. */
enum err ledger_name_next(struct ledger *ledger, const struct anchor_step *next_anchor) MUST_CHECK;
/* Finishes a move that was cut off or is in doubt: the anchor is read first. */
enum err ledger_settle(struct ledger *ledger) MUST_CHECK;
/* Empties the log where a row was deleted; tried again later when it fails. */
void ledger_tidy(struct ledger *ledger);
