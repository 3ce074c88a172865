/* vault_key.c - see vault_key.h */
#include "vault/keeper/vault_key.h"

#include <string.h>
#include <sys/stat.h>

#include <sodium.h>

#include "vault/base/file.h"
#include "vault/keeper/labels.h"

enum { FILE_SIZE_MAX = 16 * 1024, NONCE_SIZE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES };

void vault_key_clear(struct vault_key_file *file)
{
	bytes_clear(&file->head.sealed_tpm);
	bytes_clear(&file->head.srk_name);
	*file = (struct vault_key_file){0};
}

/* Numbers out of their range spoil nothing here: vault_key_read looks at them. */
static void code_head(struct cursor *cursor, struct vault_key_head *head)
{
	uint8_t format = 1;
	uint8_t binding = (uint8_t)head->binding;
	uint8_t anchor = (uint8_t)head->anchor;

	cursor_literal(cursor, "KinkoKey", 8);
	cursor_literal(cursor, &format, 1);
	cursor_u8(cursor, &binding);
	cursor_fixed(cursor, head->vault.bytes, VAULT_ID_SIZE);
	cursor_u8(cursor, &anchor);
	cursor_u32(cursor, &head->nv_handle);
	cursor_bytes(cursor, &head->sealed_tpm, TPM_BLOB_SIZE_MAX);
	cursor_bytes(cursor, &head->srk_name, TPM_BLOB_SIZE_MAX);
	cursor_digest(cursor, &head->srk_mac);
	hwid_code(cursor, &head->hwid);
	cursor_fixed(cursor, head->host_check, HOST_CHECK_SIZE);
	head->binding = (enum vault_binding)binding;
	head->anchor = (enum anchor_kind)anchor;
}

/* Our own lengths are loaned to the cursor, which takes a struct it may fill. */
static enum err encode_head(const struct vault_key_head *head, uint8_t *bytes, size_t capacity,
			    size_t *out_size)
{
	struct vault_key_head loan = *head;
	struct cursor cursor = cursor_to_write(bytes, capacity);

	code_head(&cursor, &loan);
	*out_size = cursor.at;
	return cursor_end(&cursor);
}

static enum err check_checksum(const struct bytes *bytes)
{
	struct digest sum;

	if (bytes->size < DIGEST_SIZE)
		return err_note(ERR_VAULT_DAMAGED, "vault.key is too short");
	digest_of(bytes->data, bytes->size - DIGEST_SIZE, &sum);
	return memcmp(sum.bytes, bytes->data + bytes->size - DIGEST_SIZE, DIGEST_SIZE) == 0
		       ? ERR_OK
		       : err_note(ERR_VAULT_DAMAGED, "the checksum of vault.key is wrong");
}

static enum err decode(const struct bytes *bytes, struct vault_key_file *file)
{
	struct cursor cursor = cursor_to_read(bytes->data, bytes->size - DIGEST_SIZE);
	enum err err;

	code_head(&cursor, &file->head);
	cursor_fixed(&cursor, file->wrapped, WRAPPED_SIZE);
	err = cursor_end(&cursor);
	if (err == ERR_WIRE || (unsigned)file->head.binding > VAULT_BINDING_TPM ||
	    (unsigned)file->head.anchor > ANCHOR_NV || file->head.anchor == ANCHOR_NONE)
		return err_note(ERR_VAULT_DAMAGED, "vault.key is not of a known format");
	return err;
}

enum err vault_key_read(int folder, struct vault_key_file *out_file)
{
	AUTO_HELD(bytes) bytes = {NULL, 0};
	AUTO_HELD(vault_key_file) file = {0};
	enum file_answer answer = FILE_ABSENT;
	enum err err = file_read(folder, VAULT_KEY_NAME, FILE_SIZE_MAX, &answer, &bytes);

	/* A link, a folder or an unreadable file in its place is damage like any other. */
	if (err == ERR_DISK)
		return ERR_VAULT_DAMAGED;
	TRY(err);
	if (answer == FILE_ABSENT)
		return err_note(ERR_VAULT_INCOMPLETE, "vault.key is missing");
	TRY(check_checksum(&bytes));
	TRY(decode(&bytes, &file));
	*out_file = file;
	file = (struct vault_key_file){0};
	return ERR_OK;
}

enum err vault_key_write(int folder, const struct vault_key_file *file)
{
	uint8_t bytes[FILE_SIZE_MAX];
	struct digest sum;
	size_t size = 0;

	TRY(encode_head(&file->head, bytes, sizeof bytes - WRAPPED_SIZE - DIGEST_SIZE, &size));
	memcpy(bytes + size, file->wrapped, WRAPPED_SIZE);
	size += WRAPPED_SIZE;
	digest_of(bytes, size, &sum);
	memcpy(bytes + size, sum.bytes, DIGEST_SIZE);
	return file_replace(folder, VAULT_KEY_NAME, S_IRUSR | S_IWUSR, bytes, size + DIGEST_SIZE);
}

void vault_key_host_check(const uint8_t host_key[KEY_SIZE], const struct vault_id *vault,
			  uint8_t out_check[HOST_CHECK_SIZE])
{
	keyed_hash(host_key, NULL, LABEL_HOST_CHECK, vault->bytes, VAULT_ID_SIZE, out_check,
		   HOST_CHECK_SIZE);
}

enum err vault_key_wrap(struct vault_key_file *file, const struct secret *master,
			const struct secret *key)
{
	uint8_t bound[FILE_SIZE_MAX];
	size_t size = 0;

	TRY(encode_head(&file->head, bound, sizeof bound, &size));
	random_fill(file->wrapped, NONCE_SIZE);
	if (crypto_aead_xchacha20poly1305_ietf_encrypt(
		    file->wrapped + NONCE_SIZE, NULL, secret_view(key), KEY_SIZE, bound, size, NULL,
		    file->wrapped, secret_view(master)) != 0)
		return err_note(ERR_INTERNAL, "the vault key could not be wrapped");
	return ERR_OK;
}

enum err vault_key_unwrap(const struct vault_key_file *file, const struct secret *master,
			  struct secret **out_key)
{
	uint8_t bound[FILE_SIZE_MAX];
	AUTO(secret) key = NULL;
	size_t size = 0;

	TRY(encode_head(&file->head, bound, sizeof bound, &size));
	TRY(secret_new(KEY_SIZE, &key));
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(secret_bytes(key), NULL, NULL,
						       file->wrapped + NONCE_SIZE,
						       WRAPPED_SIZE - NONCE_SIZE, bound, size,
						       file->wrapped, secret_view(master)) != 0)
		return err_note(ERR_VAULT_DAMAGED, "the vault key does not open");
	*out_key = TAKE(key);
	return ERR_OK;
}
