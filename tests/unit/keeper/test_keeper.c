/* What a vault does for its owner: import, list, log in, lock, the way back, change, delete. */
#include "tests/unit/keeper/given.h"

struct world {
	struct place_for_vault *place;
	struct keeper *keeper;
	struct given_identity *first, *second;
};

static int given_world(void **state)
{
	struct world *world = calloc(1, sizeof *world);

	given_process();
	world->place = given_place();
	world->keeper = given_keeper(world->place);
	world->first = given_identity(GIVEN_P256, "TARO SHIHO");
	world->second = given_identity(GIVEN_P256, "TARO SHIHO");
	*state = world;
	return 0;
}

static int world_gone(void **state)
{
	struct world *world = *state;

	keeper_free(world->keeper);
	given_place_gone(world->place);
	given_identity_gone(world->first);
	given_identity_gone(world->second);
	free(world);
	return 0;
}

static void reopen(struct world *world)
{
	keeper_free(world->keeper);
	world->keeper = given_keeper(world->place);
}

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
		assert_int_equal(keeper_find_active(world->keeper, GIVEN_UID, &entry), ERR_OK);
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
		reopen(world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_imported_certificate_is_listed_and_logs_in,
						given_world, world_gone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
