/* A commit that failed lies in the log all the same, and a connection that is lost later brings it
 * back: the vault does not write over what it does not know.
 */
#include "tests/unit/keeper/given.h"
#include "tests/unit/keeper/given_fault.h"

#include <errno.h>
#include <limits.h>

#include <sqlite3.h>

enum { FAULTS_MAX = 500 };

static sqlite3_mem_methods system_memory;
static unsigned memory_left = UINT_MAX; /* allocations until there is no more memory */

static bool memory_fails(void)
{
	if (memory_left == UINT_MAX || memory_left == 0)
		return memory_left == 0;
	memory_left--;
	return false;
}

static void *memory_that_fails(int size)
{
	return memory_fails() ? NULL : system_memory.xMalloc(size);
}

static void *memory_that_fails_to_grow(void *memory, int size)
{
	return memory_fails() ? NULL : system_memory.xRealloc(memory, size);
}

static void given_sqlite_without_memory(void)
{
	sqlite3_mem_methods methods;

	assert_int_equal(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &system_memory), SQLITE_OK);
	methods = system_memory;
	methods.xMalloc = memory_that_fails;
	methods.xRealloc = memory_that_fails_to_grow;
	assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods), SQLITE_OK);
	assert_int_equal(sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0), SQLITE_OK);
}

struct world {
	struct place_for_vault *place, *master;
	struct given_identity *first, *second;
};

static int given_world(void **state)
{
	struct world *world = calloc(1, sizeof *world);
	AUTO(keeper) keeper = NULL;

	given_process();
	world->place = given_place();
	world->master = given_place();
	world->first = given_identity(GIVEN_P256, "FIRST");
	world->second = given_identity(GIVEN_P256, "SECOND");
	keeper = given_keeper(world->place);
	given_imported(keeper, GIVEN_UID, world->first, "abcd", IMPORT_IMPORTED);
	given_imported(keeper, GIVEN_UID, world->second, "abcd", IMPORT_IMPORTED);
	keeper_free(TAKE(keeper));
	given_copy(world->place, world->master);
	*state = world;
	return 0;
}

static int world_gone(void **state)
{
	struct world *world = *state;

	given_place_gone(world->place);
	given_place_gone(world->master);
	given_identity_gone(world->first);
	given_identity_gone(world->second);
	free(world);
	return 0;
}

enum { HAPPENED_NOT = 0, HAPPENED_DISK = 1, HAPPENED_MEMORY = 2 };

/* A call fails while a try of the first is written; then the memory is used up, which may cost the
 * connection; then all is well. The second's rows are as they were all the time. */
static int run_with_faults(struct world *world, unsigned nth_call, unsigned nth_allocation)
{
	AUTO(keeper) keeper = NULL;
	uint8_t left = 0;
	int happened;

	given_copy(world->master, world->place);
	keeper = given_keeper(world->place);
	fault_arm(FAULT_FAIL, nth_call, EIO);
	(void)given_login(keeper, GIVEN_UID, world->first, "no", &left);
	happened = fault_disarm() ? HAPPENED_DISK : HAPPENED_NOT;
	memory_left = nth_allocation;
	(void)given_login(keeper, GIVEN_UID, world->second, "no", &left);
	happened |= memory_left == 0 ? HAPPENED_MEMORY : HAPPENED_NOT;
	memory_left = UINT_MAX;
	(void)given_login(keeper, GIVEN_UID, world->second, "no", &left);
	return happened;
}

static void expect_whole(struct world *world)
{
	AUTO(keeper) keeper = given_keeper(world->place);
	uint8_t left = given_tries_left(keeper, GIVEN_UID, world->first);

	assert_true(left == GIVEN_TRIES || left == GIVEN_TRIES - 1);
	assert_int_equal(given_login(keeper, GIVEN_UID, world->first, "abcd", &left), ERR_OK);
}

static void a_commit_that_comes_back_is_not_written_over(void **state)
{
	struct world *world = *state;
	int happened = HAPPENED_DISK;

	for (unsigned call = 1; (happened & HAPPENED_DISK) != 0; call++) {
		happened = HAPPENED_DISK | HAPPENED_MEMORY;
		for (unsigned allocation = 1; (happened & HAPPENED_MEMORY) != 0; allocation++) {
			happened = run_with_faults(world, call, allocation);
			expect_whole(world);
			assert_true(allocation < FAULTS_MAX);
		}
		assert_true(call < FAULTS_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_commit_that_comes_back_is_not_written_over,
						given_world, world_gone),
	};

	given_sqlite_without_memory();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
