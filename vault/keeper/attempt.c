/* attempt.c - see attempt.h */
#include "vault/keeper/attempt.h"

#include <sodium.h>

#include "vault/base/pin_text.h"
#include "vault/keeper/edit.h"
#include "vault/keeper/hold.h"

void attempt_clear(struct attempt *attempt)
{
	secret_free(attempt->key);
	pin_halves_clear(&attempt->halves);
	bytes_clear(&attempt->sealed_key);
	stretch_slot_end(&attempt->slot);
	turn_end(&attempt->turn);
	attempt->key = NULL;
}

/* A held try was taken before: the last one may still be evaluated. */
static enum err look_up(struct attempt *attempt, uint8_t *out_tries_left)
{
	AUTO_HELD(hold) hold = hold_to_read(&attempt->keeper->reading);

	TRY(keeper_find_record(attempt->keeper, attempt->uid, &attempt->id, &attempt->record));
	if (attempt->record->entry.tries_left > 0 || attempt->record->try_is_held)
		return ERR_OK;
	*out_tries_left = 0;
	return ERR_PIN_LOCKED;
}

static enum err write_tries(struct attempt *attempt, enum ledger_pace pace, bool *out_committed)
{
	struct edit edit = {.record = attempt->record,
			    .owner = index_owner(attempt->keeper->index, attempt->uid),
			    .pin = &attempt->pin,
			    .pace = pace};

	return edit_commit(attempt->keeper, &edit, out_committed);
}

static enum err take_try(struct attempt *attempt)
{
	struct keeper *keeper = attempt->keeper;
	struct record *record = attempt->record;
	AUTO_HELD(hold) hold = hold_take(&keeper->changing);
	struct row_id key_row = row_of(record, ROW_KEY);
	bool is_committed = false;
	enum err err;

	TRY(ledger_settle(keeper->ledger));
	TRY(keeper_read_pin(keeper, record, &attempt->pin));
	TRY(ledger_read(keeper->ledger, &key_row, &record->key, &attempt->sealed_key));
	if (record->try_is_held) {
		record->try_is_held = false;
		return ERR_OK;
	}
	attempt->pin.tries_left--;
	err = write_tries(attempt, LEDGER_MOVES, &is_committed);
	record->try_is_held = err != ERR_OK && is_committed;
	return err;
}

/* Where even that cannot be written, the try waits in memory for the next attempt. */
static void give_try_back(struct attempt *attempt)
{
	AUTO_HELD(hold) hold = hold_take(&attempt->keeper->changing);
	bool is_committed = false;

	attempt->pin.tries_left++;
	if (write_tries(attempt, LEDGER_STAYS, &is_committed) != ERR_OK)
		attempt->record->try_is_held = true;
}

static enum err derive(struct attempt *attempt, const struct secret *pin)
{
	struct seat seat =
		keeper_key_seat(attempt->keeper, attempt->record, attempt->record->key.version);
	AUTO(secret) stretched = NULL;

	TRY(stretch_pin(&attempt->slot, pin, attempt->pin.salt, &attempt->pin.cost, &stretched));
	return stretch_split(attempt->keeper->keys, &seat, stretched, &attempt->halves);
}

static enum err evaluate(struct attempt *attempt, const struct secret *pin, uint8_t *out_tries_left)
{
	enum err err = derive(attempt, pin);

	if (err != ERR_OK) {
		give_try_back(attempt);
		return err;
	}
	if (sodium_memcmp(attempt->halves.commitment, attempt->pin.commitment, COMMITMENT_SIZE) ==
	    0)
		return ERR_OK;
	*out_tries_left = attempt->pin.tries_left;
	return err_detail(ERR_PIN_WRONG, "%u", (unsigned)attempt->pin.tries_left);
}

/* The PIN was right, so a try that could not be refilled is nobody's gain. */
static enum err refill(struct attempt *attempt, uint8_t tries)
{
	AUTO_HELD(hold) hold = hold_take(&attempt->keeper->changing);
	bool is_committed = false;
	enum err err;

	attempt->pin.tries_left = tries;
	err = write_tries(attempt, LEDGER_STAYS, &is_committed);
	attempt->record->try_is_held = err != ERR_OK;
	return err;
}

static enum err open_key(struct attempt *attempt)
{
	struct seat seat =
		keeper_key_seat(attempt->keeper, attempt->record, attempt->record->key.version);

	return seal_open_secret(&seat, secret_view(attempt->halves.kek), &attempt->sealed_key,
				&attempt->key);
}

enum err attempt_run(struct attempt *attempt, struct keeper *keeper, uid_t uid,
		     const struct digest *id, const struct secret *pin, uint8_t tries,
		     uint8_t *out_tries_left)
{
	TRY(keeper_refusal(keeper));
	if (!pin_text_is_proper(pin))
		return ERR_PIN_TEXT;
	attempt->keeper = keeper;
	attempt->uid = uid;
	attempt->id = *id;
	turn_take(keeper->turns, uid, id, &attempt->turn);
	TRY(look_up(attempt, out_tries_left));
	stretch_slot_take(keeper->stretcher, uid, &attempt->slot);
	TRY(take_try(attempt));
	TRY(evaluate(attempt, pin, out_tries_left));
	TRY(refill(attempt, tries));
	*out_tries_left = tries;
	return open_key(attempt);
}
