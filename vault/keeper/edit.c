/* edit.c - see edit.h */
#include "vault/keeper/edit.h"

#include <string.h>

#include "vault/keeper/hold.h"

static enum err put_meta(const struct keeper *keeper, const struct edit *edit,
			 struct change *change)
{
	AUTO_HELD(bytes) plain = {NULL, 0};
	struct row_id row = row_of(edit->record, ROW_META);

	TRY(meta_encode(edit->meta, &plain));
	return ledger_put(keeper->ledger, change, &row, edit->is_new ? NULL : &edit->record->meta,
			  &plain);
}

static enum err put_pin(const struct keeper *keeper, const struct edit *edit, struct change *change)
{
	AUTO_HELD(bytes) plain = {NULL, 0};
	struct row_id row = row_of(edit->record, ROW_PIN);

	TRY(pin_row_encode(edit->pin, &plain));
	return ledger_put(keeper->ledger, change, &row, edit->is_new ? NULL : &edit->record->pin,
			  &plain);
}

static enum err put_key(const struct keeper *keeper, const struct edit *edit, struct change *change)
{
	struct row_id row = row_of(edit->record, ROW_KEY);

	return ledger_put_under(keeper->ledger, change, &row,
				edit->is_new ? NULL : &edit->record->key, edit->kek, edit->key);
}

/* The owner's row as it will be when the record is active, is not, or stays as it is. */
static enum err put_owner(const struct keeper *keeper, const struct owner *owner,
			  const struct record *active, uint64_t next_number, struct change *change)
{
	AUTO_HELD(bytes) plain = {NULL, 0};
	struct row_id row = {ROW_OWNER, owner->row};
	struct owner_row content = {.uid = (uint32_t)owner->uid,
				    .next_number = next_number,
				    .has_active = active != NULL};

	if (active != NULL)
		content.active = active->id;
	TRY(owner_row_encode(&content, &plain));
	return ledger_put(keeper->ledger, change, &row,
			  owner->mark.version == 0 ? NULL : &owner->mark, &plain);
}

static struct record *active_after(const struct edit *edit)
{
	if (edit->is_active == NULL)
		return edit->owner->active;
	if (*edit->is_active)
		return edit->record;
	return edit->owner->active == edit->record ? NULL : edit->owner->active;
}

static uint64_t next_number_after(const struct edit *edit)
{
	return edit->is_new ? edit->meta->number + 1 : edit->owner->next_number;
}

static enum err fill_change(const struct keeper *keeper, const struct edit *edit,
			    struct change *change)
{
	if (edit->meta != NULL)
		TRY(put_meta(keeper, edit, change));
	if (edit->pin != NULL)
		TRY(put_pin(keeper, edit, change));
	if (edit->key != NULL)
		TRY(put_key(keeper, edit, change));
	if (edit->is_new || edit->is_active != NULL)
		TRY(put_owner(keeper, edit->owner, active_after(edit), next_number_after(edit),
			      change));
	return ERR_OK;
}

static void take_mark(struct mark *mark, const struct change *change, enum row_kind kind)
{
	const struct mark *after = change_after(change, kind);

	if (after != NULL)
		*mark = *after;
}

/* Memory follows the rows. */
static void apply(struct keeper *keeper, const struct edit *edit, const struct change *change,
		  struct packed_entry *packed)
{
	AUTO_HELD(hold) hold = hold_to_write(&keeper->reading);
	struct record *record = edit->record;
	struct record *active = active_after(edit);

	take_mark(&record->meta, change, ROW_META);
	take_mark(&record->pin, change, ROW_PIN);
	take_mark(&record->key, change, ROW_KEY);
	take_mark(&edit->owner->mark, change, ROW_OWNER);
	if (edit->meta != NULL)
		record_set_entry(record, packed);
	if (edit->pin != NULL) {
		record->entry.tries_left = edit->pin->tries_left;
		record->entry.pin_follows_rule = edit->pin->follows_rule;
	}
	edit->owner->next_number = next_number_after(edit);
	if (edit->is_new)
		index_add(keeper->index, edit->owner, record);
	if (edit->is_active != NULL)
		owner_set_active(edit->owner, active);
}

/* A meta row alone keeps what is known of the PIN. */
static enum err prepare_entry(const struct edit *edit, struct packed_entry *out_packed)
{
	struct pin_row known = {.tries_left = edit->record->entry.tries_left,
				.follows_rule = edit->record->entry.pin_follows_rule};

	if (edit->meta == NULL)
		return ERR_OK;
	return packed_entry_of(edit->meta, edit->pin != NULL ? edit->pin : &known, out_packed);
}

static enum err reserve(struct keeper *keeper, const struct edit *edit)
{
	AUTO_HELD(hold) hold = hold_to_write(&keeper->reading);

	return edit->is_new ? index_reserve(keeper->index, edit->owner) : ERR_OK;
}

enum err edit_commit(struct keeper *keeper, const struct edit *edit, bool *out_committed)
{
	AUTO_HELD(change) change = {0};
	AUTO_HELD(packed_entry) packed = {0};
	enum err err;

	*out_committed = false;
	TRY(prepare_entry(edit, &packed));
	TRY(reserve(keeper, edit));
	TRY(fill_change(keeper, edit, &change));
	err = ledger_commit(keeper->ledger, &change, edit->pace, out_committed);
	if (*out_committed)
		apply(keeper, edit, &change, &packed);
	return err;
}

static enum err fill_drop(const struct keeper *keeper, const struct owner *owner,
			  const struct record *record, struct change *change)
{
	struct row_id meta = row_of(record, ROW_META);
	struct row_id pin = row_of(record, ROW_PIN);
	struct row_id key = row_of(record, ROW_KEY);

	ledger_drop(change, &meta, &record->meta);
	ledger_drop(change, &pin, &record->pin);
	ledger_drop(change, &key, &record->key);
	if (owner->active == record)
		return put_owner(keeper, owner, NULL, owner->next_number, change);
	return ERR_OK;
}

enum err edit_drop(struct keeper *keeper, struct record *record, bool *out_committed)
{
	AUTO_HELD(change) change = {0};
	struct owner *owner = index_owner(keeper->index, record->uid);
	enum err err;

	*out_committed = false;
	TRY(fill_drop(keeper, owner, record, &change));
	err = ledger_commit(keeper->ledger, &change, LEDGER_MOVES, out_committed);
	if (*out_committed) {
		AUTO_HELD(hold) hold = hold_to_write(&keeper->reading);
		take_mark(&owner->mark, &change, ROW_OWNER);
		index_remove(keeper->index, owner, record);
	}
	return err;
}

enum err edit_new_pin(struct keeper *keeper, const struct stretch_slot *slot,
		      const struct record *record, const struct secret *pin, bool follows_rule,
		      uint8_t tries, struct pin_row *out_row, struct pin_halves *out_halves)
{
	AUTO(secret) stretched = NULL;
	struct pin_row row = {
		.cost = keeper->cost, .tries_left = tries, .follows_rule = follows_rule};
	struct seat seat = keeper_key_seat(keeper, record, record->key.version + 1);

	random_fill(row.salt, sizeof row.salt);
	TRY(stretch_pin(slot, pin, row.salt, &row.cost, &stretched));
	TRY(stretch_split(keeper->keys, &seat, stretched, out_halves));
	memcpy(row.commitment, out_halves->commitment, COMMITMENT_SIZE);
	*out_row = row;
	return ERR_OK;
}
