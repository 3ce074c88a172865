/* seal.c - see seal.h */
#include "vault/keeper/seal.h"

#include <string.h>

#include <sodium.h>

#include "vault/base/cursor.h"
#include "vault/keeper/labels.h"

enum {
	NONCE_SIZE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	FORMAT = 1,
	CLEAR_SIZE = 4 + 1 + RECORD_ID_SIZE + 8,
	OVERHEAD = CLEAR_SIZE + NONCE_SIZE + TAG_SIZE,
	BOUND_SIZE = VAULT_ID_SIZE + 1 + CLEAR_SIZE, /* associated data */
};

_Static_assert((int)TAG_SIZE == (int)crypto_aead_xchacha20poly1305_ietf_ABYTES, "full tag only");
_Static_assert((int)KEY_SIZE == (int)crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "one key size");

/* Plaintexts are padded to a multiple of this (ISO/IEC 7816-4), so that a length says little:
 * nothing of a manifest, a PIN or an owner, the rough size of a certificate. */
static const uint16_t pad_block[ROW_KIND_COUNT] = {
	[ROW_MANIFEST] = 512, [ROW_META] = 1024, [ROW_PIN] = 128,
	[ROW_KEY] = 1024,     [ROW_OWNER] = 64,
};

static void code_clear(struct cursor *cursor, struct record_id *record, uint64_t *version)
{
	uint8_t format = FORMAT;

	cursor_literal(cursor, "KNKO", 4);
	cursor_literal(cursor, &format, 1);
	cursor_fixed(cursor, record->bytes, RECORD_ID_SIZE);
	cursor_u64(cursor, version);
}

static void bound_of(const struct seat *seat, uint8_t out_bound[BOUND_SIZE])
{
	struct cursor cursor = cursor_to_write(out_bound + VAULT_ID_SIZE + 1, CLEAR_SIZE);
	struct record_id record = seat->row.record;
	uint64_t version = seat->version;

	memcpy(out_bound, seat->vault->bytes, VAULT_ID_SIZE);
	out_bound[VAULT_ID_SIZE] = (uint8_t)seat->row.kind;
	code_clear(&cursor, &record, &version);
}

void seal_key(const struct keys *keys, const struct seat *seat, uint8_t out_key[KEY_SIZE])
{
	uint8_t input[1 + RECORD_ID_SIZE + 8];
	struct cursor cursor = cursor_to_write(input, sizeof input);
	uint8_t kind = (uint8_t)seat->row.kind;
	struct record_id record = seat->row.record;
	uint64_t version = seat->version;

	cursor_u8(&cursor, &kind);
	cursor_fixed(&cursor, record.bytes, RECORD_ID_SIZE);
	cursor_u64(&cursor, &version);
	keyed_hash(keys_records(keys), NULL, LABEL_ROW, input, sizeof input, out_key, KEY_SIZE);
}

void seal_owner_id(const struct keys *keys, uint32_t uid, struct record_id *out_id)
{
	uint8_t input[4];
	struct cursor cursor = cursor_to_write(input, sizeof input);

	cursor_u32(&cursor, &uid);
	keyed_hash(keys_records(keys), NULL, LABEL_OWNER_ID, input, sizeof input, out_id->bytes,
		   RECORD_ID_SIZE);
}

/* The padded copy may hold a private key, so it stands in secret memory. */
static enum err pad(const void *plain, size_t size, size_t block, struct secret **out_padded)
{
	size_t padded_size = (size / block + 1) * block;

	TRY(secret_new(padded_size, out_padded));
	if (size > 0)
		memcpy(secret_bytes(*out_padded), plain, size);
	secret_bytes(*out_padded)[size] = 0x80;
	return ERR_OK;
}

enum err seal_close(const struct seat *seat, const uint8_t key[KEY_SIZE], const void *plain,
		    size_t size, struct bytes *out_sealed)
{
	AUTO(secret) padded = NULL;
	AUTO_HELD(bytes) sealed = {NULL, 0};
	uint8_t bound[BOUND_SIZE];
	uint8_t *nonce;

	if (size > ROW_SIZE_MAX - OVERHEAD - 1024)
		return err_note(ERR_INTERNAL, "a row would be too large");
	TRY(pad(plain, size, pad_block[seat->row.kind], &padded));
	TRY(bytes_zeroed(secret_size(padded) + OVERHEAD, &sealed));
	bound_of(seat, bound);
	memcpy(sealed.data, bound + VAULT_ID_SIZE + 1, CLEAR_SIZE);
	nonce = sealed.data + CLEAR_SIZE;
	random_fill(nonce, NONCE_SIZE);
	if (crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + NONCE_SIZE, NULL,
						       secret_view(padded), secret_size(padded),
						       bound, sizeof bound, NULL, nonce, key) != 0)
		return err_note(ERR_INTERNAL, "a row could not be sealed");
	*out_sealed = sealed;
	sealed = (struct bytes){NULL, 0};
	return ERR_OK;
}

static enum err damaged(const struct row_id *row)
{
	static const char *const names[] = {"manifest", "meta", "PIN", "key", "owner"};

	return err_note(ERR_VAULT_DAMAGED, "a %s row does not open", names[row->kind]);
}

static size_t padded_size_of(const struct bytes *sealed)
{
	return sealed->size < OVERHEAD ? 0 : sealed->size - OVERHEAD;
}

/* Into `padded`, which holds padded_size_of(sealed) bytes. */
static enum err open_padded(const struct seat *seat, const uint8_t key[KEY_SIZE],
			    const struct bytes *sealed, uint8_t *padded)
{
	uint8_t bound[BOUND_SIZE];
	const uint8_t *nonce;

	bound_of(seat, bound);
	if (memcmp(sealed->data, bound + VAULT_ID_SIZE + 1, CLEAR_SIZE) != 0)
		return damaged(&seat->row);
	nonce = sealed->data + CLEAR_SIZE;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(padded, NULL, NULL, nonce + NONCE_SIZE,
						       padded_size_of(sealed) + TAG_SIZE, bound,
						       sizeof bound, nonce, key) != 0)
		return damaged(&seat->row);
	return ERR_OK;
}

static bool has_a_possible_size(const struct seat *seat, const struct bytes *sealed)
{
	size_t size = padded_size_of(sealed);

	return size > 0 && size % pad_block[seat->row.kind] == 0;
}

static enum err unpadded_size(const struct seat *seat, const uint8_t *padded, size_t padded_size,
			      size_t *out_size)
{
	return sodium_unpad(out_size, padded, padded_size, pad_block[seat->row.kind]) != 0
		       ? damaged(&seat->row)
		       : ERR_OK;
}

enum err seal_open(const struct seat *seat, const uint8_t key[KEY_SIZE], const struct bytes *sealed,
		   struct bytes *out_plain)
{
	AUTO_HELD(bytes) padded = {NULL, 0};

	if (!has_a_possible_size(seat, sealed))
		return damaged(&seat->row);
	TRY(bytes_zeroed(padded_size_of(sealed), &padded));
	TRY(open_padded(seat, key, sealed, padded.data));
	TRY(unpadded_size(seat, padded.data, padded.size, &padded.size));
	*out_plain = padded;
	padded = (struct bytes){NULL, 0};
	return ERR_OK;
}

enum err seal_open_secret(const struct seat *seat, const uint8_t key[KEY_SIZE],
			  const struct bytes *sealed, struct secret **out_plain)
{
	AUTO(secret) padded = NULL;
	AUTO(secret) plain = NULL;
	size_t size = 0;

	if (!has_a_possible_size(seat, sealed))
		return damaged(&seat->row);
	TRY(secret_new(padded_size_of(sealed), &padded));
	TRY(open_padded(seat, key, sealed, secret_bytes(padded)));
	TRY(unpadded_size(seat, secret_view(padded), secret_size(padded), &size));
	TRY(secret_new(size, &plain));
	if (size > 0)
		memcpy(secret_bytes(plain), secret_view(padded), size);
	*out_plain = TAKE(plain);
	return ERR_OK;
}

enum err seal_mark(const struct row_id *row, const struct bytes *sealed, struct mark *out_mark)
{
	struct cursor cursor = cursor_to_read(sealed->data, sealed->size);
	struct record_id record;
	struct mark mark = {0};

	code_clear(&cursor, &record, &mark.version);
	if (cursor.bad != ERR_OK || sealed->size <= OVERHEAD ||
	    memcmp(record.bytes, row->record.bytes, RECORD_ID_SIZE) != 0)
		return damaged(row);
	memcpy(mark.tag, sealed->data + sealed->size - TAG_SIZE, TAG_SIZE);
	*out_mark = mark;
	return ERR_OK;
}

bool mark_equal(const struct mark *a, const struct mark *b)
{
	return a->version == b->version && memcmp(a->tag, b->tag, TAG_SIZE) == 0;
}
