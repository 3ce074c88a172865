/* What a vault does for its owner: import, list, choose, describe, delete. */
#include "tests/unit/keeper/given_world.h"

#include <time.h>

#include "vault/base/file.h"
#include "vault/keeper/keeper_parts.h"

static enum err count_entry(const struct entry *entry, void *context)
{
	size_t *count = context;

	assert_non_null(entry->label);
	(*count)++;
	return ERR_OK;
}

static size_t count_of(struct keeper *keeper, uid_t uid)
{
	size_t count = 0;
	bool more = true;

	assert_int_equal(keeper_list(keeper, uid, 0, 1000, count_entry, &count, &more), ERR_OK);
	assert_false(more);
	return count;
}

static void an_imported_certificate_is_listed_and_logs_in(void **state)
{
	struct world *world = *state;
	AUTO_HELD(entry) entry = {0};
	uint8_t left = 0;

	given_imported(world->keeper, GIVEN_UID, world->first, "abcd1234", IMPORT_IMPORTED);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(count_of(world->keeper, GIVEN_UID), 1);
		assert_int_equal(keeper_find(world->keeper, GIVEN_UID, &world->first->id, &entry),
				 ERR_OK);
		assert_true(entry.is_active);
		assert_string_equal(entry.label, "TARO SHIHO");
		assert_string_equal(entry.summary.subject, "CN=TARO SHIHO");
		assert_string_equal(entry.summary.key, "p-256");
		assert_int_equal(entry.number, 1);
		assert_int_equal(entry.tries_left, GIVEN_TRIES);
		assert_true(entry.pin_follows_rule);
		entry_clear(&entry);
		assert_int_equal(
			given_login(world->keeper, GIVEN_UID, world->first, "abcd1234", &left),
			ERR_OK);
		assert_int_equal(left, GIVEN_TRIES);
		world_reopen(world);
	}
}

static void each_user_sees_only_their_own(void **state)
{
	struct world *world = *state;
	AUTO_HELD(entry) entry = {0};
	AUTO_HELD(bytes) certificate = {NULL, 0};
	AUTO_HELD(bytes_list) chain = {0};
	uint8_t left = 9;

	given_imported(world->keeper, GIVEN_UID, world->first, "abcd", IMPORT_IMPORTED);
	assert_int_equal(count_of(world->keeper, GIVEN_OTHER_UID), 0);
	assert_int_equal(keeper_find(world->keeper, GIVEN_OTHER_UID, &world->first->id, &entry),
			 ERR_CERT_NOT_FOUND);
	assert_int_equal(given_login(world->keeper, GIVEN_OTHER_UID, world->first, "x", &left),
			 ERR_CERT_NOT_FOUND);
	assert_int_equal(keeper_certificate(world->keeper, GIVEN_OTHER_UID, &world->first->id,
					    &certificate, &chain),
			 ERR_CERT_NOT_FOUND);
	assert_int_equal(keeper_delete(world->keeper, GIVEN_OTHER_UID, &world->first->id, &entry),
			 ERR_CERT_NOT_FOUND);
	assert_int_equal(keeper_use(world->keeper, GIVEN_OTHER_UID, &world->first->id, &entry),
			 ERR_CERT_NOT_FOUND);
	assert_int_equal(given_tries_left(world->keeper, GIVEN_UID, world->first), GIVEN_TRIES);

	/* The same original of another user is that user's own entry, number 1 again. */
	given_imported(world->keeper, GIVEN_OTHER_UID, world->first, "efgh", IMPORT_IMPORTED);
	assert_int_equal(keeper_find(world->keeper, GIVEN_OTHER_UID, &world->first->id, &entry),
			 ERR_OK);
	assert_int_equal(entry.number, 1);
	assert_int_equal(given_login(world->keeper, GIVEN_UID, world->first, "abcd", &left),
			 ERR_OK);
	assert_int_equal(given_login(world->keeper, GIVEN_OTHER_UID, world->first, "efgh", &left),
			 ERR_OK);
}

static void the_first_is_active_and_deleting_it_leaves_none(void **state)
{
	struct world *world = *state;
	AUTO_HELD(entry) entry = {0};
	struct digest active;
	uint8_t left = 0;

	assert_false(given_active(world->keeper, GIVEN_UID, &active));
	assert_int_equal(keeper_find_active(world->keeper, GIVEN_UID, &entry), ERR_NO_ACTIVE);
	given_imported(world->keeper, GIVEN_UID, world->first, "abcd", IMPORT_IMPORTED);
	given_imported(world->keeper, GIVEN_UID, world->second, "abcd", IMPORT_IMPORTED);
	assert_true(given_active(world->keeper, GIVEN_UID, &active));
	assert_true(digest_equal(&active, &world->first->id));
	assert_int_equal(keeper_find_active(world->keeper, GIVEN_UID, &entry), ERR_OK);
	assert_true(digest_equal(&entry.summary.id, &active));
	entry_clear(&entry);
	assert_int_equal(keeper_use(world->keeper, GIVEN_UID, &world->second->id, &entry), ERR_OK);
	assert_true(entry.is_active);
	entry_clear(&entry);
	world_reopen(world);
	assert_int_equal(keeper_find(world->keeper, GIVEN_UID, &world->first->id, &entry), ERR_OK);
	assert_false(entry.is_active);
	entry_clear(&entry);
	assert_int_equal(keeper_delete(world->keeper, GIVEN_UID, &world->second->id, &entry),
			 ERR_OK);
	assert_string_equal(entry.label, "TARO SHIHO (2090)");
	entry_clear(&entry);
	for (int round = 0; round < 2; round++) {
		assert_false(given_active(world->keeper, GIVEN_UID, &active));
		assert_int_equal(count_of(world->keeper, GIVEN_UID), 1);
		assert_int_equal(
			given_login(world->keeper, GIVEN_UID, world->second, "abcd", &left),
			ERR_CERT_NOT_FOUND);
		world_reopen(world);
	}
	/* A number is never used again. */
	given_imported(world->keeper, GIVEN_UID, world->second, "abcd", IMPORT_IMPORTED);
	assert_int_equal(keeper_find(world->keeper, GIVEN_UID, &world->second->id, &entry), ERR_OK);
	assert_int_equal(entry.number, 3);
	assert_false(entry.is_active);
}

static void labels_are_unique_and_readable(void **state)
{
	struct world *world = *state;
	static const struct {
		const char *friendly_name, *label;
	} cases[] = {
		{"司法書士 太郎", "司法書士 太郎"},
		{"司法書士 太郎", "司法書士 太郎 (2090)"},
		{"司法書士 太郎", "司法書士 太郎 (2090-2)"},
		{"司法書士 太郎", "司法書士 太郎 (2090-3)"},
		{"司法書士 太郎", "司法書士 太郎 (2090-4)"},
		{" \n", "HANAKO"},
		{"\xFF", "HANAKO (2090)"},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct given_identity *identity = given_identity(GIVEN_P256, "HANAKO");
		AUTO_HELD(entry) entry = {0};
		enum import_result result = IMPORT_IMPORTED;
		uint32_t warnings = 0;
		assert_int_equal(given_import(world->keeper, GIVEN_UID, identity, "abcd",
					      cases[i].friendly_name, false, false, &result,
					      &warnings, &entry),
				 ERR_OK);
		assert_string_equal(entry.label, cases[i].label);
		assert_int_equal(entry.number, i + 1);
		given_identity_gone(identity);
	}
}

static void a_label_is_cut_at_a_character(void **state)
{
	struct world *world = *state;
	AUTO_HELD(entry) first = {0};
	AUTO_HELD(entry) second = {0};
	enum import_result result = IMPORT_IMPORTED;
	uint32_t warnings = 0;
	char name[301] = "";

	for (size_t i = 0; i < 100; i++)
		memcpy(name + 3 * i, "金", 3);
	assert_int_equal(given_import(world->keeper, GIVEN_UID, world->first, "abcd", name, false,
				      false, &result, &warnings, &first),
			 ERR_OK);
	assert_int_equal(strlen(first.label), 255);
	assert_int_equal(given_import(world->keeper, GIVEN_UID, world->second, "abcd", name, false,
				      false, &result, &warnings, &second),
			 ERR_OK);
	assert_true(strlen(second.label) <= ENTRY_LABEL_MAX);
	assert_non_null(strstr(second.label, "金 (2090)"));
}

static void a_foreign_key_is_refused_before_anything_is_stored(void **state)
{
	struct world *world = *state;
	AUTO_HELD(entry) entry = {0};
	struct given_identity forged = *world->first;
	enum import_result result = IMPORT_IMPORTED;
	uint32_t warnings = 0;

	forged.key = world->second->key;
	assert_int_equal(given_import(world->keeper, GIVEN_UID, &forged, "abcd", "", false, false,
				      &result, &warnings, &entry),
			 ERR_ORIGINAL_KEY_FORGED);
	assert_int_equal(count_of(world->keeper, GIVEN_UID), 0);
}

static void every_kind_of_key_logs_in(void **state)
{
	struct world *world = *state;
	static const enum given_kind kinds[] = {GIVEN_RSA, GIVEN_ED25519, GIVEN_P256};
	static const char *const names[] = {"rsa-2048", "ed25519", "p-256"};

	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		struct given_identity *identity = given_identity(kinds[i], "KEY");
		AUTO_HELD(entry) entry = {0};
		uint8_t left = 0;
		given_imported(world->keeper, GIVEN_UID, identity, "abcd", IMPORT_IMPORTED);
		assert_int_equal(keeper_find(world->keeper, GIVEN_UID, &identity->id, &entry),
				 ERR_OK);
		assert_string_equal(entry.summary.key, names[i]);
		assert_int_equal(given_login(world->keeper, GIVEN_UID, identity, "abcd", &left),
				 ERR_OK);
		given_identity_gone(identity);
	}
}

static void proofs_and_the_users_word_are_kept(void **state)
{
	struct world *world = *state;
	AUTO_HELD(entry) entry = {0};
	struct digest file = {{7}};

	given_imported(world->keeper, GIVEN_UID, world->first, "abcd", IMPORT_IMPORTED);
	for (int64_t at = 1; at <= 40; at++) {
		entry_clear(&entry);
		file.bytes[1] = (uint8_t)at;
		assert_int_equal(keeper_original_proven(world->keeper, GIVEN_UID, &world->first->id,
							&file, 1000 + at, "USB 銀", &entry),
				 ERR_OK);
	}
	entry_clear(&entry);
	assert_int_equal(keeper_confirm(world->keeper, GIVEN_UID, &world->first->id, 77, &entry),
			 ERR_OK);
	entry_clear(&entry);
	world_reopen(world);
	assert_int_equal(keeper_find(world->keeper, GIVEN_UID, &world->first->id, &entry), ERR_OK);
	assert_int_equal(entry.verified_at, 1040);
	assert_string_equal(entry.where, "USB 銀");
	assert_true(digest_equal(&entry.original, &file));
	assert_int_equal(entry.confirmed_at, 77);
	assert_int_equal(entry.tries_left, GIVEN_TRIES);
}

static enum err prove(struct world *world, int64_t at, const char *where)
{
	AUTO_HELD(entry) entry = {0};
	struct digest file = {{7}};

	return keeper_original_proven(world->keeper, GIVEN_UID, &world->first->id, &file, at, where,
				      &entry);
}

/* `doctor` counts the days since then, so a date to come would keep it quiet for ever. */
static void a_proof_names_a_place_and_no_time_to_come(void **state)
{
	enum { DAY = 86400 };
	struct world *world = *state;
	AUTO_HELD(entry) entry = {0};
	int64_t now = time(NULL);

	given_imported(world->keeper, GIVEN_UID, world->first, "abcd", IMPORT_IMPORTED);
	assert_int_equal(prove(world, now, ""), ERR_WIRE);
	assert_int_equal(prove(world, 0, "USB"), ERR_WIRE);
	assert_int_equal(prove(world, -1, "USB"), ERR_WIRE);
	assert_int_equal(prove(world, now + 2 * DAY, "USB"), ERR_WIRE);
	assert_int_equal(prove(world, INT64_MAX, "USB"), ERR_WIRE);
	assert_int_equal(keeper_find(world->keeper, GIVEN_UID, &world->first->id, &entry), ERR_OK);
	assert_int_equal(entry.verified_at, 0);
	assert_int_equal(prove(world, now + DAY / 2, "USB"), ERR_OK); /* clocks differ a little */
}

static void an_import_takes_no_such_proof_either(void **state)
{
	struct world *world = *state;
	AUTO(secret) pin = given_pin("abcd");
	const struct bytes_list chain = {0};
	struct keeper_original original = {.key = world->first->key,
					   .pin = pin,
					   .certificate = &world->first->certificate,
					   .chain = &chain,
					   .friendly_name = "",
					   .verified_at = time(NULL),
					   .where = ""};
	const struct keeper_import_how how = {.tries = GIVEN_TRIES};
	enum import_result result = IMPORT_IMPORTED;
	uint32_t warnings = 0;
	AUTO_HELD(entry) entry = {0};

	assert_int_equal(keeper_import(world->keeper, GIVEN_UID, &original, &how, &result,
				       &warnings, &entry),
			 ERR_WIRE);
	original.where = "USB";
	original.verified_at = INT64_MAX;
	assert_int_equal(keeper_import(world->keeper, GIVEN_UID, &original, &how, &result,
				       &warnings, &entry),
			 ERR_WIRE);
	assert_int_equal(count_of(world->keeper, GIVEN_UID), 0);
}

static void a_certificate_comes_back_as_it_went_in(void **state)
{
	struct world *world = *state;
	AUTO_HELD(bytes) certificate = {NULL, 0};
	AUTO_HELD(bytes_list) chain = {0};

	given_imported(world->keeper, GIVEN_UID, world->first, "abcd", IMPORT_IMPORTED);
	assert_int_equal(keeper_certificate(world->keeper, GIVEN_UID, &world->first->id,
					    &certificate, &chain),
			 ERR_OK);
	assert_true(bytes_equal(&certificate, &world->first->certificate));
	assert_int_equal(chain.count, 0);
}

struct page {
	uint64_t last;
	size_t count;
};

static enum err take_page(const struct entry *entry, void *context)
{
	struct page *page = context;

	assert_true(entry->number > page->last);
	page->last = entry->number;
	page->count++;
	return ERR_OK;
}

static void lists_come_page_by_page_in_the_order_of_import(void **state)
{
	struct world *world = *state;
	struct page page = {0, 0};
	bool more = true;
	AUTO_HELD(entry) entry = {0};
	struct given_identity *identities[7];

	for (size_t i = 0; i < COUNT_OF(identities); i++) {
		identities[i] = given_identity(GIVEN_P256, "PAGE");
		given_imported(world->keeper, GIVEN_UID, identities[i], "abcd", IMPORT_IMPORTED);
	}
	assert_int_equal(keeper_delete(world->keeper, GIVEN_UID, &identities[3]->id, &entry),
			 ERR_OK);
	world_reopen(world);
	for (int pages = 0; more; pages++) {
		assert_true(pages < 3);
		assert_int_equal(keeper_list(world->keeper, GIVEN_UID, page.last, 2, take_page,
					     &page, &more),
				 ERR_OK);
	}
	assert_int_equal(page.count, 6);
	for (size_t i = 0; i < COUNT_OF(identities); i++)
		given_identity_gone(identities[i]);
}

static bool is_in_file(struct world *world, const char *name, const struct bytes *wanted)
{
	AUTO_HELD(bytes) bytes = {NULL, 0};
	enum file_answer answer = FILE_ABSENT;

	assert_int_equal(file_read(world->place->state, name, 1 << 24, &answer, &bytes), ERR_OK);
	return answer == FILE_PRESENT && bytes.size > 0 &&
	       memmem(bytes.data, bytes.size, wanted->data, 64) != NULL;
}

static void a_deleted_certificate_leaves_the_files(void **state)
{
	struct world *world = *state;
	struct record *record = NULL;
	AUTO_HELD(bytes) sealed = {NULL, 0};
	AUTO_HELD(entry) entry = {0};

	given_imported(world->keeper, GIVEN_UID, world->first, "abcd", IMPORT_IMPORTED);
	assert_int_equal(keeper_find_record(world->keeper, GIVEN_UID, &world->first->id, &record),
			 ERR_OK);
	struct row_id row = row_of(record, ROW_KEY);
	assert_int_equal(ledger_read(world->keeper->ledger, &row, &record->key, &sealed), ERR_OK);
	assert_true(is_in_file(world, "vault.db", &sealed) ||
		    is_in_file(world, "vault.db-wal", &sealed));
	assert_int_equal(keeper_delete(world->keeper, GIVEN_UID, &world->first->id, &entry),
			 ERR_OK);
	assert_false(is_in_file(world, "vault.db", &sealed));
	assert_false(is_in_file(world, "vault.db-wal", &sealed));
}

int main(void)
{
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, given_world, world_gone)
	const struct CMUnitTest tests[] = {
		WORLD_TEST(an_imported_certificate_is_listed_and_logs_in),
		WORLD_TEST(each_user_sees_only_their_own),
		WORLD_TEST(the_first_is_active_and_deleting_it_leaves_none),
		WORLD_TEST(a_deleted_certificate_leaves_the_files),
		WORLD_TEST(labels_are_unique_and_readable),
		WORLD_TEST(a_label_is_cut_at_a_character),
		WORLD_TEST(a_foreign_key_is_refused_before_anything_is_stored),
		WORLD_TEST(every_kind_of_key_logs_in),
		WORLD_TEST(proofs_and_the_users_word_are_kept),
		WORLD_TEST(a_proof_names_a_place_and_no_time_to_come),
		WORLD_TEST(an_import_takes_no_such_proof_either),
		WORLD_TEST(a_certificate_comes_back_as_it_went_in),
		WORLD_TEST(lists_come_page_by_page_in_the_order_of_import),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
