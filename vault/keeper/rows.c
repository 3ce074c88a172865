/* rows.c - see rows.h */
#include "vault/keeper/rows.h"

#include <stdlib.h>
#include <string.h>

#include "vault/base/cursor.h"
#include "vault/base/utf8.h"

/* Room for all but the certificates, each of which has a size before it. */
enum { META_TEXTS_SIZE_MAX = 32 * 1024, BYTES_HEAD_SIZE = 4 };

void meta_clear(struct meta *meta)
{
	free(meta->label);
	summary_clear(&meta->summary);
	for (size_t i = 0; i < PROOFS_MAX; i++)
		free(meta->proofs[i].where);
	bytes_clear(&meta->certificate);
	bytes_list_clear(&meta->chain);
	*meta = (struct meta){0};
}

static void code_proofs(struct cursor *cursor, struct meta *meta)
{
	uint8_t count = meta->proof_count;

	cursor_u8(cursor, &count);
	if (count > PROOFS_MAX)
		cursor->bad = ERR_WIRE;
	for (size_t i = 0; cursor->bad == ERR_OK && i < count; i++) {
		cursor_digest(cursor, &meta->proofs[i].file);
		cursor_i64(cursor, &meta->proofs[i].verified_at);
		cursor_text(cursor, &meta->proofs[i].where, ENTRY_WHERE_MAX);
	}
	meta->proof_count = count;
}

static void code_meta(struct cursor *cursor, struct meta *meta)
{
	cursor_u32(cursor, &meta->uid);
	cursor_u64(cursor, &meta->number);
	cursor_text(cursor, &meta->label, ENTRY_LABEL_MAX);
	summary_code(cursor, &meta->summary);
	cursor_i64(cursor, &meta->confirmed_at);
	code_proofs(cursor, meta);
	cursor_bytes(cursor, &meta->certificate, CERTIFICATE_SIZE_MAX);
	cursor_bytes_list(cursor, &meta->chain, CERTIFICATE_SIZE_MAX);
}

static enum err unreadable(enum err err)
{
	return err == ERR_WIRE ? err_note(ERR_VAULT_DAMAGED, "a row makes no sense inside") : err;
}

static size_t meta_size_max(const struct meta *meta)
{
	size_t size = META_TEXTS_SIZE_MAX + BYTES_HEAD_SIZE + meta->certificate.size;

	for (size_t i = 0; i < meta->chain.count; i++)
		size += BYTES_HEAD_SIZE + meta->chain.items[i].size;
	return size;
}

enum err meta_encode(const struct meta *meta, struct bytes *out_plain)
{
	AUTO_HELD(bytes) room = {NULL, 0};
	struct meta loan = *meta;
	struct cursor cursor;

	TRY(bytes_zeroed(meta_size_max(meta), &room));
	cursor = cursor_to_write(room.data, room.size);
	code_meta(&cursor, &loan);
	TRY(cursor_end(&cursor));
	return bytes_copy(room.data, cursor.at, out_plain);
}

enum err meta_decode(const struct bytes *plain, struct meta *out_meta)
{
	AUTO_HELD(meta) meta = {0};
	struct cursor cursor = cursor_to_read(plain->data, plain->size);

	code_meta(&cursor, &meta);
	TRY(unreadable(cursor_end(&cursor)));
	*out_meta = meta;
	meta = (struct meta){0};
	return ERR_OK;
}

static void code_pin(struct cursor *cursor, struct pin_row *row)
{
	cursor_fixed(cursor, row->salt, SALT_SIZE);
	cursor_u64(cursor, &row->cost.memory_bytes);
	cursor_u32(cursor, &row->cost.passes);
	cursor_fixed(cursor, row->commitment, COMMITMENT_SIZE);
	cursor_u8(cursor, &row->tries_left);
	cursor_bool(cursor, &row->follows_rule);
}

enum err pin_row_encode(const struct pin_row *row, struct bytes *out_plain)
{
	uint8_t bytes[128];
	struct pin_row copy = *row;
	struct cursor cursor = cursor_to_write(bytes, sizeof bytes);

	code_pin(&cursor, &copy);
	TRY(cursor_end(&cursor));
	return bytes_copy(bytes, cursor.at, out_plain);
}

enum err pin_row_decode(const struct bytes *plain, struct pin_row *out_row)
{
	struct pin_row row = {0};
	struct cursor cursor = cursor_to_read(plain->data, plain->size);

	code_pin(&cursor, &row);
	TRY(unreadable(cursor_end(&cursor)));
	*out_row = row;
	return ERR_OK;
}

static void code_owner(struct cursor *cursor, struct owner_row *row)
{
	cursor_u32(cursor, &row->uid);
	cursor_u64(cursor, &row->next_number);
	cursor_bool(cursor, &row->has_active);
	cursor_fixed(cursor, row->active.bytes, RECORD_ID_SIZE);
}

enum err owner_row_encode(const struct owner_row *row, struct bytes *out_plain)
{
	uint8_t bytes[64];
	struct owner_row copy = *row;
	struct cursor cursor = cursor_to_write(bytes, sizeof bytes);

	code_owner(&cursor, &copy);
	TRY(cursor_end(&cursor));
	return bytes_copy(bytes, cursor.at, out_plain);
}

enum err owner_row_decode(const struct bytes *plain, struct owner_row *out_row)
{
	struct owner_row row = {0};
	struct cursor cursor = cursor_to_read(plain->data, plain->size);

	code_owner(&cursor, &row);
	TRY(unreadable(cursor_end(&cursor)));
	*out_row = row;
	return ERR_OK;
}

/* Drops the proof at `at` and closes the gap. */
static void drop_proof(struct meta *meta, size_t at)
{
	free(meta->proofs[at].where);
	for (size_t i = at + 1; i < meta->proof_count; i++)
		meta->proofs[i - 1] = meta->proofs[i];
	meta->proof_count--;
	meta->proofs[meta->proof_count] = (struct proof){0};
}

enum err meta_add_proof(struct meta *meta, const struct digest *file, int64_t at, const char *where)
{
	size_t size =
		utf8_cut(where, ENTRY_WHERE_MAX < strlen(where) ? ENTRY_WHERE_MAX : strlen(where));
	char *copy = strndup(where, size);

	if (copy == NULL)
		return ERR_MEMORY;
	for (size_t i = meta->proof_count; i > 0; i--)
		if (digest_equal(&meta->proofs[i - 1].file, file) &&
		    strcmp(meta->proofs[i - 1].where, copy) == 0)
			drop_proof(meta, i - 1);
	if (meta->proof_count == PROOFS_MAX)
		drop_proof(meta, 0);
	meta->proofs[meta->proof_count++] = (struct proof){*file, at, copy};
	return ERR_OK;
}
