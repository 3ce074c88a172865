/* Killed or failing at every call that changes a file: nothing is lost, no try is won. */
#include "tests/unit/keeper/given.h"
#include "tests/unit/keeper/given_fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/keeper/anchor.h"

struct world {
	struct place_for_vault *place;
	struct place_for_vault *master; /* the place as every round begins */
	struct given_identity *first, *second;
	struct keeper *keeper;
};

static int given_world(void **state)
{
	struct world *world = calloc(1, sizeof *world);
	uint8_t left = 0;

	given_process();
	(void)stretched_count();
	world->place = given_place();
	world->master = given_place();
	world->first = given_identity(GIVEN_P256, "FIRST");
	world->second = given_identity(GIVEN_P256, "SECOND");
	world->keeper = given_keeper(world->place);
	given_imported(world->keeper, GIVEN_UID, world->first, "abcd", IMPORT_IMPORTED);
	/* One try is gone, so that a refill can be told from none taken. */
	assert_int_equal(given_login(world->keeper, GIVEN_UID, world->first, "no", &left),
			 ERR_PIN_WRONG);
	keeper_free(TAKE(world->keeper));
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

enum { START_TRIES = GIVEN_TRIES - 1 };

typedef enum err operation(struct world *world);

static enum err try_wrong(struct world *world)
{
	uint8_t left = 0;

	return given_login(world->keeper, GIVEN_UID, world->first, "no", &left);
}

static enum err try_right(struct world *world)
{
	uint8_t left = 0;

	return given_login(world->keeper, GIVEN_UID, world->first, "abcd", &left);
}

static enum err import_second(struct world *world)
{
	AUTO_HELD(entry) entry = {0};
	enum import_result result = IMPORT_IMPORTED;
	uint32_t warnings = 0;

	return given_import(world->keeper, GIVEN_UID, world->second, "abcd", "", false, true,
			    &result, &warnings, &entry);
}

static enum err reset_first(struct world *world)
{
	AUTO_HELD(entry) entry = {0};
	enum import_result result = IMPORT_IMPORTED;
	uint32_t warnings = 0;

	return given_import(world->keeper, GIVEN_UID, world->first, "wxyz", "", true, false,
			    &result, &warnings, &entry);
}

static enum err delete_first(struct world *world)
{
	AUTO_HELD(entry) entry = {0};

	return keeper_delete(world->keeper, GIVEN_UID, &world->first->id, &entry);
}

static enum err change_pin(struct world *world)
{
	AUTO(secret) old_pin = given_pin("abcd");
	AUTO(secret) new_pin = given_pin("wxyz");
	AUTO_HELD(entry) entry = {0};
	uint8_t left = 0;

	return keeper_change_pin(world->keeper, GIVEN_UID, &world->first->id, old_pin, new_pin,
				 true, GIVEN_TRIES, &left, &entry);
}

/* Runs the operation in a child that is stopped at its n-th call. True: it was. */
static bool run_killed(struct world *world, operation *run, enum fault_kind kind, unsigned nth,
		       enum err expected)
{
	pid_t child;
	int status = 0;

	given_copy(world->master, world->place);
	stretched_forget();
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		world->keeper = given_keeper(world->place);
		fault_arm(kind, nth, EIO);
		_exit(run(world) == expected ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == FAULT_EXIT);
	return WEXITSTATUS(status) == FAULT_EXIT;
}

typedef void checker(struct world *world, bool was_killed);

/* At every point, plain and torn; and the vault always opens. */
static void kill_everywhere(struct world *world, operation *run, enum err expected, checker *check)
{
	static const enum fault_kind kinds[] = {FAULT_KILL, FAULT_KILL_TORN};

	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		bool was_killed = true;
		unsigned nth = 0;
		while (was_killed) {
			was_killed = run_killed(world, run, kinds[i], ++nth, expected);
			world->keeper = given_keeper(world->place);
			check(world, was_killed);
			keeper_free(TAKE(world->keeper));
			assert_true(nth < 200);
		}
		assert_true(nth > 4); /* there were points to be killed at */
	}
}

static void check_wrong_try(struct world *world, bool was_killed)
{
	unsigned left = given_tries_left(world->keeper, GIVEN_UID, world->first);

	assert_true(left == START_TRIES || left == START_TRIES - 1);
	if (!was_killed || stretched_count() > 0)
		assert_int_equal(left, START_TRIES - 1);
}

static void a_killed_wrong_try_is_never_undercounted(void **state)
{
	kill_everywhere(*state, try_wrong, ERR_PIN_WRONG, check_wrong_try);
}

static void check_right_try(struct world *world, bool was_killed)
{
	unsigned left = given_tries_left(world->keeper, GIVEN_UID, world->first);

	if (!was_killed)
		assert_int_equal(left, GIVEN_TRIES);
	assert_true(left == GIVEN_TRIES || left >= START_TRIES - 1);
	assert_int_equal(try_right(world), ERR_OK);
}

static void a_killed_right_try_costs_at_most_one(void **state)
{
	kill_everywhere(*state, try_right, ERR_OK, check_right_try);
}

static bool has(struct world *world, const struct given_identity *identity)
{
	AUTO_HELD(entry) entry = {0};

	return keeper_find(world->keeper, GIVEN_UID, &identity->id, &entry) == ERR_OK;
}

static void check_import(struct world *world, bool was_killed)
{
	struct digest active;
	bool imported = has(world, world->second);
	uint8_t left = 0;

	assert_true(was_killed || imported);
	assert_true(given_active(world->keeper, GIVEN_UID, &active));
	assert_true(digest_equal(&active, imported ? &world->second->id : &world->first->id));
	if (!imported)
		assert_int_equal(import_second(world), ERR_OK);
	assert_int_equal(given_login(world->keeper, GIVEN_UID, world->second, "abcd", &left),
			 ERR_OK);
}

static void a_killed_import_is_whole_or_not_there(void **state)
{
	kill_everywhere(*state, import_second, ERR_OK, check_import);
}

static void check_delete(struct world *world, bool was_killed)
{
	struct digest active;

	assert_true(was_killed || !has(world, world->first));
	if (has(world, world->first))
		assert_int_equal(try_right(world), ERR_OK);
	else
		assert_false(given_active(world->keeper, GIVEN_UID, &active));
}

static void a_killed_delete_is_whole_or_did_not_happen(void **state)
{
	kill_everywhere(*state, delete_first, ERR_OK, check_delete);
}

static void check_pin(struct world *world, bool was_killed)
{
	uint8_t left = 0;
	enum err with_new = given_login(world->keeper, GIVEN_UID, world->first, "wxyz", &left);

	assert_true(with_new == ERR_OK || (was_killed && with_new == ERR_PIN_WRONG));
	assert_int_equal(given_login(world->keeper, GIVEN_UID, world->first, "abcd", &left),
			 with_new == ERR_OK ? ERR_PIN_WRONG : ERR_OK);
}

static void a_killed_change_of_pin_leaves_exactly_one(void **state)
{
	kill_everywhere(*state, change_pin, ERR_OK, check_pin);
	kill_everywhere(*state, reset_first, ERR_OK, check_pin);
}

/* The first start of all, killed everywhere: the next start goes on. */
static void a_killed_first_start_goes_on(void **state)
{
	struct world *world = *state;
	bool was_killed = true;

	for (unsigned nth = 1; was_killed; nth++) {
		struct place_for_vault *fresh = given_place();
		pid_t child = fork();
		int status = 0;
		AUTO(keeper) keeper = NULL;
		if (child == 0) {
			fault_arm(nth % 2 == 0 ? FAULT_KILL : FAULT_KILL_TORN, nth, EIO);
			_exit(keeper_open(&fresh->settings, &keeper) == ERR_OK ? 0 : 1);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		was_killed = WEXITSTATUS(status) == FAULT_EXIT;
		assert_true(was_killed || WEXITSTATUS(status) == 0);
		keeper = given_keeper(fresh);
		given_imported(keeper, GIVEN_UID, world->first, "abcd", IMPORT_IMPORTED);
		keeper_free(TAKE(keeper));
		keeper = given_keeper(fresh);
		keeper_free(TAKE(keeper));
		given_place_gone(fresh);
		assert_true(nth < 200);
	}
}

/* Each call fails, once or from then on; the same keeper goes on when the disk is well again. */
static void fail_everywhere(struct world *world, operation *run, enum err expected, checker *check)
{
	static const int errors[] = {EIO, ENOSPC};
	static const enum fault_kind kinds[] = {FAULT_FAIL, FAULT_FAIL_FOREVER};

	for (unsigned i = 0; i < 4; i++) {
		bool happened = true;
		for (unsigned nth = 1; happened; nth++) {
			enum err err;
			bool failed;
			given_copy(world->master, world->place);
			stretched_forget();
			world->keeper = given_keeper(world->place);
			fault_arm(kinds[i / 2], nth, errors[i % 2]);
			err = run(world);
			happened = fault_disarm();
			failed = err != expected;
			assert_true(!failed || err == ERR_DISK || err == ERR_STATE_UNSETTLED);
			assert_true(happened || !failed);
			check(world, failed);
			keeper_free(TAKE(world->keeper));
			world->keeper = given_keeper(world->place);
			check(world, failed);
			keeper_free(TAKE(world->keeper));
			assert_true(nth < 200);
		}
	}
}

/* After a failure the try is untouched, or held for the next attempt: never evaluated for free. */
static void check_failed_wrong_try(struct world *world, bool failed)
{
	unsigned left = given_tries_left(world->keeper, GIVEN_UID, world->first);

	if (failed)
		assert_int_equal(stretched_count(), 0);
	else
		assert_true(left <= START_TRIES - 1);
	assert_true(left >= START_TRIES - 1);
}

static void a_failing_disk_evaluates_no_pin(void **state)
{
	fail_everywhere(*state, try_wrong, ERR_PIN_WRONG, check_failed_wrong_try);
}

static void check_failed_right_try(struct world *world, bool failed)
{
	(void)failed;
	assert_int_equal(try_right(world), ERR_OK);
	assert_int_equal(given_tries_left(world->keeper, GIVEN_UID, world->first), GIVEN_TRIES);
}

static void a_failing_disk_locks_nobody_out(void **state)
{
	fail_everywhere(*state, try_right, ERR_OK, check_failed_right_try);
}

static void a_failing_disk_never_loses_a_record(void **state)
{
	fail_everywhere(*state, import_second, ERR_OK, check_import);
	fail_everywhere(*state, delete_first, ERR_OK, check_delete);
	fail_everywhere(*state, change_pin, ERR_OK, check_pin);
}

/* The move fails after the commit: the try serves the next attempt and is not taken twice. */
static void a_try_that_could_not_be_used_serves_the_next(void **state)
{
	struct world *world = *state;
	struct place_for_vault *place = world->place;
	unsigned unsettled = 0;

	for (unsigned nth = 1; nth < 20; nth++) {
		enum err err;
		given_copy(world->master, place);
		world->keeper = given_keeper(place);
		fault_arm(FAULT_FAIL_FOREVER, nth, EIO);
		err = try_wrong(world);
		(void)try_wrong(world);
		(void)try_wrong(world);
		(void)fault_disarm();
		if (err == ERR_STATE_UNSETTLED) {
			unsettled++;
			stretched_forget();
			assert_int_equal(try_wrong(world), ERR_PIN_WRONG);
			assert_int_equal(stretched_count(), 1);
			assert_int_equal(given_tries_left(world->keeper, GIVEN_UID, world->first),
					 START_TRIES - 1);
		}
		keeper_free(TAKE(world->keeper));
	}
	assert_true(unsettled > 0);
}

/* The anchor cannot be moved, while the database can be written. */
static void anchor_sticks(struct world *world, bool sticks)
{
	if (sticks)
		fault_spoil(world->place->anchor, ANCHOR_NAME);
	else
		fault_mend();
}

static void until_the_anchor_is_settled_nothing_is_committed(void **state)
{
	struct world *world = *state;
	AUTO_HELD(entry) entry = {0};
	struct digest before, after;

	given_copy(world->master, world->place);
	world->keeper = given_keeper(world->place);
	anchor_sticks(world, true);
	assert_int_equal(import_second(world), ERR_STATE_UNSETTLED); /* its rows are there */
	before = given_contents(world->place);
	assert_int_equal(try_wrong(world), ERR_STATE_UNSETTLED);
	assert_int_equal(try_right(world), ERR_STATE_UNSETTLED);
	assert_int_equal(delete_first(world), ERR_STATE_UNSETTLED);
	assert_int_equal(reset_first(world), ERR_STATE_UNSETTLED);
	assert_int_equal(keeper_use(world->keeper, GIVEN_UID, &world->first->id, &entry),
			 ERR_STATE_UNSETTLED);
	assert_int_equal(keeper_confirm(world->keeper, GIVEN_UID, &world->first->id, 1, &entry),
			 ERR_STATE_UNSETTLED);
	after = given_contents(world->place);
	assert_memory_equal(&before, &after, sizeof before);
	assert_true(has(world, world->second)); /* lists and reads go on */
	anchor_sticks(world, false);
	assert_int_equal(try_right(world), ERR_OK);
	keeper_free(TAKE(world->keeper));
	world->keeper = given_keeper(world->place);
	assert_true(has(world, world->second));
	keeper_free(TAKE(world->keeper));
}

/* The same at the start: it opens, and the move is finished when the disk lets it. */
static void a_start_that_cannot_finish_a_move_opens_for_reading(void **state)
{
	struct world *world = *state;

	given_copy(world->master, world->place);
	world->keeper = given_keeper(world->place);
	anchor_sticks(world, true);
	assert_int_equal(import_second(world), ERR_STATE_UNSETTLED);
	keeper_free(TAKE(world->keeper));
	world->keeper = given_keeper(world->place);
	assert_true(has(world, world->second));
	assert_int_equal(try_right(world), ERR_STATE_UNSETTLED);
	anchor_sticks(world, false);
	assert_int_equal(try_right(world), ERR_OK);
	keeper_free(TAKE(world->keeper));
}

/* The original's import begins anew: a try that was held before is none of its tries. */
static void a_held_try_does_not_outlive_a_reset(void **state)
{
	struct world *world = *state;

	given_copy(world->master, world->place);
	world->keeper = given_keeper(world->place);
	anchor_sticks(world, true);
	assert_int_equal(try_wrong(world), ERR_STATE_UNSETTLED);
	anchor_sticks(world, false);
	assert_int_equal(reset_first(world), ERR_OK);
	assert_int_equal(try_wrong(world), ERR_PIN_WRONG);
	assert_int_equal(given_tries_left(world->keeper, GIVEN_UID, world->first), GIVEN_TRIES - 1);
	keeper_free(TAKE(world->keeper));
}

/* The last try was taken and not evaluated: it is there for the next attempt, so nothing is locked
 * and an import changes no PIN unasked. */
static void a_held_last_try_is_no_lock(void **state)
{
	struct world *world = *state;
	AUTO_HELD(entry) entry = {0};
	enum import_result result = IMPORT_IMPORTED;
	uint32_t warnings = 0;

	given_copy(world->master, world->place);
	world->keeper = given_keeper(world->place);
	for (int tries = START_TRIES; tries > 1; tries--)
		assert_int_equal(try_wrong(world), ERR_PIN_WRONG);
	anchor_sticks(world, true);
	assert_int_equal(try_wrong(world), ERR_STATE_UNSETTLED);
	anchor_sticks(world, false);
	assert_int_equal(given_tries_left(world->keeper, GIVEN_UID, world->first), 0);
	assert_int_equal(given_import(world->keeper, GIVEN_UID, world->first, "wxyz", "", false,
				      false, &result, &warnings, &entry),
			 ERR_OK);
	assert_int_equal(result, IMPORT_ALREADY_THERE);
	assert_int_equal(try_right(world), ERR_OK);
	keeper_free(TAKE(world->keeper));
}

/* An anchor that somebody moves while the vault runs: nothing is committed over it. */
static void an_anchor_moved_by_others_stops_every_change(void **state)
{
	struct world *world = *state;

	given_copy(world->master, world->place);
	world->keeper = given_keeper(world->place);
	anchor_sticks(world, true);
	assert_int_equal(try_wrong(world), ERR_STATE_UNSETTLED);
	anchor_sticks(world, false);
	given_other_anchor(world->place);
	assert_int_equal(try_wrong(world), ERR_ROLLED_BACK);
	assert_int_equal(delete_first(world), ERR_ROLLED_BACK);
	assert_true(has(world, world->first));
	keeper_free(TAKE(world->keeper));
}

/* A right PIN whose refill fails again and again loses one try, not one each time. */
static void a_sick_disk_does_not_eat_the_tries_of_a_right_pin(void **state)
{
	struct world *world = *state;
	unsigned refills_failed = 0;

	for (unsigned nth = 1; nth < 40; nth++) {
		given_copy(world->master, world->place);
		stretched_forget();
		world->keeper = given_keeper(world->place);
		for (int round = 0; round < 3; round++) {
			fault_arm(FAULT_FAIL_FOREVER, nth, ENOSPC);
			refills_failed += try_right(world) != ERR_OK && stretched_count() > 0;
			(void)fault_disarm();
		}
		assert_true(given_tries_left(world->keeper, GIVEN_UID, world->first) >=
			    START_TRIES - 1);
		assert_int_equal(try_right(world), ERR_OK);
		keeper_free(TAKE(world->keeper));
	}
	assert_true(refills_failed > 0);
}

/* No memory for Argon2id: nothing was learnt, nothing is spent. */
static void a_derivation_that_could_not_run_gives_its_try_back(void **state)
{
	struct world *world = *state;

	given_copy(world->master, world->place);
	world->keeper = given_keeper(world->place);
	stretch_fails(true);
	for (int more = 0; more < 10; more++)
		assert_int_equal(try_right(world), ERR_MEMORY);
	stretch_fails(false);
	assert_int_equal(given_tries_left(world->keeper, GIVEN_UID, world->first), START_TRIES);
	assert_int_equal(try_right(world), ERR_OK);
	keeper_free(TAKE(world->keeper));
}

int main(void)
{
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, given_world, world_gone)
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_killed_wrong_try_is_never_undercounted),
		WORLD_TEST(a_killed_right_try_costs_at_most_one),
		WORLD_TEST(a_killed_import_is_whole_or_not_there),
		WORLD_TEST(a_killed_delete_is_whole_or_did_not_happen),
		WORLD_TEST(a_killed_change_of_pin_leaves_exactly_one),
		WORLD_TEST(a_killed_first_start_goes_on),
		WORLD_TEST(a_failing_disk_evaluates_no_pin),
		WORLD_TEST(a_failing_disk_locks_nobody_out),
		WORLD_TEST(a_failing_disk_never_loses_a_record),
		WORLD_TEST(a_try_that_could_not_be_used_serves_the_next),
		WORLD_TEST(until_the_anchor_is_settled_nothing_is_committed),
		WORLD_TEST(a_start_that_cannot_finish_a_move_opens_for_reading),
		WORLD_TEST(a_held_try_does_not_outlive_a_reset),
		WORLD_TEST(a_held_last_try_is_no_lock),
		WORLD_TEST(an_anchor_moved_by_others_stops_every_change),
		WORLD_TEST(a_sick_disk_does_not_eat_the_tries_of_a_right_pin),
		WORLD_TEST(a_derivation_that_could_not_run_gives_its_try_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
