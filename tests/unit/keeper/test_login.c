/* PINs and logins: tries, the lock and the way back, change, cost, and what ends a login. */
#include "tests/unit/keeper/given_world.h"
#include "vault/keeper/keeper_parts.h"

static void the_last_wrong_pin_locks_and_the_original_is_the_way_back(void **state)
{
	struct world *world = *state;
	AUTO_HELD(entry) entry = {0};
	enum import_result result = IMPORT_IMPORTED;
	uint32_t warnings = 0;
	uint8_t left = 99;

	given_imported(world->keeper, GIVEN_UID, world->first, "abcd", IMPORT_IMPORTED);
	for (unsigned wrong = 1; wrong <= GIVEN_TRIES; wrong++) {
		assert_int_equal(given_login(world->keeper, GIVEN_UID, world->first, "no", &left),
				 ERR_PIN_WRONG);
		assert_int_equal(left, GIVEN_TRIES - wrong);
		if (wrong == 3)
			world_reopen(world);
	}
	for (int more = 0; more < 20; more++) {
		left = 99;
		assert_int_equal(given_login(world->keeper, GIVEN_UID, world->first, "abcd", &left),
				 ERR_PIN_LOCKED);
		assert_int_equal(left, 0);
	}
	world_reopen(world);
	assert_int_equal(given_login(world->keeper, GIVEN_UID, world->first, "abcd", &left),
			 ERR_PIN_LOCKED);
	given_imported(world->keeper, GIVEN_UID, world->first, "wxyz", IMPORT_PIN_RESET);
	assert_int_equal(given_login(world->keeper, GIVEN_UID, world->first, "wxyz", &left),
			 ERR_OK);
	assert_int_equal(given_login(world->keeper, GIVEN_UID, world->first, "abcd", &left),
			 ERR_PIN_WRONG);
	/* Not locked: nothing changes unless asked for. */
	given_imported(world->keeper, GIVEN_UID, world->first, "other", IMPORT_ALREADY_THERE);
	assert_int_equal(given_login(world->keeper, GIVEN_UID, world->first, "wxyz", &left),
			 ERR_OK);
	assert_int_equal(given_import(world->keeper, GIVEN_UID, world->first, "other", "", true,
				      false, &result, &warnings, &entry),
			 ERR_OK);
	assert_int_equal(result, IMPORT_PIN_RESET);
	assert_int_equal(entry.number, 1);
	assert_string_equal(entry.label, "TARO SHIHO");
	assert_true(entry.is_active);
	assert_int_equal(given_login(world->keeper, GIVEN_UID, world->first, "other", &left),
			 ERR_OK);
}

static void the_right_pin_refills_the_tries(void **state)
{
	struct world *world = *state;
	uint8_t left = 0;

	given_imported(world->keeper, GIVEN_UID, world->first, "abcd", IMPORT_IMPORTED);
	for (int round = 0; round < 3; round++) {
		for (int wrong = 1; wrong < GIVEN_TRIES; wrong++)
			assert_int_equal(
				given_login(world->keeper, GIVEN_UID, world->first, "no", &left),
				ERR_PIN_WRONG);
		assert_int_equal(given_tries_left(world->keeper, GIVEN_UID, world->first), 1);
		assert_int_equal(given_login(world->keeper, GIVEN_UID, world->first, "abcd", &left),
				 ERR_OK);
		assert_int_equal(given_tries_left(world->keeper, GIVEN_UID, world->first),
				 GIVEN_TRIES);
	}
}

static void text_that_cannot_be_a_pin_costs_no_try(void **state)
{
	struct world *world = *state;
	char long_text[257];
	uint8_t left = 0;

	memset(long_text, 'a', sizeof long_text);
	given_imported(world->keeper, GIVEN_UID, world->first, "abcd", IMPORT_IMPORTED);
	const struct {
		const char *text;
		size_t size;
	} impossible[] = {{"", 0}, {long_text, 256}, {"ab\0cd", 5}, {"\xC0\xAF", 2}};
	for (size_t i = 0; i < COUNT_OF(impossible); i++) {
		AUTO(secret) pin = NULL;
		AUTO(login) login = NULL;
		assert_int_equal(secret_new(impossible[i].size, &pin), ERR_OK);
		if (impossible[i].size > 0)
			memcpy(secret_bytes(pin), impossible[i].text, impossible[i].size);
		assert_int_equal(keeper_login(world->keeper, GIVEN_UID, &world->first->id, pin,
					      GIVEN_TRIES, &left, &login),
				 ERR_PIN_TEXT);
	}
	assert_int_equal(given_tries_left(world->keeper, GIVEN_UID, world->first), GIVEN_TRIES);
	/* Anything else wrong counts, and a long PIN of any script works. */
	assert_int_equal(given_login(world->keeper, GIVEN_UID, world->first, "ＡＢＣＤ", &left),
			 ERR_PIN_WRONG);
	long_text[255] = '\0';
	given_imported(world->keeper, GIVEN_UID, world->second, long_text, IMPORT_IMPORTED);
	assert_int_equal(given_login(world->keeper, GIVEN_UID, world->second, long_text, &left),
			 ERR_OK);
}

static enum err change_pin(struct world *world, const char *from, const char *to, uint8_t *left)
{
	AUTO(secret) old_pin = given_pin(from);
	AUTO(secret) new_pin = given_pin(to);
	AUTO_HELD(entry) entry = {0};

	return keeper_change_pin(world->keeper, GIVEN_UID, &world->first->id, old_pin, new_pin,
				 true, GIVEN_TRIES, left, &entry);
}

static void a_changed_pin_replaces_the_old_one(void **state)
{
	struct world *world = *state;
	uint8_t left = 0;

	given_imported(world->keeper, GIVEN_UID, world->first, "abcd", IMPORT_IMPORTED);
	assert_int_equal(change_pin(world, "no", "new1", &left), ERR_PIN_WRONG);
	assert_int_equal(left, GIVEN_TRIES - 1);
	assert_int_equal(change_pin(world, "abcd", "", &left), ERR_PIN_TEXT);
	assert_int_equal(change_pin(world, "abcd", "new1", &left), ERR_OK);
	assert_int_equal(left, GIVEN_TRIES);
	world_reopen(world);
	assert_int_equal(given_login(world->keeper, GIVEN_UID, world->first, "new1", &left),
			 ERR_OK);
	assert_int_equal(given_login(world->keeper, GIVEN_UID, world->first, "abcd", &left),
			 ERR_PIN_WRONG);
}

static void change_reset_and_delete_end_open_logins(void **state)
{
	struct world *world = *state;
	AUTO(secret) pin = given_pin("abcd");
	AUTO(login) one = NULL;
	AUTO(login) other = NULL;
	AUTO_HELD(entry) entry = {0};
	enum import_result result = IMPORT_IMPORTED;
	uint32_t warnings = 0;
	struct digest id;
	uint8_t left = 0;

	given_imported(world->keeper, GIVEN_UID, world->first, "abcd", IMPORT_IMPORTED);
	given_imported(world->keeper, GIVEN_UID, world->second, "abcd", IMPORT_IMPORTED);
	assert_int_equal(keeper_login(world->keeper, GIVEN_UID, &world->second->id, pin,
				      GIVEN_TRIES, &left, &other),
			 ERR_OK);
	for (int how = 0; how < 3; how++) {
		assert_int_equal(keeper_login(world->keeper, GIVEN_UID, &world->first->id, pin,
					      GIVEN_TRIES, &left, &one),
				 ERR_OK);
		assert_true(login_is_open(one));
		login_id(one, &id);
		assert_true(digest_equal(&id, &world->first->id));
		if (how == 0)
			assert_int_equal(change_pin(world, "abcd", "abcd", &left), ERR_OK);
		else if (how == 1)
			assert_int_equal(given_import(world->keeper, GIVEN_UID, world->first,
						      "abcd", "", true, false, &result, &warnings,
						      &entry),
					 ERR_OK);
		else
			assert_int_equal(
				keeper_delete(world->keeper, GIVEN_UID, &world->first->id, &entry),
				ERR_OK);
		entry_clear(&entry);
		assert_false(login_is_open(one));
		assert_true(login_is_open(other));
		login_free(TAKE(one));
	}
}

static void the_number_of_open_logins_is_bounded(void **state)
{
	struct world *world = *state;
	AUTO(secret) pin = given_pin("abcd");
	struct login *logins[3] = {NULL};
	struct login *refused = NULL;
	uint8_t left = 0;

	given_imported(world->keeper, GIVEN_UID, world->first, "abcd", IMPORT_IMPORTED);
	world->place->settings.login_max = COUNT_OF(logins);
	world_reopen(world);
	for (size_t i = 0; i < COUNT_OF(logins); i++)
		assert_int_equal(keeper_login(world->keeper, GIVEN_UID, &world->first->id, pin,
					      GIVEN_TRIES, &left, &logins[i]),
				 ERR_OK);
	assert_int_equal(keeper_login(world->keeper, GIVEN_UID, &world->first->id, pin, GIVEN_TRIES,
				      &left, &refused),
			 ERR_LOGIN_LIMIT);
	assert_int_equal(given_tries_left(world->keeper, GIVEN_UID, world->first), GIVEN_TRIES);
	login_free(logins[1]);
	assert_int_equal(keeper_login(world->keeper, GIVEN_UID, &world->first->id, pin, GIVEN_TRIES,
				      &left, &logins[1]),
			 ERR_OK);
	for (size_t i = 0; i < COUNT_OF(logins); i++)
		login_free(logins[i]);
}

/* Reads the PIN row as the keeper does. */
static struct pin_row pin_row_of(struct world *world)
{
	struct record *record = NULL;
	struct pin_row row = {0};

	assert_int_equal(keeper_find_record(world->keeper, GIVEN_UID, &world->first->id, &record),
			 ERR_OK);
	assert_int_equal(keeper_read_pin(world->keeper, record, &row), ERR_OK);
	return row;
}

static void a_cheaper_pin_is_raised_behind_a_login(void **state)
{
	struct world *world = *state;
	struct pin_row before, after;
	uint8_t left = 0;

	given_imported(world->keeper, GIVEN_UID, world->first, "abcd", IMPORT_IMPORTED);
	before = pin_row_of(world);
	world->place->settings.cost.passes = 2;
	world_reopen(world);
	assert_int_equal(given_login(world->keeper, GIVEN_UID, world->first, "no", &left),
			 ERR_PIN_WRONG);
	assert_int_equal(pin_row_of(world).cost.passes, 1);
	assert_int_equal(given_login(world->keeper, GIVEN_UID, world->first, "abcd", &left),
			 ERR_OK);
	world_reopen(world); /* the end of a keeper waits for it */
	after = pin_row_of(world);
	assert_int_equal(after.cost.passes, 2);
	assert_memory_not_equal(before.salt, after.salt, sizeof before.salt);
	assert_int_equal(after.tries_left, GIVEN_TRIES);
	assert_true(after.follows_rule);
	assert_int_equal(given_login(world->keeper, GIVEN_UID, world->first, "abcd", &left),
			 ERR_OK);
	/* A cost that was lowered since is left alone. */
	world->place->settings.cost.passes = 1;
	world_reopen(world);
	assert_int_equal(given_login(world->keeper, GIVEN_UID, world->first, "abcd", &left),
			 ERR_OK);
	world_reopen(world);
	assert_int_equal(pin_row_of(world).cost.passes, 2);
}

int main(void)
{
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, given_world, world_gone)
	const struct CMUnitTest tests[] = {
		WORLD_TEST(the_last_wrong_pin_locks_and_the_original_is_the_way_back),
		WORLD_TEST(the_right_pin_refills_the_tries),
		WORLD_TEST(text_that_cannot_be_a_pin_costs_no_try),
		WORLD_TEST(a_changed_pin_replaces_the_old_one),
		WORLD_TEST(change_reset_and_delete_end_open_logins),
		WORLD_TEST(the_number_of_open_logins_is_bounded),
		WORLD_TEST(a_cheaper_pin_is_raised_behind_a_login),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
