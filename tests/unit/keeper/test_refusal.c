/* A vault that is not what it was is refused with the right sentence, and not touched. */
#include "tests/unit/keeper/given.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/base/file.h"

struct world {
	struct place_for_vault *place;
	struct place_for_vault *older; /* a copy that a test makes */
	struct given_identity *first, *second;
};

/* A vault with two certificates, closed. */
static int given_world(void **state)
{
	struct world *world = calloc(1, sizeof *world);
	AUTO(keeper) keeper = NULL;

	given_process();
	world->place = given_place();
	world->older = given_place();
	world->first = given_identity(GIVEN_P256, "FIRST");
	world->second = given_identity(GIVEN_P256, "SECOND");
	keeper = given_keeper(world->place);
	given_imported(keeper, GIVEN_UID, world->first, "abcd", IMPORT_IMPORTED);
	given_imported(keeper, GIVEN_OTHER_UID, world->second, "abcd", IMPORT_IMPORTED);
	*state = world;
	return 0;
}

static int world_gone(void **state)
{
	struct world *world = *state;

	given_place_gone(world->place);
	given_place_gone(world->older);
	given_identity_gone(world->first);
	given_identity_gone(world->second);
	free(world);
	return 0;
}

/* Refused, every call answers so, and no file was changed, made or removed. */
static void expect_refused(struct world *world, enum vault_state expected_state, enum err expected)
{
	struct digest before = given_contents(world->place), after;
	AUTO(keeper) keeper = NULL;
	AUTO_HELD(entry) entry = {0};
	uint8_t left = 0;

	assert_int_equal(keeper_open(&world->place->settings, &keeper), ERR_OK);
	assert_string_equal(err_word(keeper_refusal(keeper)), err_word(expected));
	assert_int_equal(keeper_state(keeper), expected_state);
	assert_int_equal(given_login(keeper, GIVEN_UID, world->first, "abcd", &left), expected);
	assert_int_equal(keeper_find(keeper, GIVEN_UID, &world->first->id, &entry), expected);
	assert_int_equal(keeper_delete(keeper, GIVEN_UID, &world->first->id, &entry), expected);
	keeper_free(TAKE(keeper));
	after = given_contents(world->place);
	assert_memory_equal(&before, &after, sizeof before);
}

static void expect_ready(struct world *world)
{
	AUTO(keeper) keeper = given_keeper(world->place);
	uint8_t left = 0;

	assert_int_equal(given_login(keeper, GIVEN_UID, world->first, "abcd", &left), ERR_OK);
}

static void another_machine_is_told_before_anything_else(void **state)
{
	struct world *world = *state;
	struct secret *right = world->place->host_key, *foreign = NULL;

	world->place->settings.machine_id = "ffffffffffffffffffffffffffffffff";
	expect_refused(world, VAULT_MACHINE_CHANGED, ERR_MACHINE_CHANGED);
	assert_int_equal(keeper_new_host_key(&foreign), ERR_OK);
	world->place->settings.host_key = foreign;
	expect_refused(world, VAULT_MACHINE_CHANGED, ERR_MACHINE_CHANGED);
	world->place->settings.host_key = NULL;
	expect_refused(world, VAULT_MACHINE_CHANGED, ERR_MACHINE_CHANGED);
	world->place->settings.host_key = right;
	world->place->settings.machine_id = NULL; /* unreadable now: not compared */
	expect_ready(world);
	world->place->settings.machine_id = "0123456789abcdef0123456789abcdef";
	expect_ready(world);
	secret_free(foreign);
}

static void each_fault_of_the_host_key_has_its_own_word(void **state)
{
	struct world *world = *state;
	AUTO(secret) foreign = NULL;
	static const size_t sizes[] = {0, 1, 31, 33, 63, 65, 1000};

	assert_int_equal(keeper_new_host_key(&foreign), ERR_OK);
	world->place->settings.host_key = foreign;
	expect_refused(world, VAULT_MACHINE_CHANGED, ERR_HOST_KEY_FOREIGN);
	world->place->settings.host_key = NULL;
	expect_refused(world, VAULT_MACHINE_CHANGED, ERR_HOST_KEY_MISSING);
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		AUTO(secret) odd = NULL;
		assert_int_equal(secret_new(sizes[i], &odd), ERR_OK);
		memset(secret_bytes(odd), 7, sizes[i]);
		world->place->settings.host_key = odd;
		expect_refused(world, VAULT_MACHINE_CHANGED, ERR_HOST_KEY_DAMAGED);
	}
	AUTO(secret) zeros = NULL;
	assert_int_equal(secret_new(32, &zeros), ERR_OK);
	world->place->settings.host_key = zeros;
	expect_refused(world, VAULT_MACHINE_CHANGED, ERR_HOST_KEY_DAMAGED);
	world->place->settings.host_key = world->place->host_key;
	expect_ready(world);
}

static void a_host_key_that_is_being_replaced_opens_as_old_and_new(void **state)
{
	struct world *world = *state;
	AUTO(secret) both = NULL;

	for (size_t at = 0; at <= 32; at += 32) {
		secret_free(TAKE(both));
		assert_int_equal(secret_new(64, &both), ERR_OK);
		memset(secret_bytes(both), 9, 64);
		memcpy(secret_bytes(both) + at, secret_view(world->place->host_key), 32);
		world->place->settings.host_key = both;
		expect_ready(world);
	}
}

static void missing_parts_are_named_as_missing(void **state)
{
	struct world *world = *state;

	given_copy(world->place, world->older);
	assert_int_equal(file_remove(world->place->state, "vault.key"), ERR_OK);
	expect_refused(world, VAULT_DAMAGED, ERR_VAULT_INCOMPLETE);
	assert_int_equal(file_remove(world->place->state, "vault.db"), ERR_OK);
	(void)unlinkat(world->place->state, "vault.db-wal", 0);
	expect_refused(world, VAULT_DAMAGED, ERR_VAULT_INCOMPLETE);
	given_copy(world->older, world->place);
	assert_int_equal(file_remove(world->place->state, "vault.db"), ERR_OK);
	(void)unlinkat(world->place->state, "vault.db-wal", 0);
	expect_refused(world, VAULT_DAMAGED, ERR_VAULT_INCOMPLETE);
	given_copy(world->older, world->place);
	expect_ready(world);
}

static void every_bit_of_vault_key_counts(void **state)
{
	struct world *world = *state;
	AUTO_HELD(bytes) bytes = {NULL, 0};
	enum file_answer answer = FILE_ABSENT;

	assert_int_equal(file_read(world->place->state, "vault.key", 4096, &answer, &bytes),
			 ERR_OK);
	for (size_t i = 0; i < bytes.size; i++) {
		bytes.data[i] ^= (uint8_t)(1U << (i % 8));
		assert_int_equal(file_replace(world->place->state, "vault.key", 0600, bytes.data,
					      bytes.size),
				 ERR_OK);
		expect_refused(world, VAULT_DAMAGED, ERR_VAULT_DAMAGED);
		bytes.data[i] ^= (uint8_t)(1U << (i % 8));
	}
	for (size_t size = 0; size < bytes.size; size += 13) {
		assert_int_equal(
			file_replace(world->place->state, "vault.key", 0600, bytes.data, size),
			ERR_OK);
		expect_refused(world, VAULT_DAMAGED, ERR_VAULT_DAMAGED);
	}
	assert_int_equal(unlinkat(world->place->state, "vault.key", 0), 0);
	assert_int_equal(symlinkat("/etc/hostname", world->place->state, "vault.key"), 0);
	expect_refused(world, VAULT_DAMAGED, ERR_VAULT_DAMAGED);
	assert_int_equal(unlinkat(world->place->state, "vault.key", 0), 0);
	assert_int_equal(mkfifoat(world->place->state, "vault.key", 0600), 0);
	expect_refused(world, VAULT_DAMAGED, ERR_VAULT_DAMAGED);
}

/* A head that was altered by somebody who repairs the checksum. */
static void a_forged_head_of_vault_key_does_not_open(void **state)
{
	struct world *world = *state;
	AUTO_HELD(bytes) bytes = {NULL, 0};
	enum file_answer answer = FILE_ABSENT;
	struct digest sum;

	world->place->settings.machine_id = NULL;
	assert_int_equal(file_read(world->place->state, "vault.key", 4096, &answer, &bytes),
			 ERR_OK);
	for (size_t i = 0; i < bytes.size - DIGEST_SIZE; i++) {
		AUTO(keeper) keeper = NULL;
		bytes.data[i] ^= 0x02;
		digest_of(bytes.data, bytes.size - DIGEST_SIZE, &sum);
		memcpy(bytes.data + bytes.size - DIGEST_SIZE, sum.bytes, DIGEST_SIZE);
		assert_int_equal(file_replace(world->place->state, "vault.key", 0600, bytes.data,
					      bytes.size),
				 ERR_OK);
		assert_int_equal(keeper_open(&world->place->settings, &keeper), ERR_OK);
		assert_int_not_equal(keeper_state(keeper), VAULT_READY);
		bytes.data[i] ^= 0x02;
	}
}

/* One more change of each kind that moves the anchor. */
static void spend_a_try(struct world *world)
{
	AUTO(keeper) keeper = given_keeper(world->place);
	uint8_t left = 0;

	assert_int_equal(given_login(keeper, GIVEN_UID, world->first, "no", &left), ERR_PIN_WRONG);
}

static void put_database_back(const struct place_for_vault *from, const struct place_for_vault *to)
{
	static const char *const names[] = {"vault.db", "vault.db-wal"};

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		AUTO_HELD(bytes) bytes = {NULL, 0};
		enum file_answer answer = FILE_ABSENT;
		assert_int_equal(file_read(from->state, names[i], 64 << 20, &answer, &bytes),
				 ERR_OK);
		(void)unlinkat(to->state, names[i], 0);
		if (answer == FILE_PRESENT)
			assert_int_equal(
				file_create(to->state, names[i], 0600, bytes.data, bytes.size),
				ERR_OK);
	}
}

static void an_old_database_is_an_alarm(void **state)
{
	struct world *world = *state;

	given_copy(world->place, world->older);
	for (int generation = 1; generation <= 3; generation++) {
		struct place_for_vault *latest = given_place();
		spend_a_try(world);
		given_copy(world->place, latest);
		put_database_back(world->older, world->place);
		expect_refused(world, VAULT_ROLLED_BACK, ERR_ROLLED_BACK);
		given_copy(latest, world->place);
		given_place_gone(latest);
	}
	expect_ready(world);
}

/* The database and the log of a running vault, copied while its last changes are in the log. */
static void an_old_database_with_its_log_is_an_alarm(void **state)
{
	struct world *world = *state;
	AUTO(keeper) keeper = given_keeper(world->place);
	struct stat status;
	uint8_t left = 0;

	assert_int_equal(given_login(keeper, GIVEN_UID, world->first, "no", &left), ERR_PIN_WRONG);
	given_copy(world->place, world->older);
	assert_int_equal(fstatat(world->older->state, "vault.db-wal", &status, 0), 0);
	assert_true(status.st_size > 0);
	assert_int_equal(given_login(keeper, GIVEN_UID, world->first, "no", &left), ERR_PIN_WRONG);
	keeper_free(TAKE(keeper));
	put_database_back(world->older, world->place);
	expect_refused(world, VAULT_ROLLED_BACK, ERR_ROLLED_BACK);
}

static void a_log_with_the_last_changes_opens_and_without_it_is_an_alarm(void **state)
{
	struct world *world = *state;
	AUTO(keeper) keeper = given_keeper(world->place);
	struct secret *own_key = world->older->host_key;
	uint8_t left = 0;

	assert_int_equal(given_login(keeper, GIVEN_UID, world->first, "no", &left), ERR_PIN_WRONG);
	given_copy(world->place, world->older); /* as after a power cut */
	world->older->settings.host_key = world->place->host_key;
	keeper_free(TAKE(keeper));
	keeper = given_keeper(world->older);
	assert_int_equal(given_tries_left(keeper, GIVEN_UID, world->first), GIVEN_TRIES - 1);
	keeper_free(TAKE(keeper));
	keeper = given_keeper(world->place);
	assert_int_equal(given_login(keeper, GIVEN_UID, world->first, "no", &left), ERR_PIN_WRONG);
	given_copy(world->place, world->older);
	keeper_free(TAKE(keeper));
	given_copy(world->older, world->place);
	assert_int_equal(unlinkat(world->place->state, "vault.db-wal", 0), 0);
	expect_refused(world, VAULT_ROLLED_BACK, ERR_ROLLED_BACK);
	world->older->settings.host_key = own_key;
}

static void the_anchor_must_be_there_and_right(void **state)
{
	struct world *world = *state;
	uint8_t other[1025] = {1, 2, 3};
	static const size_t sizes[] = {0, 1, 32, 1023, 1024, 1025};

	given_copy(world->place, world->older);
	assert_int_equal(file_remove(world->place->anchor, "anchor"), ERR_OK);
	expect_refused(world, VAULT_ROLLED_BACK, ERR_ROLLED_BACK);
	given_other_anchor(world->place);
	expect_refused(world, VAULT_ROLLED_BACK, ERR_ROLLED_BACK);
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		assert_int_equal(
			file_replace(world->place->anchor, "anchor", 0600, other, sizes[i]),
			ERR_OK);
		expect_refused(world, VAULT_ROLLED_BACK, ERR_ROLLED_BACK);
	}
	(void)unlinkat(world->place->anchor, "anchor", 0);
	assert_int_equal(mkdirat(world->place->anchor, "anchor", 0700), 0);
	expect_refused(world, VAULT_ROLLED_BACK, ERR_ROLLED_BACK);
	assert_int_equal(unlinkat(world->place->anchor, "anchor", AT_REMOVEDIR), 0);
	/* Ahead of the database: its next value, which only a lost change can have made. */
	given_copy(world->older, world->place);
	spend_a_try(world);
	put_database_back(world->older, world->place);
	expect_refused(world, VAULT_ROLLED_BACK, ERR_ROLLED_BACK);
}

/* Runs SQL on the closed database, as somebody who owns the files can. */
static void tamper(struct world *world, const char *sql)
{
	char path[128];
	sqlite3 *database = NULL;
	char *message = NULL;

	(void)snprintf(path, sizeof path, "%s/state/vault.db", world->place->path);
	assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
	(void)sqlite3_exec(database, sql, NULL, NULL, &message);
	if (message != NULL)
		fail_msg("%s", message);
	(void)sqlite3_exec(database, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
	assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

static void no_row_can_be_altered(void **state)
{
	struct world *world = *state;
	static const char *const sql[] = {
		"DELETE FROM rows WHERE kind=1",
		"DELETE FROM rows WHERE kind=2 AND rowid=(SELECT min(rowid) FROM rows WHERE "
		"kind=2)",
		"DELETE FROM rows WHERE kind=3",
		"DELETE FROM rows WHERE kind=4",
		"DELETE FROM rows WHERE kind=0",
		"DELETE FROM rows WHERE kind<>0",
		"DELETE FROM rows",
		"INSERT INTO rows SELECT kind, randomblob(16), sealed FROM rows WHERE kind=2",
		"INSERT INTO rows SELECT 5, record, sealed FROM rows WHERE kind=2",
		"INSERT INTO rows SELECT kind, CAST(record || x'00' AS BLOB), sealed FROM rows "
		"WHERE kind=2",
		/* The PIN rows of two users swapped; a PIN row in the place of a key row. */
		"CREATE TEMP TABLE t AS SELECT * FROM rows WHERE kind=2; "
		"UPDATE rows SET sealed=(SELECT sealed FROM t WHERE t.record<>rows.record) "
		"WHERE kind=2",
		"UPDATE rows SET sealed=(SELECT sealed FROM rows AS o WHERE o.kind=2 AND "
		"o.record=rows.record) WHERE kind=3",
		/* Shorter, longer, empty, and one bit of each part. */
		"UPDATE rows SET sealed=substr(sealed, 1, length(sealed)-1) WHERE kind=1",
		"UPDATE rows SET sealed=CAST(sealed || x'00' AS BLOB) WHERE kind=3",
		"UPDATE rows SET sealed=x'' WHERE kind=2",
		"UPDATE rows SET sealed=CAST(x'00' || substr(sealed, 2) AS BLOB) WHERE kind=0",
		"UPDATE rows SET sealed=CAST(substr(sealed, 1, 40) || zeroblob(8) || "
		"substr(sealed, 49) "
		"AS BLOB) WHERE kind=4",
		"UPDATE rows SET sealed=CAST(substr(sealed, 1, 60) || zeroblob(8) || "
		"substr(sealed, 69) "
		"AS BLOB) WHERE kind=1",
		/* Things that could run code. */
		"CREATE TRIGGER t AFTER UPDATE ON rows BEGIN DELETE FROM rows; END",
		"CREATE VIEW v AS SELECT * FROM rows",
		"CREATE INDEX i ON rows (sealed)",
		"CREATE TABLE other (a)",
		"PRAGMA user_version=2",
		"PRAGMA application_id=1",
		"ALTER TABLE rows ADD COLUMN extra TEXT",
	};

	given_copy(world->place, world->older);
	for (size_t i = 0; i < COUNT_OF(sql); i++) {
		tamper(world, sql[i]);
		expect_refused(world, VAULT_DAMAGED, ERR_VAULT_DAMAGED);
		given_copy(world->older, world->place);
	}
	expect_ready(world);
}

static void a_row_from_before_is_noticed(void **state)
{
	struct world *world = *state;
	char sql[256];

	given_copy(world->place, world->older);
	spend_a_try(world);
	(void)snprintf(
		sql, sizeof sql,
		"ATTACH '%s/state/vault.db' AS o; UPDATE rows SET sealed=(SELECT sealed FROM "
		"o.rows AS p WHERE p.kind=rows.kind AND p.record=rows.record) WHERE kind=2",
		world->older->path);
	tamper(world, sql);
	expect_refused(world, VAULT_DAMAGED, ERR_VAULT_DAMAGED);
	/* With its manifest too, it is the old database again. */
	(void)snprintf(
		sql, sizeof sql,
		"ATTACH '%s/state/vault.db' AS o; UPDATE rows SET sealed=(SELECT sealed FROM "
		"o.rows AS p WHERE p.kind=rows.kind AND p.record=rows.record)",
		world->older->path);
	tamper(world, sql);
	expect_refused(world, VAULT_ROLLED_BACK, ERR_ROLLED_BACK);
}

static void two_vaults_of_one_machine_cannot_trade_rows(void **state)
{
	struct world *world = *state;
	AUTO(keeper) keeper = NULL;
	char sql[256];

	world->older->settings.host_key = world->place->host_key;
	keeper = given_keeper(world->older);
	given_imported(keeper, GIVEN_UID, world->first, "abcd", IMPORT_IMPORTED);
	keeper_free(TAKE(keeper));
	(void)snprintf(sql, sizeof sql,
		       "ATTACH '%s/state/vault.db' AS o; DELETE FROM rows; INSERT INTO rows SELECT "
		       "* FROM o.rows",
		       world->older->path);
	tamper(world, sql);
	expect_refused(world, VAULT_DAMAGED, ERR_VAULT_DAMAGED);
}

/* The database is altered while the vault is open: what it reads must be what it knows. */
static void a_row_swapped_under_a_running_vault_is_refused(void **state)
{
	struct world *world = *state;
	AUTO(keeper) keeper = given_keeper(world->place);
	AUTO_HELD(entry) entry = {0};
	AUTO_HELD(bytes) certificate = {NULL, 0};
	AUTO_HELD(bytes_list) chain = {0};
	uint8_t left = 0;

	/* Nothing was changed yet, so the file is not locked, and its pages are remembered; with
	 * the first change they are read anew. */
	tamper(world, "UPDATE rows SET sealed=substr(sealed, 1, length(sealed)-1)");
	assert_int_equal(keeper_confirm(keeper, GIVEN_OTHER_UID, &world->second->id, 7, &entry),
			 ERR_OK);
	assert_int_equal(given_login(keeper, GIVEN_UID, world->first, "abcd", &left),
			 ERR_VAULT_DAMAGED);
	assert_int_equal(
		keeper_certificate(keeper, GIVEN_UID, &world->first->id, &certificate, &chain),
		ERR_VAULT_DAMAGED);
}

static void confirm_at(struct world *world, int64_t at)
{
	AUTO(keeper) keeper = given_keeper(world->place);
	AUTO_HELD(entry) entry = {0};

	assert_int_equal(keeper_confirm(keeper, GIVEN_UID, &world->first->id, at, &entry), ERR_OK);
}

/* Two histories made a row of the same version; only one of them is this vault's. */
static void a_row_of_another_history_is_refused(void **state)
{
	struct world *world = *state;
	struct place_for_vault *fork = given_place();
	AUTO(keeper) keeper = NULL;
	AUTO_HELD(entry) entry = {0};
	AUTO_HELD(bytes) certificate = {NULL, 0};
	AUTO_HELD(bytes_list) chain = {0};
	char sql[256];

	given_copy(world->place, world->older);
	confirm_at(world, 1);
	given_copy(world->place, fork);
	given_copy(world->older, world->place);
	confirm_at(world, 2);
	keeper = given_keeper(world->place);
	(void)snprintf(
		sql, sizeof sql,
		"ATTACH '%s/state/vault.db' AS o; UPDATE rows SET sealed=(SELECT sealed FROM "
		"o.rows AS p WHERE p.kind=rows.kind AND p.record=rows.record) WHERE kind=1",
		fork->path);
	tamper(world, sql);
	assert_int_equal(keeper_confirm(keeper, GIVEN_OTHER_UID, &world->second->id, 7, &entry),
			 ERR_OK);
	assert_int_equal(
		keeper_certificate(keeper, GIVEN_UID, &world->first->id, &certificate, &chain),
		ERR_VAULT_DAMAGED);
	given_place_gone(fork);
}

static void a_cut_or_garbled_database_never_opens_wrongly(void **state)
{
	struct world *world = *state;
	AUTO_HELD(bytes) bytes = {NULL, 0};
	enum file_answer answer = FILE_ABSENT;
	size_t found = 0;

	assert_int_equal(file_read(world->place->state, "vault.db", 64 << 20, &answer, &bytes),
			 ERR_OK);
	for (size_t size = 0; size < bytes.size; size += 2048) {
		assert_int_equal(
			file_replace(world->place->state, "vault.db", 0600, bytes.data, size),
			ERR_OK);
		expect_refused(world, VAULT_DAMAGED, ERR_VAULT_DAMAGED);
	}
	/* A flipped bit is found, or lies where SQLite reads nothing. */
	for (size_t at = 0; at < bytes.size; at += 37) {
		AUTO(keeper) keeper = NULL;
		bytes.data[at] ^= 0x10;
		assert_int_equal(
			file_replace(world->place->state, "vault.db", 0600, bytes.data, bytes.size),
			ERR_OK);
		assert_int_equal(keeper_open(&world->place->settings, &keeper), ERR_OK);
		if (keeper_state(keeper) == VAULT_READY) {
			assert_int_equal(given_tries_left(keeper, GIVEN_UID, world->first),
					 GIVEN_TRIES);
		} else {
			assert_int_equal(keeper_state(keeper), VAULT_DAMAGED);
			found++;
		}
		bytes.data[at] ^= 0x10;
	}
	assert_true(found > 100);
}

int main(void)
{
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, given_world, world_gone)
	const struct CMUnitTest tests[] = {
		WORLD_TEST(another_machine_is_told_before_anything_else),
		WORLD_TEST(each_fault_of_the_host_key_has_its_own_word),
		WORLD_TEST(a_host_key_that_is_being_replaced_opens_as_old_and_new),
		WORLD_TEST(missing_parts_are_named_as_missing),
		WORLD_TEST(every_bit_of_vault_key_counts),
		WORLD_TEST(a_forged_head_of_vault_key_does_not_open),
		WORLD_TEST(an_old_database_is_an_alarm),
		WORLD_TEST(an_old_database_with_its_log_is_an_alarm),
		WORLD_TEST(a_log_with_the_last_changes_opens_and_without_it_is_an_alarm),
		WORLD_TEST(the_anchor_must_be_there_and_right),
		WORLD_TEST(no_row_can_be_altered),
		WORLD_TEST(a_row_from_before_is_noticed),
		WORLD_TEST(two_vaults_of_one_machine_cannot_trade_rows),
		WORLD_TEST(a_row_swapped_under_a_running_vault_is_refused),
		WORLD_TEST(a_row_of_another_history_is_refused),
		WORLD_TEST(a_cut_or_garbled_database_never_opens_wrongly),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
