/* raise.c - see raise.h */
#include "vault/keeper/raise.h"

#include <stdlib.h>

#include "vault/keeper/edit.h"
#include "vault/keeper/hold.h"

struct raise {
	struct keeper *keeper;
	uid_t uid;
	struct digest id;
	struct mark key_mark; /* of the row that the KEK opens */
	struct secret *kek;
	struct secret *pin;
};

static void raise_free(struct raise *raise)
{
	if (raise == NULL)
		return;
	secret_free(raise->kek);
	secret_free(raise->pin);
	free(raise);
}
OWN_DEFINE(raise, raise_free)

/* Everything is looked up anew: in the meantime the PIN may be changed, the certificate gone. */
static enum err find(const struct raise *raise, struct record **out_record)
{
	AUTO_HELD(hold) hold = hold_to_read(&raise->keeper->reading);

	TRY(keeper_find_record(raise->keeper, raise->uid, &raise->id, out_record));
	return mark_equal(&(*out_record)->key, &raise->key_mark) ? ERR_OK : ERR_LOGIN_NEEDED;
}

static enum err read_key(const struct raise *raise, const struct record *record,
			 struct secret **out_key)
{
	struct seat seat = keeper_key_seat(raise->keeper, record, record->key.version);
	struct row_id row = row_of(record, ROW_KEY);
	AUTO_HELD(bytes) sealed = {NULL, 0};

	TRY(ledger_read(raise->keeper->ledger, &row, &record->key, &sealed));
	return seal_open_secret(&seat, secret_view(raise->kek), &sealed, out_key);
}

static enum err commit(const struct raise *raise, struct record *record, struct pin_row *pin,
		       const struct pin_halves *halves)
{
	struct keeper *keeper = raise->keeper;
	AUTO_HELD(hold) hold = hold_take(&keeper->changing);
	AUTO(secret) key = NULL;
	struct pin_row old;
	bool is_committed = false;

	TRY(keeper_read_pin(keeper, record, &old));
	TRY(read_key(raise, record, &key));
	pin->tries_left = old.tries_left;
	pin->follows_rule = old.follows_rule;
	struct edit edit = {.record = record,
			    .owner = index_owner(keeper->index, raise->uid),
			    .pin = pin,
			    .kek = halves->kek,
			    .key = key,
			    .pace = LEDGER_STAYS};
	return edit_commit(keeper, &edit, &is_committed);
}

static enum err run(const struct raise *raise)
{
	AUTO_HELD(turn) turn = {0};
	AUTO_HELD(stretch_slot) slot = {0};
	AUTO_HELD(pin_halves) halves = {0};
	struct record *record = NULL;
	struct pin_row pin;

	turn_take(raise->keeper->turns, raise->uid, &raise->id, &turn);
	TRY(find(raise, &record));
	stretch_slot_take(raise->keeper->stretcher, raise->uid, &slot);
	TRY(edit_new_pin(raise->keeper, &slot, record, raise->pin, false, 0, &pin, &halves));
	return commit(raise, record, &pin, &halves);
}

static void count_raise(struct keeper *keeper, int by)
{
	AUTO_HELD(hold) hold = hold_take(&keeper->logins);

	keeper->raise_count += (unsigned)by;
	(void)pthread_cond_broadcast(&keeper->raise_done);
}

static void *run_in_thread(void *context)
{
	struct raise *raise = context;
	struct keeper *keeper = raise->keeper;

	(void)run(raise); /* harmless, see raise.h */
	raise_free(raise);
	count_raise(keeper, -1);
	return NULL;
}

static enum err raise_new(struct attempt *attempt, const struct secret *pin,
			  struct raise **out_raise)
{
	AUTO(raise) raise = calloc(1, sizeof *raise);

	if (raise == NULL)
		return ERR_MEMORY;
	raise->keeper = attempt->keeper;
	raise->uid = attempt->uid;
	raise->id = attempt->id;
	raise->key_mark = attempt->record->key;
	TRY(secret_clone(pin, &raise->pin));
	raise->kek = TAKE(attempt->halves.kek);
	*out_raise = TAKE(raise);
	return ERR_OK;
}

void raise_cost(struct attempt *attempt, const struct secret *pin)
{
	struct keeper *keeper = attempt->keeper;
	struct raise *raise = NULL;
	pthread_t thread;

	if (raise_new(attempt, pin, &raise) != ERR_OK)
		return;
	count_raise(keeper, 1);
	if (pthread_create(&thread, NULL, run_in_thread, raise) == 0) {
		(void)pthread_detach(thread);
		return;
	}
	raise_free(raise);
	count_raise(keeper, -1);
}
