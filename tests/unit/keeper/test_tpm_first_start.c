/* test_tpm_first_start.c - the very first start beside a TPM, killed anywhere: the next one goes
 * on, and the TPM keeps one index of ours and no more.
 */
#include "tests/unit/keeper/given_fault.h"
#include "tests/unit/keeper/given_tpm_vault.h"
#include "vault/keeper/tpm_context.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

/* The power of the whole machine goes with the child. */
static bool first_start_is_killed(struct tpm_world *world, unsigned nth)
{
	AUTO(keeper) keeper = NULL;
	int status = 0;
	pid_t child;

	tpm_free(TAKE(world->tpm));
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		world->place->settings.tpm = given_connection(world->given);
		fault_arm(nth % 2 == 0 ? FAULT_KILL : FAULT_KILL_TORN, nth, EIO);
		_exit(keeper_open(&world->place->settings, &keeper) == ERR_OK ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	given_power_cut(world->given);
	given_power(world->given);
	world->tpm = given_connection(world->given);
	world->place->settings.tpm = world->tpm;
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == FAULT_EXIT);
	return WEXITSTATUS(status) == FAULT_EXIT;
}

static void expect_bound(struct tpm_world *world)
{
	tpm_world_starts(world);
	assert_int_equal(keeper_binding(world->keeper), VAULT_BINDING_TPM);
	given_imported(world->keeper, GIVEN_UID, world->identity, "abcd", IMPORT_IMPORTED);
	assert_int_equal(tpm_world_login(world, "abcd"), ERR_OK);
	keeper_free(TAKE(world->keeper));
	assert_int_equal(tpm_world_indices(world), 1);
}

static void killed_anywhere_the_next_start_goes_on_and_no_index_is_left_over(void **state)
{
	bool was_killed = true;
	unsigned nth = 0;

	(void)state;
	while (was_killed) {
		GIVEN_TPM_OR_SKIP(given);
		struct tpm_world world = given_tpm_world(given);
		nth += given_stride();
		was_killed = first_start_is_killed(&world, nth);
		expect_bound(&world);
		tpm_world_gone(&world);
	}
	assert_true(nth > 20);
}

/* Before the TPM has done it, or after, and the answer was lost: then the host alone must do. */
static void a_tpm_that_goes_while_its_index_is_made_leaves_a_vault_of_the_host(void **state)
{
	static const enum given_mishap mishaps[] = {GIVEN_CUT_BEFORE, GIVEN_CUT_AFTER};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		GIVEN_TPM_OR_SKIP(given);
		struct tpm_world world = given_tpm_world(given);
		given->plan = (struct given_plan){
			.mishap = mishaps[i], .command = TPM2_CC_NV_DefineSpace, .times = 1};
		tpm_world_starts(&world);
		assert_int_equal(keeper_binding(world.keeper), VAULT_BINDING_HOST);
		given_imported(world.keeper, GIVEN_UID, world.identity, "abcd", IMPORT_IMPORTED);
		keeper_free(TAKE(world.keeper));
		given_power(given);
		tpm_world_starts(&world);
		assert_int_equal(keeper_binding(world.keeper), VAULT_BINDING_HOST);
		assert_int_equal(tpm_world_login(&world, "abcd"), ERR_OK);
		tpm_world_gone(&world);
	}
}

static void without_room_for_an_index_the_vault_is_tied_to_the_host(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct tpm_world world = given_tpm_world(given);

	(void)state;
	assert_true(given_full(given, 0x01000000) > 0);
	for (int start = 0; start < 2; start++) {
		tpm_world_starts(&world);
		assert_int_equal(keeper_binding(world.keeper), VAULT_BINDING_HOST);
	}
	given_imported(world.keeper, GIVEN_UID, world.identity, "abcd", IMPORT_IMPORTED);
	tpm_world_starts(&world);
	assert_int_equal(tpm_world_login(&world, "abcd"), ERR_OK);
	tpm_world_gone(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed_anywhere_the_next_start_goes_on_and_no_index_is_left_over),
		cmocka_unit_test(
			a_tpm_that_goes_while_its_index_is_made_leaves_a_vault_of_the_host),
		cmocka_unit_test(without_room_for_an_index_the_vault_is_tied_to_the_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
