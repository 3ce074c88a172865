/* edit.h - a change of one certificate: rows, manifest, anchor, memory, in this order.
 *
 * The caller says which rows become what; what is NULL stays. All that can fail is done before
 * the rows are committed; then the index follows and cannot fail.
 */
#pragma once

#include "vault/keeper/keeper_parts.h"

struct edit {
	struct record *record;
	struct owner *owner;
	bool is_new; /* the record enters the index */
	const struct meta *meta;
	const struct pin_row *pin; /* always given, when is_new */
	const struct secret *kek;  /* with key: the key row is sealed anew */
	const struct secret *key;
	const bool *is_active; /* becomes the owner's active one, or is it no longer */
	enum ledger_pace pace;
};

/* Under `changing`. ERR_STATE_UNSETTLED: the vault did change (and the index with it), but the
 * anchor is not yet known to have followed. A new record then belongs to the index: the
 * caller asks `*out_committed`. */
enum err edit_commit(struct keeper *keeper, const struct edit *edit,
		     bool *out_committed) MUST_CHECK;

/* Drops the record's rows; then it is out of the index and the caller's to free. */
enum err edit_drop(struct keeper *keeper, struct record *record, bool *out_committed) MUST_CHECK;

/* PIN and key rows for a PIN that was just stretched: what import, PIN change and cost raise
 * have in common. `version` is the key row's next one. */
enum err edit_new_pin(struct keeper *keeper, const struct stretch_slot *slot,
		      const struct record *record, const struct secret *pin, bool follows_rule,
		      uint8_t tries, struct pin_row *out_row,
		      struct pin_halves *out_halves) MUST_CHECK;
