/* ledger.c - see ledger.h */
#include "vault/keeper/ledger.h"

#include <assert.h>
#include <stdlib.h>

static const struct row_id manifest_row = {.kind = ROW_MANIFEST};

void change_clear(struct change *change)
{
	for (size_t i = 0; i < change->count; i++)
		bytes_clear(&change->steps[i].sealed);
	*change = (struct change){0};
}

const struct mark *change_after(const struct change *change, enum row_kind kind)
{
	for (size_t i = 0; i < change->count; i++)
		if (change->steps[i].row.kind == kind && change->steps[i].is_there)
			return &change->steps[i].after;
	return NULL;
}

void ledger_free(struct ledger *ledger)
{
	if (ledger == NULL)
		return;
	store_free(ledger->store);
	free(ledger);
}

static struct seat seat_of(const struct ledger *ledger, const struct row_id *row, uint64_t version)
{
	return (struct seat){&ledger->vault, *row, version};
}

/* Takes the sealed bytes over. */
static enum err add_step(struct change *change, const struct row_id *row, const struct mark *before,
			 struct bytes *sealed)
{
	struct change_step *step = &change->steps[change->count];

	assert(change->count < CHANGE_STEPS_MAX);
	*step = (struct change_step){.row = *row, .was_there = before != NULL, .is_there = true};
	if (before != NULL)
		step->before = *before;
	TRY(seal_mark(row, sealed, &step->after));
	step->sealed = *sealed;
	*sealed = (struct bytes){NULL, 0};
	change->count++;
	return ERR_OK;
}

static enum err put_sealed(const struct ledger *ledger, struct change *change,
			   const struct row_id *row, const struct mark *before, const uint8_t *key,
			   const void *plain, size_t size)
{
	struct seat seat = seat_of(ledger, row, before == NULL ? 1 : before->version + 1);
	AUTO_HELD(bytes) sealed = {NULL, 0};
	uint8_t own_key[KEY_SIZE];
	enum err err;

	if (key == NULL)
		seal_key(ledger->keys, &seat, own_key);
	err = seal_close(&seat, key == NULL ? own_key : key, plain, size, &sealed);
	secret_wipe(own_key, sizeof own_key);
	TRY(err);
	return add_step(change, row, before, &sealed);
}

enum err ledger_put(const struct ledger *ledger, struct change *change, const struct row_id *row,
		    const struct mark *before, const struct bytes *plain)
{
	return put_sealed(ledger, change, row, before, NULL, plain->data, plain->size);
}

enum err ledger_put_under(const struct ledger *ledger, struct change *change,
			  const struct row_id *row, const struct mark *before,
			  const struct secret *key, const struct secret *plain)
{
	return put_sealed(ledger, change, row, before, secret_view(key), secret_view(plain),
			  secret_size(plain));
}

void ledger_drop(struct change *change, const struct row_id *row, const struct mark *before)
{
	assert(change->count < CHANGE_STEPS_MAX);
	change->steps[change->count++] =
		(struct change_step){.row = *row, .was_there = true, .before = *before};
}

static enum err read_any(struct ledger *ledger, const struct row_id *row, struct bytes *out_sealed,
			 struct mark *out_mark)
{
	TRY(store_read(ledger->store, row, out_sealed));
	return seal_mark(row, out_sealed, out_mark);
}

/* A commit whose sync failed lies in the log all the same, and a connection that was lost and made
 * anew finds it there. Then the vault is ahead of what we know, and the next start settles it. */
static enum err compare_manifest(struct ledger *ledger)
{
	AUTO_HELD(bytes) sealed = {NULL, 0};
	struct mark found;

	if (ledger->mark.version == 0)
		return ERR_OK;
	TRY(read_any(ledger, &manifest_row, &sealed, &found));
	return mark_equal(&found, &ledger->mark)
		       ? ERR_OK
		       : err_note(ERR_STATE_UNSETTLED, "the database holds another manifest");
}

enum err ledger_read(struct ledger *ledger, const struct row_id *row, const struct mark *mark,
		     struct bytes *out_sealed)
{
	AUTO_HELD(bytes) sealed = {NULL, 0};
	struct mark found;

	TRY(read_any(ledger, row, &sealed, &found));
	if (!mark_equal(&found, mark)) {
		TRY(compare_manifest(ledger));
		return err_note(ERR_VAULT_DAMAGED, "a row changed behind the vault's back");
	}
	*out_sealed = sealed;
	sealed = (struct bytes){NULL, 0};
	return ERR_OK;
}

enum err ledger_open_row(struct ledger *ledger, const struct row_id *row, const struct mark *mark,
			 struct bytes *out_plain)
{
	struct seat seat = seat_of(ledger, row, mark->version);
	AUTO_HELD(bytes) sealed = {NULL, 0};
	uint8_t key[KEY_SIZE];
	enum err err;

	TRY(ledger_read(ledger, row, mark, &sealed));
	seal_key(ledger->keys, &seat, key);
	err = seal_open(&seat, key, &sealed, out_plain);
	secret_wipe(key, sizeof key);
	return err;
}

enum err ledger_settle(struct ledger *ledger)
{
	const struct anchor_step *step = &ledger->manifest.anchor;
	enum anchor_answer answer = ANCHOR_UNWRITTEN;
	struct digest value;
	enum err err;

	if (ledger->is_settled)
		return ERR_OK;
	err = anchor_read(&ledger->anchor, &answer, &value);
	if (err != ERR_OK)
		return err == ERR_DISK ? ERR_STATE_UNSETTLED : err;
	if (digest_equal(&value, &step->to))
		err = anchor_confirm(&ledger->anchor, &value);
	else if (digest_equal(&value, &step->from))
		err = anchor_move(&ledger->anchor, &step->token, &step->to);
	else
		return err_note(ERR_ROLLED_BACK, "the anchor is not where the manifest left it");
	if (err != ERR_OK)
		return ERR_STATE_UNSETTLED;
	ledger->is_settled = true;
	return ERR_OK;
}

static void count_steps(const struct ledger *ledger, const struct change *change,
			struct manifest *manifest)
{
	for (size_t i = 0; i < change->count; i++) {
		const struct change_step *step = &change->steps[i];
		if (step->was_there)
			manifest_toggle(manifest, ledger->keys, &step->row, &step->before);
		if (step->is_there)
			manifest_toggle(manifest, ledger->keys, &step->row, &step->after);
		manifest->row_count += (uint64_t)step->is_there - (uint64_t)step->was_there;
	}
}

static enum err seal_manifest(const struct ledger *ledger, const struct manifest *manifest,
			      struct bytes *out_sealed)
{
	struct seat seat = seat_of(ledger, &manifest_row, ledger->mark.version + 1);
	AUTO_HELD(bytes) plain = {NULL, 0};
	uint8_t key[KEY_SIZE];
	enum err err;

	TRY(manifest_encode(manifest, &plain));
	seal_key(ledger->keys, &seat, key);
	err = seal_close(&seat, key, plain.data, plain.size, out_sealed);
	secret_wipe(key, sizeof key);
	return err;
}

/* The rows of the change and the manifest that counts them, in one transaction. */
static enum err write_rows(struct ledger *ledger, const struct change *change,
			   const struct manifest *manifest)
{
	struct row_change rows[CHANGE_STEPS_MAX + 1];
	AUTO_HELD(bytes) sealed = {NULL, 0};
	struct mark mark;

	TRY(compare_manifest(ledger));
	for (size_t i = 0; i < change->count; i++)
		rows[i] = (struct row_change){change->steps[i].row,
					      change->steps[i].is_there ? &change->steps[i].sealed
									: NULL};
	TRY(seal_manifest(ledger, manifest, &sealed));
	TRY(seal_mark(&manifest_row, &sealed, &mark));
	rows[change->count] = (struct row_change){manifest_row, &sealed};
	TRY(store_change(ledger->store, rows, change->count + 1));
	ledger->mark = mark;
	return ERR_OK;
}

static enum err move_anchor(struct ledger *ledger)
{
	const struct anchor_step *step = &ledger->manifest.anchor;

	ledger->is_settled = false;
	if (anchor_move(&ledger->anchor, &step->token, &step->to) != ERR_OK)
		return ERR_STATE_UNSETTLED;
	ledger->is_settled = true;
	return ERR_OK;
}

enum err ledger_name_next(struct ledger *ledger, const struct anchor_step *next_anchor)
{
	const struct change nothing = {0};
	struct manifest next;

	TRY(ledger_settle(ledger));
	next = ledger->manifest;
	next.next_anchor = *next_anchor;
	TRY(write_rows(ledger, &nothing, &next));
	ledger->manifest = next;
	return ERR_OK;
}

/* The log is on disk before the manifest says how far it goes. */
static enum err note_audit(struct ledger *ledger, struct manifest *manifest)
{
	struct audit_mark mark;

	if (ledger->audit == NULL)
		return ERR_OK;
	TRY(audit_log_sync(ledger->audit, &mark));
	manifest->audit_number = mark.number;
	manifest->audit_hash = mark.hash;
	return ERR_OK;
}

enum err ledger_commit(struct ledger *ledger, const struct change *change, enum ledger_pace pace,
		       bool *out_committed)
{
	struct manifest next;

	*out_committed = false;
	TRY(ledger_settle(ledger));
	next = ledger->manifest;
	TRY(note_audit(ledger, &next));
	count_steps(ledger, change, &next);
	if (pace == LEDGER_MOVES)
		manifest_draw_move(&next);
	TRY(write_rows(ledger, change, &next));
	ledger->manifest = next;
	*out_committed = true;
	return pace == LEDGER_MOVES ? move_anchor(ledger) : ERR_OK;
}

void ledger_tidy(struct ledger *ledger)
{
	if (ledger->must_checkpoint && store_checkpoint(ledger->store) == ERR_OK)
		ledger->must_checkpoint = false;
}
