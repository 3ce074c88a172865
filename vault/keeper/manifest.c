/* manifest.c - see manifest.h */
#include "vault/keeper/manifest.h"

#include <string.h>

#include "vault/keeper/labels.h"

enum { MANIFEST_SIZE_MAX = 512 };

void manifest_toggle(struct manifest *manifest, const struct keys *keys, const struct row_id *row,
		     const struct mark *mark)
{
	uint8_t input[1 + RECORD_ID_SIZE + 8 + TAG_SIZE];
	struct cursor cursor = cursor_to_write(input, sizeof input);
	struct row_id id = *row;
	struct mark copy = *mark;
	struct digest share;
	uint8_t kind = (uint8_t)row->kind;

	cursor_u8(&cursor, &kind);
	cursor_fixed(&cursor, id.record.bytes, RECORD_ID_SIZE);
	cursor_u64(&cursor, &copy.version);
	cursor_fixed(&cursor, copy.tag, TAG_SIZE);
	keyed_hash(keys_manifest(keys), NULL, LABEL_SET, input, sizeof input, share.bytes,
		   DIGEST_SIZE);
	for (size_t i = 0; i < DIGEST_SIZE; i++)
		manifest->set_hash.bytes[i] ^= share.bytes[i];
}

void anchor_step_draw(struct anchor_step *step)
{
	step->from = step->to;
	random_fill(step->token.bytes, DIGEST_SIZE);
	digest_of_two(step->from.bytes, DIGEST_SIZE, step->token.bytes, DIGEST_SIZE, &step->to);
}

void manifest_draw_move(struct manifest *manifest)
{
	anchor_step_draw(&manifest->anchor);
}

static void code_move(struct cursor *cursor, struct anchor_step *move)
{
	uint8_t kind = (uint8_t)move->kind;

	cursor_u8(cursor, &kind);
	cursor_u32(cursor, &move->nv_handle);
	cursor_digest(cursor, &move->from);
	cursor_digest(cursor, &move->token);
	cursor_digest(cursor, &move->to);
	move->kind = (enum anchor_kind)kind;
}

static void code(struct cursor *cursor, struct manifest *manifest)
{
	cursor_digest(cursor, &manifest->set_hash);
	cursor_u64(cursor, &manifest->row_count);
	code_move(cursor, &manifest->anchor);
	code_move(cursor, &manifest->next_anchor);
	cursor_u64(cursor, &manifest->audit_number);
	cursor_digest(cursor, &manifest->audit_hash);
}

enum err manifest_encode(const struct manifest *manifest, struct bytes *out_plain)
{
	uint8_t bytes[MANIFEST_SIZE_MAX];
	struct cursor cursor = cursor_to_write(bytes, sizeof bytes);
	struct manifest copy = *manifest;

	code(&cursor, &copy);
	TRY(cursor_end(&cursor));
	return bytes_copy(bytes, cursor.at, out_plain);
}

/* The last move must be one: a manifest cannot name an anchor that no token leads to. */
bool anchor_step_is_move(const struct anchor_step *move)
{
	struct digest reached;

	digest_of_two(move->from.bytes, DIGEST_SIZE, move->token.bytes, DIGEST_SIZE, &reached);
	return (move->kind == ANCHOR_FILE || move->kind == ANCHOR_NV) &&
	       digest_equal(&reached, &move->to);
}

enum err manifest_decode(const struct bytes *plain, struct manifest *out_manifest)
{
	struct cursor cursor = cursor_to_read(plain->data, plain->size);
	struct manifest manifest = {0};

	code(&cursor, &manifest);
	if (cursor_end(&cursor) != ERR_OK || !anchor_step_is_move(&manifest.anchor) ||
	    (unsigned)manifest.next_anchor.kind > ANCHOR_NV)
		return err_note(ERR_VAULT_DAMAGED, "the manifest makes no sense");
	*out_manifest = manifest;
	return ERR_OK;
}
