/* What was sealed once opens for ever, and what must not open does not: golden vectors.
 *
 * tests/vectors/check.py reads the same files with a decoder of its own.
 */
#include "tests/unit/keeper/given.h"
#include "tests/unit/keeper/given_vectors.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/keeper/seal.h"

#define VECTORS_FOLDER KINKO_SOURCE "/tests/vectors"

enum { LINE_SIZE = 16384, WORDS = 8 };

/* "-" is no bytes. */
static struct bytes bytes_of_hex(const char *hex)
{
	struct bytes bytes = {NULL, 0};

	if (strcmp(hex, "-") == 0)
		return bytes;
	assert_int_equal(bytes_zeroed(strlen(hex) / 2, &bytes), ERR_OK);
	assert_true(hex_parse(hex, bytes.data, bytes.size));
	return bytes;
}

struct reader {
	struct keys *keys;
	struct vault_id vault;
	unsigned accepted, refused;
};

static void read_row(struct reader *reader, char **words)
{
	struct seat seat = {.vault = &reader->vault,
			    .version = strtoull(words[5], NULL, 10),
			    .row = {.kind = (enum row_kind)atoi(words[3])}};
	AUTO_HELD(bytes) sealed = bytes_of_hex(words[6]);
	AUTO_HELD(bytes) expected = bytes_of_hex(words[7]);
	AUTO_HELD(bytes) plain = {NULL, 0};
	AUTO(secret) secret = NULL;
	uint8_t key[KEY_SIZE];
	enum err err;

	assert_true(hex_parse(words[4], seat.row.record.bytes, RECORD_ID_SIZE));
	seal_key(reader->keys, &seat, key);
	err = seal_open(&seat, key, &sealed, &plain);
	assert_int_equal(seal_open_secret(&seat, key, &sealed, &secret), err);
	if (strcmp(words[1], "accept") == 0) {
		assert_int_equal(err, ERR_OK);
		assert_true(bytes_equal(&plain, &expected));
		assert_int_equal(secret_size(secret), expected.size);
		reader->accepted++;
	} else {
		assert_int_equal(err, ERR_VAULT_DAMAGED);
		reader->refused++;
	}
}

static void read_line(struct reader *reader, char *line)
{
	char *words[WORDS] = {NULL}, *rest = NULL;
	AUTO(secret) vault_key = NULL;

	for (size_t i = 0; i < WORDS; i++)
		words[i] = strtok_r(i == 0 ? line : NULL, " \n", &rest);
	if (words[0] == NULL || words[0][0] == '#')
		return;
	if (strcmp(words[0], "vault_key") == 0) {
		assert_int_equal(secret_new(KEY_SIZE, &vault_key), ERR_OK);
		assert_true(hex_parse(words[1], secret_bytes(vault_key), KEY_SIZE));
		assert_int_equal(keys_of(vault_key, &reader->keys), ERR_OK);
	} else if (strcmp(words[0], "vault_id") == 0) {
		assert_true(hex_parse(words[1], reader->vault.bytes, VAULT_ID_SIZE));
	} else {
		assert_string_equal(words[0], "row");
		assert_non_null(words[7]);
		read_row(reader, words);
	}
}

static void golden_rows_open_and_forged_ones_do_not(void **state)
{
	FILE *file = fopen(VECTORS_FOLDER "/" VECTORS_ROWS, "r");
	struct reader reader = {0};
	char *line = malloc(LINE_SIZE);

	(void)state;
	assert_non_null(file);
	given_process();
	while (fgets(line, LINE_SIZE, file) != NULL)
		read_line(&reader, line);
	assert_int_equal(reader.accepted, 25);
	assert_true(reader.refused > 200);
	free(line);
	keys_free(reader.keys);
	(void)fclose(file);
}

static void copy_into(const char *name, int folder)
{
	AUTO_FD from = open(VECTORS_FOLDER, O_RDONLY | O_DIRECTORY);
	AUTO_HELD(bytes) bytes = {NULL, 0};
	enum file_answer answer = FILE_ABSENT;

	assert_int_equal(file_read(from, name, 1 << 24, &answer, &bytes), ERR_OK);
	assert_int_equal(answer, FILE_PRESENT);
	assert_int_equal(file_create(folder, name, 0600, bytes.data, bytes.size), ERR_OK);
}

static enum err take_id(const struct entry *entry, void *context)
{
	struct given_identity *identity = context;

	identity->id = entry->summary.id;
	assert_string_equal(entry->label, VECTORS_LABEL);
	assert_string_equal(entry->where, "USB 銀");
	assert_true(entry->is_active);
	return ERR_OK;
}

static void the_golden_vault_opens(void **state)
{
	struct place_for_vault *place = given_place();
	AUTO(secret) host_key = vectors_host_key();
	AUTO(keeper) keeper = NULL;
	struct given_identity found = {0};
	static const uid_t uids[] = {VECTORS_UID, VECTORS_OTHER};
	uint8_t left = 0;
	bool more = true;

	(void)state;
	given_process();
	place->settings.host_key = host_key;
	place->settings.machine_id = VECTORS_MACHINE;
	copy_into("vault.key", place->state);
	copy_into("vault.db", place->state);
	copy_into("anchor", place->anchor);
	keeper = given_keeper(place);
	for (size_t i = 0; i < COUNT_OF(uids); i++) {
		assert_int_equal(keeper_list(keeper, uids[i], 0, 10, take_id, &found, &more),
				 ERR_OK);
		assert_int_equal(given_tries_left(keeper, uids[i], &found), i == 0 ? 4 : 5);
		assert_int_equal(given_login(keeper, uids[i], &found, VECTORS_PIN, &left), ERR_OK);
	}
	keeper_free(TAKE(keeper));
	given_place_gone(place);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_rows_open_and_forged_ones_do_not),
		cmocka_unit_test(the_golden_vault_opens),
	};

	if (argc == 3 && strcmp(argv[1], "--make") == 0) {
		given_process();
		vectors_make(argv[2]);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
