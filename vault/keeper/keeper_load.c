/* keeper_load.c - every row once: opened, counted, compared with the manifest, kept as index.
 *
 * Rows come in no order. A certificate is whole when its three rows have come; an owner's active
 * one is resolved at the end.
 */
#include <stdlib.h>
#include <string.h>

#include "vault/keeper/keeper_parts.h"
#include "vault/keeper/table.h"

/* A record while its rows come in. */
struct found {
	struct record_id id;
	struct record *record; /* once its meta row has come */
	bool has_pin, has_key;
	struct mark pin, key;
	struct pin_row content;
	struct owner *active_of; /* whose active one it is; NULL: nobody's */
};

struct load {
	struct ledger *ledger;
	struct index *index;
	struct manifest counted; /* the set as it was found */
	struct bytes manifest;   /* sealed; empty: none has come */
	struct table founds;
};

static bool is_found(const void *item, const void *key)
{
	const struct found *found = item;

	return memcmp(found->id.bytes, key, RECORD_ID_SIZE) == 0;
}

static enum err need_found(struct load *load, const struct record_id *id, struct found **out_found)
{
	uint64_t hash = table_hash(&load->founds, id->bytes, RECORD_ID_SIZE);
	struct found *found = table_find(&load->founds, hash, is_found, id->bytes);

	if (found == NULL) {
		TRY(table_reserve(&load->founds));
		found = calloc(1, sizeof *found);
		if (found == NULL)
			return ERR_MEMORY;
		found->id = *id;
		table_add(&load->founds, hash, found);
	}
	*out_found = found;
	return ERR_OK;
}

static enum err doubled(void)
{
	return err_note(ERR_VAULT_DAMAGED, "a row is there twice");
}

static enum err open_plain(const struct ledger *ledger, const struct row_id *row,
			   const struct mark *mark, const struct bytes *sealed,
			   struct bytes *out_plain)
{
	struct seat seat = {&ledger->vault, *row, mark->version};
	uint8_t key[KEY_SIZE];
	enum err err;

	seal_key(ledger->keys, &seat, key);
	err = seal_open(&seat, key, sealed, out_plain);
	secret_wipe(key, sizeof key);
	return err;
}

/* The entry is packed when all rows are there; until then it has no PIN state. */
static enum err load_meta(struct load *load, const struct row_id *row, const struct mark *mark,
			  const struct bytes *plain)
{
	AUTO_HELD(meta) meta = {0};
	AUTO_HELD(packed_entry) packed = {0};
	const struct pin_row unknown = {0};
	struct found *found;

	TRY(need_found(load, &row->record, &found));
	if (found->record != NULL)
		return doubled();
	TRY(meta_decode(plain, &meta));
	TRY(packed_entry_of(&meta, &unknown, &packed));
	TRY(record_new(&row->record, (uid_t)meta.uid, &found->record));
	record_set_entry(found->record, &packed);
	found->record->meta = *mark;
	return ERR_OK;
}

static enum err load_pin(struct load *load, const struct row_id *row, const struct mark *mark,
			 const struct bytes *plain)
{
	struct found *found;

	TRY(need_found(load, &row->record, &found));
	if (found->has_pin)
		return doubled();
	TRY(pin_row_decode(plain, &found->content));
	found->has_pin = true;
	found->pin = *mark;
	return ERR_OK;
}

/* Only its PIN opens it: here it is counted. */
static enum err load_key(struct load *load, const struct row_id *row, const struct mark *mark)
{
	struct found *found;

	TRY(need_found(load, &row->record, &found));
	if (found->has_key)
		return doubled();
	found->has_key = true;
	found->key = *mark;
	return ERR_OK;
}

static enum err load_owner(struct load *load, const struct row_id *row, const struct mark *mark,
			   const struct bytes *plain)
{
	struct owner_row content;
	struct owner *owner;
	struct found *found;
	struct record_id expected;

	TRY(owner_row_decode(plain, &content));
	seal_owner_id(load->ledger->keys, content.uid, &expected);
	TRY(index_need_owner(load->index, (uid_t)content.uid, &owner));
	if (memcmp(expected.bytes, row->record.bytes, RECORD_ID_SIZE) != 0 ||
	    owner->mark.version != 0)
		return err_note(ERR_VAULT_DAMAGED, "an owner's row is not in its place");
	owner->row = row->record;
	owner->mark = *mark;
	owner->next_number = content.next_number;
	if (!content.has_active)
		return ERR_OK;
	TRY(need_found(load, &content.active, &found)); /* its own rows may come later */
	found->active_of = owner;
	return ERR_OK;
}

static enum err load_plain(struct load *load, const struct row_id *row, const struct mark *mark,
			   const struct bytes *sealed)
{
	AUTO_HELD(bytes) plain = {NULL, 0};

	TRY(open_plain(load->ledger, row, mark, sealed, &plain));
	if (row->kind == ROW_META)
		return load_meta(load, row, mark, &plain);
	if (row->kind == ROW_PIN)
		return load_pin(load, row, mark, &plain);
	return load_owner(load, row, mark, &plain);
}

static enum err load_row(const struct row_id *row, const struct bytes *sealed, void *context)
{
	struct load *load = context;
	struct mark mark;

	TRY(seal_mark(row, sealed, &mark));
	if (row->kind == ROW_MANIFEST)
		return load->manifest.size > 0
			       ? doubled()
			       : bytes_copy(sealed->data, sealed->size, &load->manifest);
	manifest_toggle(&load->counted, load->ledger->keys, row, &mark);
	load->counted.row_count++;
	return row->kind == ROW_KEY ? load_key(load, row, &mark)
				    : load_plain(load, row, &mark, sealed);
}

static enum err open_manifest(struct load *load)
{
	const struct row_id row = {.kind = ROW_MANIFEST};
	struct ledger *ledger = load->ledger;
	AUTO_HELD(bytes) plain = {NULL, 0};
	struct mark mark;

	TRY(seal_mark(&row, &load->manifest, &mark));
	TRY(open_plain(ledger, &row, &mark, &load->manifest, &plain));
	TRY(manifest_decode(&plain, &ledger->manifest));
	ledger->mark = mark;
	if (ledger->manifest.row_count != load->counted.row_count ||
	    !digest_equal(&ledger->manifest.set_hash, &load->counted.set_hash))
		return err_note(ERR_VAULT_DAMAGED, "the rows are not those of the manifest");
	return ERR_OK;
}

static enum err finish_record(struct load *load, struct found *found)
{
	struct record *record = found->record;
	struct owner *owner;

	if (record == NULL || !found->has_pin || !found->has_key)
		return err_note(ERR_VAULT_DAMAGED, "a certificate lacks a row");
	owner = index_owner(load->index, record->uid);
	if (owner == NULL || record->entry.number >= owner->next_number ||
	    index_find(load->index, record->uid, &record->entry.summary.id) != NULL ||
	    (found->active_of != NULL && found->active_of != owner))
		return err_note(ERR_VAULT_DAMAGED, "a certificate does not fit its owner");
	record->pin = found->pin;
	record->key = found->key;
	record->entry.tries_left = found->content.tries_left;
	record->entry.pin_follows_rule = found->content.follows_rule;
	TRY(index_reserve(load->index, owner));
	index_add(load->index, owner, TAKE(found->record));
	if (found->active_of != NULL)
		owner_set_active(owner, record);
	return ERR_OK;
}

static enum err finish(struct load *load)
{
	TRY(open_manifest(load));
	for (size_t i = 0; i < load->founds.capacity; i++)
		if (load->founds.slots[i].item != NULL)
			TRY(finish_record(load, load->founds.slots[i].item));
	return ERR_OK;
}

static void load_clear(struct load *load)
{
	for (size_t i = 0; i < load->founds.capacity; i++) {
		struct found *found = load->founds.slots[i].item;
		if (found != NULL)
			record_free(found->record);
		free(found);
	}
	table_clear(&load->founds);
	bytes_clear(&load->manifest);
}

enum err keeper_load(struct ledger *ledger, struct index *index, enum load_answer *out_answer)
{
	struct load load = {.ledger = ledger, .index = index};
	enum err err;

	table_init(&load.founds);
	err = store_each(ledger->store, load_row, &load);
	if (err == ERR_OK && load.manifest.size > 0) {
		*out_answer = LOAD_DONE;
		err = finish(&load);
	} else if (err == ERR_OK && load.counted.row_count == 0) {
		*out_answer = LOAD_EMPTY;
	} else if (err == ERR_OK) {
		err = err_note(ERR_VAULT_DAMAGED, "the manifest is gone");
	}
	load_clear(&load);
	return err;
}
