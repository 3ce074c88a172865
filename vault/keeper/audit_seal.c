/* audit_seal.c - see audit_seal.h */
#include "vault/keeper/audit_seal.h"

#include <sodium.h>
#include <string.h>

enum {
	NONCE_SIZE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	FRAME_TAG_SIZE = crypto_aead_xchacha20poly1305_ietf_ABYTES,
	CLEAR_SIZE = 4 + 1 + 2 + 8 + DIGEST_SIZE + NONCE_SIZE,
	PLAIN_SIZE = AUDIT_FRAME_SIZE - CLEAR_SIZE - FRAME_TAG_SIZE,
};

/* What a frame says in clear. */
struct clear {
	uint8_t kind;
	uint64_t number;
	struct digest previous;
	uint8_t nonce[NONCE_SIZE];
};

static void code_clear(struct cursor *cursor, struct clear *clear)
{
	uint16_t size = AUDIT_FRAME_SIZE;

	cursor_literal(cursor, "KLog", 4);
	cursor_u8(cursor, &clear->kind);
	cursor_u16(cursor, &size);
	cursor_u64(cursor, &clear->number);
	cursor_digest(cursor, &clear->previous);
	cursor_fixed(cursor, clear->nonce, NONCE_SIZE);
	if (size != AUDIT_FRAME_SIZE)
		cursor->bad = ERR_WIRE;
}

static void associate(const struct audit_sealer *sealer, const struct audit_frame *frame,
		      uint8_t out_data[VAULT_ID_SIZE + CLEAR_SIZE])
{
	memcpy(out_data, sealer->vault.bytes, VAULT_ID_SIZE);
	memcpy(out_data + VAULT_ID_SIZE, frame->bytes, CLEAR_SIZE);
}

static enum err seal(const struct audit_sealer *sealer, struct clear *clear,
		     const uint8_t plain[PLAIN_SIZE], struct audit_frame *out_frame)
{
	struct cursor cursor = cursor_to_write(out_frame->bytes, CLEAR_SIZE);
	uint8_t data[VAULT_ID_SIZE + CLEAR_SIZE];

	random_fill(clear->nonce, NONCE_SIZE);
	code_clear(&cursor, clear);
	TRY(cursor_end(&cursor));
	associate(sealer, out_frame, data);
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt(out_frame->bytes + CLEAR_SIZE, NULL, plain,
							 PLAIN_SIZE, data, sizeof data, NULL,
							 clear->nonce, keys_audit(sealer->keys));
	return ERR_OK;
}

static bool open_frame(const struct audit_sealer *sealer, const struct audit_frame *frame,
		       enum audit_frame_kind kind, struct clear *out_clear,
		       uint8_t out_plain[PLAIN_SIZE])
{
	struct cursor cursor = cursor_to_read(frame->bytes, CLEAR_SIZE);
	uint8_t data[VAULT_ID_SIZE + CLEAR_SIZE];

	code_clear(&cursor, out_clear);
	if (cursor_end(&cursor) != ERR_OK || out_clear->kind != kind)
		return false;
	associate(sealer, frame, data);
	return crypto_aead_xchacha20poly1305_ietf_decrypt(
		       out_plain, NULL, NULL, frame->bytes + CLEAR_SIZE,
		       PLAIN_SIZE + FRAME_TAG_SIZE, data, sizeof data, out_clear->nonce,
		       keys_audit(sealer->keys)) == 0;
}

/* The rest of the plaintext is zeros, and has to be. */
static bool is_padded(const uint8_t *plain, size_t from)
{
	return sodium_is_zero(plain + from, PLAIN_SIZE - from) == 1;
}

enum err audit_seal_entry(const struct audit_sealer *sealer, const struct digest *previous,
			  const struct audit_entry *entry, struct audit_frame *out_frame)
{
	struct clear clear = {
		.kind = AUDIT_FRAME_ENTRY, .number = entry->number, .previous = *previous};
	uint8_t plain[PLAIN_SIZE] = {0};
	struct cursor cursor = cursor_to_write(plain, sizeof plain);
	struct audit_entry copy = *entry;

	audit_entry_code(&cursor, &copy);
	if (cursor.bad != ERR_OK)
		return err_note(ERR_INTERNAL, "an entry of the log is larger than its frame");
	return seal(sealer, &clear, plain, out_frame);
}

bool audit_open_entry(const struct audit_sealer *sealer, const struct audit_frame *frame,
		      struct digest *out_previous, struct audit_entry *out_entry)
{
	uint8_t plain[PLAIN_SIZE] = {0};
	struct cursor cursor = cursor_to_read(plain, sizeof plain);
	struct audit_entry entry = {0};
	struct clear clear;

	if (!open_frame(sealer, frame, AUDIT_FRAME_ENTRY, &clear, plain))
		return false;
	audit_entry_code(&cursor, &entry);
	if (cursor.bad != ERR_OK || !is_padded(plain, cursor.at))
		return false;
	entry.number = clear.number;
	*out_previous = clear.previous;
	*out_entry = entry;
	return true;
}

enum err audit_seal_head(const struct audit_sealer *sealer, const struct audit_head *head,
			 struct audit_frame *out_frame)
{
	struct clear clear = {
		.kind = AUDIT_FRAME_HEAD, .number = head->first, .previous = head->previous};
	uint8_t plain[PLAIN_SIZE] = {0};
	struct cursor cursor = cursor_to_write(plain, sizeof plain);
	uint64_t oldest = head->oldest;

	cursor_u64(&cursor, &oldest);
	return seal(sealer, &clear, plain, out_frame);
}

bool audit_open_head(const struct audit_sealer *sealer, const struct audit_frame *frame,
		     struct audit_head *out_head)
{
	uint8_t plain[PLAIN_SIZE] = {0};
	struct cursor cursor = cursor_to_read(plain, sizeof plain);
	struct clear clear;
	uint64_t oldest;

	if (!open_frame(sealer, frame, AUDIT_FRAME_HEAD, &clear, plain))
		return false;
	cursor_u64(&cursor, &oldest);
	if (!is_padded(plain, cursor.at))
		return false;
	*out_head = (struct audit_head){
		.first = clear.number, .oldest = oldest, .previous = clear.previous};
	return true;
}

void audit_frame_hash(const struct audit_frame *frame, struct digest *out_hash)
{
	digest_of(frame->bytes, sizeof frame->bytes, out_hash);
}

bool audit_frame_is_empty(const struct audit_frame *frame)
{
	return sodium_is_zero(frame->bytes, sizeof frame->bytes) == 1;
}
