/* driver_row.c - row VAULT-KEY VAULT-ID KIND RECORD VERSION SEALED: what the vault's code makes of
 * one sealed row. "accept PLAIN" or "refuse"; bytes are hex, and "-" is none.
 */
#include "tests/attack/driver.h"

#include <stdio.h>

#include "vault/keeper/seal.h"

static struct bytes bytes_of_hex(const char *hex)
{
	struct bytes bytes = {NULL, 0};

	if (strcmp(hex, "-") == 0)
		return bytes;
	assert_int_equal(bytes_zeroed(strlen(hex) / 2, &bytes), ERR_OK);
	assert_true(hex_parse(hex, bytes.data, bytes.size));
	return bytes;
}

static struct keys *keys_of_hex(const char *hex)
{
	AUTO(secret) vault_key = NULL;
	struct keys *keys = NULL;

	assert_int_equal(secret_new(KEY_SIZE, &vault_key), ERR_OK);
	assert_true(hex_parse(hex, secret_bytes(vault_key), KEY_SIZE));
	assert_int_equal(keys_of(vault_key, &keys), ERR_OK);
	return keys;
}

void driver_row(struct driver *driver, struct request *request)
{
	struct vault_id vault;
	struct seat seat = {.vault = &vault,
			    .row = {.kind = (enum row_kind)request_number(request, 3)},
			    .version = request_number(request, 5)};
	struct keys *keys = keys_of_hex(request_word(request, 1));
	AUTO_HELD(bytes) sealed = bytes_of_hex(request_word(request, 6));
	AUTO_HELD(bytes) plain = {NULL, 0};
	char hex[ANSWER_SIZE] = "";
	uint8_t key[KEY_SIZE];
	enum err err;

	(void)driver;
	assert_true(hex_parse(request_word(request, 2), vault.bytes, VAULT_ID_SIZE));
	assert_true(hex_parse(request_word(request, 4), seat.row.record.bytes, RECORD_ID_SIZE));
	seal_key(keys, &seat, key);
	err = seal_open(&seat, key, &sealed, &plain);
	assert_true(2 * plain.size < sizeof hex);
	hex_of(plain.data, plain.size, hex);
	(void)snprintf(request->answer, ANSWER_SIZE, "%s %.1000s",
		       err == ERR_OK ? "accept" : "refuse", hex);
	keys_free(keys);
}
