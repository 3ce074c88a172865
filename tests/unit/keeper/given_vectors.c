/* given_vectors.c - see given_vectors.h */
#include "tests/unit/keeper/given_vectors.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "tests/unit/keeper/given.h"
#include "vault/base/file.h"
#include "vault/keeper/seal.h"

void vectors_fill(uint8_t *bytes, size_t size, uint8_t first)
{
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(first + i);
}

struct secret *vectors_host_key(void)
{
	struct secret *key = NULL;

	assert_int_equal(secret_new(KEY_SIZE, &key), ERR_OK);
	vectors_fill(secret_bytes(key), KEY_SIZE, 1);
	return key;
}

static void print_hex(FILE *file, const void *bytes, size_t size)
{
	const uint8_t *next = bytes;

	for (size_t i = 0; i < size; i++)
		(void)fprintf(file, "%02x", next[i]);
	if (size == 0)
		(void)fprintf(file, "-");
}

struct maker {
	FILE *file;
	struct keys *keys;
	struct vault_id vault;
	struct seat seat;
	uint8_t key[KEY_SIZE];
};

/* One line: what the reader is told (kind, record, version), the bytes, and what they say. */
static void print_row(struct maker *maker, const char *why, const struct seat *told,
		      const struct bytes *sealed, const struct bytes *plain)
{
	(void)fprintf(maker->file, "row %s %s %u ", plain != NULL ? "accept" : "refuse", why,
		      (unsigned)told->row.kind);
	print_hex(maker->file, told->row.record.bytes, RECORD_ID_SIZE);
	(void)fprintf(maker->file, " %llu ", (unsigned long long)told->version);
	print_hex(maker->file, sealed->data, sealed->size);
	(void)fputc(' ', maker->file);
	print_hex(maker->file, plain == NULL ? NULL : plain->data, plain == NULL ? 0 : plain->size);
	(void)fputc('\n', maker->file);
}

/* A well-sealed row whose padding is as given: only its inside is wrong. */
static void print_padded(struct maker *maker, const char *why, const uint8_t *padded, size_t size)
{
	AUTO_HELD(bytes) plain = {NULL, 0};
	AUTO_HELD(bytes) sealed = {NULL, 0};
	AUTO_HELD(bytes) bound = {NULL, 0};
	enum { CLEAR = 29, NONCE = 24 };

	/* Its header is that of a proper row; its ciphertext is made anew. */
	assert_int_equal(bytes_copy("x", 1, &plain), ERR_OK);
	assert_int_equal(seal_close(&maker->seat, maker->key, plain.data, 1, &sealed), ERR_OK);
	assert_int_equal(bytes_zeroed(VAULT_ID_SIZE + 1 + CLEAR, &bound), ERR_OK);
	memcpy(bound.data, maker->vault.bytes, VAULT_ID_SIZE);
	bound.data[VAULT_ID_SIZE] = (uint8_t)maker->seat.row.kind;
	memcpy(bound.data + VAULT_ID_SIZE + 1, sealed.data, CLEAR);
	AUTO_HELD(bytes) made = {NULL, 0};
	assert_int_equal(bytes_zeroed(CLEAR + NONCE + size + TAG_SIZE, &made), ERR_OK);
	memcpy(made.data, sealed.data, CLEAR + NONCE);
	assert_int_equal(crypto_aead_xchacha20poly1305_ietf_encrypt(
				 made.data + CLEAR + NONCE, NULL, padded, size, bound.data,
				 bound.size, NULL, made.data + CLEAR, maker->key),
			 0);
	print_row(maker, why, &maker->seat, &made, NULL);
}

static void print_wrong_padding(struct maker *maker)
{
	uint8_t padded[256] = {0};

	print_padded(maker, "padding-all-zero", padded, 128);
	memset(padded, 0xFF, sizeof padded);
	print_padded(maker, "padding-not-begun", padded, 128);
	padded[100] = 0x80;
	memset(padded + 101, 0, sizeof padded - 101);
	print_padded(maker, "padding-longer-than-a-block", padded, 256);
	print_padded(maker, "padding-of-half-a-block", padded, 192);
	print_padded(maker, "nothing-inside", padded, 0);
}

static void print_told_wrong(struct maker *maker, const struct bytes *sealed)
{
	struct seat told = maker->seat;

	told.row.kind = ROW_KEY;
	print_row(maker, "told-another-kind", &told, sealed, NULL);
	told = maker->seat;
	told.version++;
	print_row(maker, "told-another-version", &told, sealed, NULL);
	told = maker->seat;
	told.row.record.bytes[3] ^= 1;
	print_row(maker, "told-another-record", &told, sealed, NULL);
}

static void print_damage(struct maker *maker, const struct bytes *sealed)
{
	static const size_t cuts[] = {1, 4, 8, 12, 16, 128};
	AUTO_HELD(bytes) copy = {NULL, 0};

	assert_int_equal(bytes_copy(sealed->data, sealed->size, &copy), ERR_OK);
	for (size_t i = 0; i < copy.size; i++) {
		copy.data[i] ^= (uint8_t)(1U << (i % 8));
		print_row(maker, "one-bit", &maker->seat, &copy, NULL);
		copy.data[i] ^= (uint8_t)(1U << (i % 8));
	}
	for (size_t i = 0; i < COUNT_OF(cuts); i++) {
		struct bytes cut = {copy.data, copy.size - cuts[i]};
		print_row(maker, "cut", &maker->seat, &cut, NULL);
	}
}

static void make_rows(const char *folder)
{
	char path[256];
	struct maker maker = {0};
	AUTO(secret) vault_key = NULL;
	static const size_t sizes[] = {1, 62, 127, 128, 200};

	(void)snprintf(path, sizeof path, "%s/%s", folder, VECTORS_ROWS);
	maker.file = fopen(path, "w");
	assert_non_null(maker.file);
	assert_int_equal(secret_new(KEY_SIZE, &vault_key), ERR_OK);
	vectors_fill(secret_bytes(vault_key), KEY_SIZE, 101);
	vectors_fill(maker.vault.bytes, VAULT_ID_SIZE, 201);
	(void)fprintf(maker.file, "# row VERDICT WHY KIND RECORD VERSION SEALED PLAIN\nvault_key ");
	print_hex(maker.file, secret_view(vault_key), KEY_SIZE);
	(void)fprintf(maker.file, "\nvault_id ");
	print_hex(maker.file, maker.vault.bytes, VAULT_ID_SIZE);
	(void)fputc('\n', maker.file);
	assert_int_equal(keys_of(vault_key, &maker.keys), ERR_OK);
	for (int kind = 0; kind < ROW_KIND_COUNT; kind++)
		for (size_t i = 0; i < COUNT_OF(sizes); i++) {
			AUTO_HELD(bytes) plain = {NULL, 0};
			AUTO_HELD(bytes) sealed = {NULL, 0};
			maker.seat = (struct seat){
				&maker.vault, {(enum row_kind)kind, {{(uint8_t)i, 9}}}, i * i + 1};
			seal_key(maker.keys, &maker.seat, maker.key);
			assert_int_equal(bytes_zeroed(sizes[i], &plain), ERR_OK);
			vectors_fill(plain.data, plain.size, (uint8_t)kind);
			assert_int_equal(
				seal_close(&maker.seat, maker.key, plain.data, plain.size, &sealed),
				ERR_OK);
			print_row(&maker, "proper", &maker.seat, &sealed, &plain);
		}
	AUTO_HELD(bytes) sealed = {NULL, 0};
	maker.seat = (struct seat){&maker.vault, {ROW_PIN, {{7, 7, 7}}}, 3};
	seal_key(maker.keys, &maker.seat, maker.key);
	assert_int_equal(seal_close(&maker.seat, maker.key, "a PIN row", 9, &sealed), ERR_OK);
	print_told_wrong(&maker, &sealed);
	print_damage(&maker, &sealed);
	print_wrong_padding(&maker);
	keys_free(maker.keys);
	assert_int_equal(fclose(maker.file), 0);
}

static void expect(FILE *file, const char *name, const void *bytes, size_t size)
{
	(void)fprintf(file, "%s ", name);
	print_hex(file, bytes, size);
	(void)fputc('\n', file);
}

static void import_sample(struct keeper *keeper, uid_t uid, const struct given_identity *identity,
			  const struct given_identity *issuer)
{
	AUTO(secret) pin = given_pin(VECTORS_PIN);
	AUTO_HELD(entry) entry = {0};
	struct bytes_list chain = {.count = 1, .items = {issuer->certificate}};
	const struct keeper_original original = {.key = identity->key,
						 .pin = pin,
						 .certificate = &identity->certificate,
						 .chain = &chain,
						 .friendly_name = VECTORS_LABEL,
						 .pin_follows_rule = true,
						 .file = {{0xAB}},
						 .verified_at = 1700000000,
						 .where = "USB 銀"};
	const struct keeper_import_how how = {.tries = 5};
	enum import_result result = IMPORT_IMPORTED;
	uint32_t warnings = 0;

	assert_int_equal(keeper_import(keeper, uid, &original, &how, &result, &warnings, &entry),
			 ERR_OK);
}

static void copy_file(int from, int to, const char *name)
{
	AUTO_HELD(bytes) bytes = {NULL, 0};
	enum file_answer answer = FILE_ABSENT;

	assert_int_equal(file_read(from, name, 1 << 24, &answer, &bytes), ERR_OK);
	assert_int_equal(answer, FILE_PRESENT);
	assert_int_equal(file_replace(to, name, 0600, bytes.data, bytes.size), ERR_OK);
}

/* A vault with two owners, an open wrong try, and what a decoder must find in it. */
static void make_vault(const char *folder)
{
	struct place_for_vault *place = given_place();
	AUTO(secret) host_key = vectors_host_key();
	struct given_identity *first = given_identity(GIVEN_P256, "TARO SHIHO");
	struct given_identity *second = given_identity(GIVEN_ED25519, "HANAKO SHIHO");
	AUTO(keeper) keeper = NULL;
	AUTO_FD into = open(folder, O_RDONLY | O_DIRECTORY);
	struct digest key_digest;
	char path[256];
	uint8_t left = 0;
	FILE *file;

	place->settings.host_key = host_key;
	place->settings.machine_id = VECTORS_MACHINE;
	place->settings.cost.passes = 2;
	keeper = given_keeper(place);
	import_sample(keeper, VECTORS_UID, first, second);
	import_sample(keeper, VECTORS_OTHER, second, first);
	assert_int_equal(given_login(keeper, VECTORS_UID, first, "no", &left), ERR_PIN_WRONG);
	keeper_free(TAKE(keeper));
	copy_file(place->state, into, "vault.key");
	copy_file(place->state, into, "vault.db");
	copy_file(place->anchor, into, "anchor");
	(void)snprintf(path, sizeof path, "%s/expected.txt", folder);
	file = fopen(path, "w");
	assert_non_null(file);
	expect(file, "host_key", secret_view(host_key), KEY_SIZE);
	expect(file, "machine_id", VECTORS_MACHINE, strlen(VECTORS_MACHINE));
	expect(file, "pin", VECTORS_PIN, strlen(VECTORS_PIN));
	expect(file, "label", VECTORS_LABEL, strlen(VECTORS_LABEL));
	expect(file, "certificate_1001", first->id.bytes, DIGEST_SIZE);
	expect(file, "certificate_1002", second->id.bytes, DIGEST_SIZE);
	digest_of(secret_view(first->key), secret_size(first->key), &key_digest);
	expect(file, "key_1001", key_digest.bytes, DIGEST_SIZE);
	digest_of(secret_view(second->key), secret_size(second->key), &key_digest);
	expect(file, "key_1002", key_digest.bytes, DIGEST_SIZE);
	assert_int_equal(fclose(file), 0);
	given_identity_gone(first);
	given_identity_gone(second);
	given_place_gone(place);
}

void vectors_make(const char *folder)
{
	make_rows(folder);
	make_vault(folder);
}
