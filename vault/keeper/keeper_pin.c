/* keeper_pin.c - another PIN for the key in the vault; the original keeps its own. */
#include "vault/keeper/attempt.h"
#include "vault/base/pin_text.h"
#include "vault/keeper/edit.h"
#include "vault/keeper/hold.h"

static enum err commit(struct attempt *attempt, const struct pin_row *pin,
		       const struct pin_halves *halves, struct entry *out_entry)
{
	struct keeper *keeper = attempt->keeper;
	AUTO_HELD(hold) hold = hold_take(&keeper->changing);
	struct edit edit = {.record = attempt->record,
			    .owner = index_owner(keeper->index, attempt->uid),
			    .pin = pin,
			    .kek = halves->kek,
			    .key = attempt->key,
			    .pace = LEDGER_MOVES};
	bool is_committed = false;
	enum err err = edit_commit(keeper, &edit, &is_committed);

	if (is_committed)
		keeper_end_logins(keeper, &attempt->record->id);
	TRY(err);
	return entry_copy(&attempt->record->entry, out_entry);
}

/* NOLINTNEXTLINE(readability-function-size): nine things make a change of PIN */
enum err keeper_change_pin(struct keeper *keeper, uid_t owner, const struct digest *id,
			   const struct secret *old_pin, const struct secret *new_pin,
			   bool new_follows_rule, uint8_t tries, uint8_t *out_tries_left,
			   struct entry *out_entry)
{
	AUTO_HELD(attempt) attempt = {0};
	AUTO_HELD(pin_halves) halves = {0};
	struct pin_row pin;

	TRY(keeper_refusal(keeper));
	if (!pin_text_is_proper(new_pin))
		return ERR_PIN_TEXT;
	TRY(attempt_run(&attempt, keeper, owner, id, old_pin, tries, out_tries_left));
	TRY(edit_new_pin(keeper, &attempt.slot, attempt.record, new_pin, new_follows_rule, tries,
			 &pin, &halves));
	return commit(&attempt, &pin, &halves, out_entry);
}
