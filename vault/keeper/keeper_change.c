/* keeper_change.c - changes that ask no PIN: use, delete, confirm, a proven original. */
#include <time.h>

#include "vault/keeper/edit.h"
#include "vault/keeper/hold.h"
#include "vault/keeper/keeper_parts.h"

enum { CLOCKS_DIFFER_SECONDS = 24 * 60 * 60 };

/* Using the active one again moves nothing. */
static enum err make_active(struct keeper *keeper, struct record *record)
{
	const bool becomes_active = true;
	bool is_committed = false;
	struct edit edit = {.record = record,
			    .owner = index_owner(keeper->index, record->uid),
			    .is_active = &becomes_active,
			    .pace = LEDGER_MOVES};

	if (record->entry.is_active)
		return ERR_OK;
	TRY(keeper_count_move(keeper, record->uid));
	return edit_commit(keeper, &edit, &is_committed);
}

enum err keeper_use(struct keeper *keeper, uid_t owner, const struct digest *id,
		    struct entry *out_entry)
{
	struct record *record = NULL;

	TRY(keeper_refusal(keeper));

	AUTO_HELD(hold) hold = hold_take(&keeper->changing);
	TRY(keeper_find_record(keeper, owner, id, &record));
	TRY(make_active(keeper, record));
	return entry_copy(&record->entry, out_entry);
}

/* Deleted bytes leave the database now and its log with the checkpoint; a checkpoint that fails
 * is tried again with the next delete and at the end. */
static enum err drop(struct keeper *keeper, struct record *record)
{
	bool is_committed = false;
	enum err err = edit_drop(keeper, record, &is_committed);

	if (!is_committed)
		return err;
	keeper_end_logins(keeper, &record->id);
	record_free(record);
	keeper->ledger->must_checkpoint = true;
	ledger_tidy(keeper->ledger);
	return err;
}

enum err keeper_delete(struct keeper *keeper, uid_t owner, const struct digest *id,
		       struct entry *out_entry)
{
	AUTO_HELD(turn) turn = {0};
	AUTO_HELD(entry) entry = {0};
	struct record *record = NULL;

	TRY(keeper_refusal(keeper));
	turn_take(keeper->turns, owner, id, &turn);

	AUTO_HELD(hold) hold = hold_take(&keeper->changing);
	TRY(keeper_find_record(keeper, owner, id, &record));
	TRY(entry_copy(&record->entry, &entry));
	TRY(keeper_count_move(keeper, owner));
	TRY(drop(keeper, record));
	*out_entry = entry;
	entry = (struct entry){0};
	return ERR_OK;
}

/* Writes a changed meta row; such facts about the original need no move of the anchor. */
static enum err write_meta(struct keeper *keeper, struct record *record, const struct meta *meta,
			   struct entry *out_entry)
{
	bool is_committed = false;
	struct edit edit = {.record = record,
			    .owner = index_owner(keeper->index, record->uid),
			    .meta = meta,
			    .pace = LEDGER_STAYS};

	TRY(edit_commit(keeper, &edit, &is_committed));
	return entry_copy(&record->entry, out_entry);
}

enum err keeper_confirm(struct keeper *keeper, uid_t owner, const struct digest *id, int64_t at,
			struct entry *out_entry)
{
	AUTO_HELD(meta) meta = {0};
	struct record *record = NULL;

	TRY(keeper_refusal(keeper));

	AUTO_HELD(hold) hold = hold_take(&keeper->changing);
	TRY(keeper_find_record(keeper, owner, id, &record));
	TRY(keeper_read_meta(keeper, record, &meta));
	meta.confirmed_at = at;
	return write_meta(keeper, record, &meta, out_entry);
}

enum err keeper_check_proof(int64_t at, const char *where)
{
	if (at <= 0 || at > (int64_t)time(NULL) + CLOCKS_DIFFER_SECONDS || where[0] == '\0')
		return err_note(ERR_WIRE, "a proven original without place or time");
	return ERR_OK;
}

enum err keeper_original_proven(struct keeper *keeper, uid_t owner, const struct digest *id,
				const struct digest *file, int64_t at, const char *where,
				struct entry *out_entry)
{
	AUTO_HELD(meta) meta = {0};
	struct record *record = NULL;

	TRY(keeper_refusal(keeper));
	TRY(keeper_check_proof(at, where));

	AUTO_HELD(hold) hold = hold_take(&keeper->changing);
	TRY(keeper_find_record(keeper, owner, id, &record));
	TRY(keeper_read_meta(keeper, record, &meta));
	TRY(meta_add_proof(&meta, file, at, where));
	return write_meta(keeper, record, &meta, out_entry);
}
