/* test_tpm_vault.c - vaults that are tied to a TPM, against real TPMs (swtpm). */
#include "tests/unit/keeper/given_fault.h"
#include "tests/unit/keeper/given_tpm_vault.h"
#include "vault/base/file.h"
#include "vault/keeper/anchor.h"
#include "vault/keeper/rebind.h"
#include "vault/keeper/tpm_context.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void snapshot_gone(struct place_for_vault *place)
{
	given_place_gone(place);
}

/* -- opening ---------------------------------------------------------------------------------- */

static void a_first_start_with_a_tpm_ties_the_vault_to_it(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct tpm_world world = given_full_tpm_world(given);

	(void)state;
	assert_int_equal(keeper_binding(world.keeper), VAULT_BINDING_TPM);
	assert_int_equal(keeper_tpm_trouble(world.keeper), ERR_OK);
	assert_false(file_exists(world.place->anchor, ANCHOR_NAME));
	for (unsigned i = 0; i < 3; i++) {
		tpm_world_starts(&world);
		assert_int_equal(keeper_binding(world.keeper), VAULT_BINDING_TPM);
		assert_int_equal(tpm_world_login(&world, "no"), ERR_PIN_WRONG);
		assert_int_equal(tpm_world_login(&world, "abcd"), ERR_OK);
	}
	tpm_world_gone(&world);
}

static void a_tpm_that_cannot_be_used_leaves_a_new_vault_to_the_host(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct tpm_world world = given_tpm_world(given);

	(void)state;
	given_owner_password(given, "", "secret");
	tpm_world_starts(&world);
	assert_int_equal(keeper_binding(world.keeper), VAULT_BINDING_HOST);
	assert_int_equal(keeper_tpm_trouble(world.keeper), ERR_TPM_OWNER_PASSWORD);
	tpm_world_starts(&world);
	given_imported(world.keeper, GIVEN_UID, world.identity, "abcd", IMPORT_IMPORTED);
	tpm_world_gone(&world);
}

static void a_full_tpm_leaves_a_new_vault_to_the_host(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct tpm_world world = given_tpm_world(given);

	(void)state;
	assert_true(given_full(given, 0x01000000) > 0);
	tpm_world_starts(&world);
	assert_int_equal(keeper_binding(world.keeper), VAULT_BINDING_HOST);
	assert_int_equal(keeper_tpm_trouble(world.keeper), ERR_TPM_FULL);
	tpm_world_gone(&world);
}

static void another_machine_opens_nothing(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct given_tpm *other = given_tpm();
	struct tpm_world world = given_full_tpm_world(given);
	struct tpm_world thief = given_tpm_world(other);
	struct digest before, after;

	(void)state;
	keeper_free(TAKE(world.keeper));
	given_copy(world.place, thief.place);
	before = given_contents(thief.place);

	/* Nothing of the host: its host.key is another. */
	tpm_world_refuses(&thief, "host-key-foreign");
	/* Database and host.key, without the TPM: another TPM, and none. */
	thief.place->settings.host_key = world.place->host_key;
	tpm_world_refuses(&thief, "tpm-replaced");
	thief.place->settings.tpm = NULL;
	tpm_world_refuses(&thief, "machine-changed");
	/* The TPM itself, without host.key. */
	thief.place->settings.tpm = world.tpm;
	thief.place->settings.host_key = thief.place->host_key;
	tpm_world_refuses(&thief, "host-key-foreign");
	thief.place->settings.host_key = NULL;
	tpm_world_refuses(&thief, "host-key-missing");

	after = given_contents(thief.place);
	assert_memory_equal(&before, &after, sizeof before);
	tpm_world_starts(&world);
	assert_int_equal(tpm_world_login(&world, "abcd"), ERR_OK);
	tpm_world_gone(&thief);
	tpm_world_gone(&world);
}

static void each_trouble_of_the_tpm_is_said_and_mended(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct tpm_world world = given_full_tpm_world(given);

	(void)state;
	given_power_cut(given);
	tpm_world_refuses(&world, "tpm-gone");
	given_power(given);
	tpm_hang_up(world.tpm);
	given_owner_password(given, "", "secret");
	tpm_world_refuses(&world, "tpm-owner-password");
	tpm_hang_up(world.tpm);
	given_owner_password(given, "secret", "");
	tpm_hang_up(world.tpm);
	given_owner_off(given);
	tpm_world_refuses(&world, "tpm-off");
	given_power_cut(given);
	given_power(given);
	tpm_hang_up(world.tpm);
	given_lockout(given);
	tpm_world_starts(&world);
	assert_int_equal(tpm_world_login(&world, "abcd"), ERR_OK);
	tpm_world_gone(&world);
}

static void a_cleared_tpm_refuses_and_nothing_is_written(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct tpm_world world = given_full_tpm_world(given);
	struct digest before, after;

	(void)state;
	keeper_free(TAKE(world.keeper));
	before = given_contents(world.place);
	tpm_hang_up(world.tpm);
	given_cleared(given);
	tpm_world_refuses(&world, "tpm-replaced");
	after = given_contents(world.place);
	assert_memory_equal(&before, &after, sizeof before);
	tpm_world_gone(&world);
}

static void another_machine_id_beside_the_same_tpm_is_only_told_of(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct tpm_world world = given_full_tpm_world(given);

	(void)state;
	assert_false(keeper_machine_differs(world.keeper));
	world.place->settings.machine_id = "another";
	tpm_world_starts(&world);
	assert_true(keeper_machine_differs(world.keeper));
	assert_int_equal(tpm_world_login(&world, "abcd"), ERR_OK);
	tpm_world_gone(&world);
}

/* -- rollback --------------------------------------------------------------------------------- */

static void an_older_database_is_the_alarm(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct tpm_world world = given_full_tpm_world(given);
	struct place_for_vault *older[5];

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		keeper_free(TAKE(world.keeper));
		older[i] = given_place();
		given_copy(world.place, older[i]);
		tpm_world_starts(&world);
		assert_int_equal(tpm_world_login(&world, "no"), ERR_PIN_WRONG);
		assert_int_equal(tpm_world_login(&world, "abcd"), ERR_OK);
	}
	keeper_free(TAKE(world.keeper));
	for (unsigned i = 0; i < 5; i++) {
		given_copy(older[i], world.place); /* database, vault.key and anchor folder */
		tpm_world_refuses(&world, "rolled-back");
		snapshot_gone(older[i]);
	}
	tpm_world_gone(&world);
}

/* Commit, power cut before the anchor moves, keep that image; restore, spend a try; put the image
 * back: a counter would fit, the extended value does not. */
static void a_forked_history_is_the_alarm(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct tpm_world world = given_full_tpm_world(given);
	struct place_for_vault *before = given_place();
	struct place_for_vault *fork = given_place();

	(void)state;
	keeper_free(TAKE(world.keeper));
	given_copy(world.place, before);
	tpm_world_starts(&world);
	given->plan = (struct given_plan){GIVEN_CUT_BEFORE, TPM2_CC_NV_Extend, 0, 1, 0};
	assert_int_equal(tpm_world_login(&world, "no"), ERR_STATE_UNSETTLED);
	keeper_free(TAKE(world.keeper));
	given_copy(world.place, fork);
	given->plan = (struct given_plan){0};
	given_power(given);

	given_copy(before, world.place);
	tpm_world_starts(&world);
	assert_int_equal(tpm_world_login(&world, "no"), ERR_PIN_WRONG);
	keeper_free(TAKE(world.keeper));
	given_copy(fork, world.place);
	tpm_world_refuses(&world, "rolled-back");
	snapshot_gone(before);
	snapshot_gone(fork);
	tpm_world_gone(&world);
}

static void an_index_that_was_removed_is_the_alarm(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct tpm_world world = given_full_tpm_world(given);
	TSS2_TCTI_CONTEXT *tcti;
	ESYS_CONTEXT *esys;
	ESYS_TR index = ESYS_TR_NONE;
	TPMS_CAPABILITY_DATA *found = NULL;
	TPMI_YES_NO more;

	(void)state;
	keeper_free(TAKE(world.keeper));
	tpm_hang_up(world.tpm);
	esys = given_esys(given, &tcti);
	assert_int_equal(Esys_GetCapability(esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					    TPM2_CAP_HANDLES, 0x01800000, 8, &more, &found),
			 TSS2_RC_SUCCESS);
	assert_int_equal(found->data.handles.count, 1);
	assert_int_equal(Esys_TR_FromTPMPublic(esys, found->data.handles.handle[0], ESYS_TR_NONE,
					       ESYS_TR_NONE, ESYS_TR_NONE, &index),
			 TSS2_RC_SUCCESS);
	assert_int_equal(Esys_NV_UndefineSpace(esys, ESYS_TR_RH_OWNER, index, ESYS_TR_PASSWORD,
					       ESYS_TR_NONE, ESYS_TR_NONE),
			 TSS2_RC_SUCCESS);
	Esys_Free(found);
	given_esys_gone(esys, tcti);
	tpm_world_refuses(&world, "rolled-back");
	tpm_world_gone(&world);
}

/* -- power cuts ------------------------------------------------------------------------------- */

static void twenty_power_cuts_lose_nothing_and_lock_nobody_out(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct tpm_world world = given_full_tpm_world(given);

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(tpm_world_login(&world, i % 2 == 0 ? "abcd" : "no"),
				 i % 2 == 0 ? ERR_OK : ERR_PIN_WRONG);
		given_power_cut(given);
		given_power(given);
		if (i % 4 == 3)
			tpm_world_starts(&world);
	}
	assert_int_equal(tpm_world_login(&world, "abcd"), ERR_OK);
	tpm_world_gone(&world);
}

static void a_tpm_that_goes_while_the_vault_is_open_evaluates_no_pin(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct tpm_world world = given_full_tpm_world(given);

	(void)state;
	stretched_forget();
	given_power_cut(given);
	assert_int_equal(tpm_world_login(&world, "no"), ERR_STATE_UNSETTLED);
	assert_int_not_equal(tpm_world_login(&world, "abcd"), ERR_OK);
	assert_int_equal(stretched_count(), 0);
	given_power(given);
	assert_int_equal(tpm_world_login(&world, "abcd"), ERR_OK);
	tpm_world_gone(&world);
}

/* The power fails at every command of a try: no alarm, and no try evaluated for free. */
static void cuts_at_every_command(enum given_mishap when)
{
	GIVEN_TPM_OR_SKIP(given);
	struct tpm_world world = given_full_tpm_world(given);
	bool was_cut = true;

	for (unsigned nth = 0; was_cut; nth++) {
		unsigned before = given_tries_left(world.keeper, GIVEN_UID, world.identity);
		unsigned after;

		assert_true(nth < 40);
		stretched_forget();
		given->plan = (struct given_plan){when, 0, nth, 1, 0};
		(void)!tpm_world_login(&world, "no");
		was_cut = given->plan.times == 0;
		given->plan = (struct given_plan){0};
		keeper_free(TAKE(world.keeper)); /* the machine goes as well */
		if (was_cut)
			given_power(given);
		tpm_world_starts(&world);
		after = given_tries_left(world.keeper, GIVEN_UID, world.identity);
		assert_true(before - after >= stretched_count() && before - after <= 1);
		assert_int_equal(tpm_world_login(&world, "abcd"), ERR_OK);
	}
	tpm_world_gone(&world);
}

static void power_cuts_at_any_command_of_a_try_are_no_alarm(void **state)
{
	(void)state;
	cuts_at_every_command(GIVEN_CUT_BEFORE);
	cuts_at_every_command(GIVEN_CUT_AFTER);
}

/* Imports under many names would wear the TPM out; a try of a PIN pays for itself. */
static void moves_that_no_pin_paid_for_are_limited(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct tpm_world world = given_full_tpm_world(given); /* one import */
	AUTO_HELD(entry) entry = {0};
	AUTO_HELD(entry) again = {0};
	enum import_result result;
	uint32_t warnings;

	(void)state;
	for (unsigned i = 1; i < 30; i++) {
		AUTO_HELD(entry) reset = {0};

		assert_int_equal(given_import(world.keeper, GIVEN_UID, world.identity, "abcd", "",
					      true, false, &result, &warnings, &reset),
				 ERR_OK);
	}
	assert_int_equal(given_import(world.keeper, GIVEN_UID, world.identity, "abcd", "", true,
				      false, &result, &warnings, &entry),
			 ERR_BUSY);
	assert_int_equal(keeper_delete(world.keeper, GIVEN_UID, &world.identity->id, &entry),
			 ERR_BUSY);
	assert_int_equal(keeper_use(world.keeper, GIVEN_UID, &world.identity->id, &entry), ERR_OK);
	assert_int_equal(tpm_world_login(&world, "no"), ERR_PIN_WRONG);
	assert_int_equal(tpm_world_login(&world, "abcd"), ERR_OK);
	assert_int_equal(given_import(world.keeper, GIVEN_OTHER_UID, world.identity, "abcd", "",
				      false, false, &result, &warnings, &again),
			 ERR_OK);
	tpm_world_gone(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_first_start_with_a_tpm_ties_the_vault_to_it),
		cmocka_unit_test(a_tpm_that_cannot_be_used_leaves_a_new_vault_to_the_host),
		cmocka_unit_test(a_full_tpm_leaves_a_new_vault_to_the_host),
		cmocka_unit_test(another_machine_opens_nothing),
		cmocka_unit_test(each_trouble_of_the_tpm_is_said_and_mended),
		cmocka_unit_test(a_cleared_tpm_refuses_and_nothing_is_written),
		cmocka_unit_test(another_machine_id_beside_the_same_tpm_is_only_told_of),
		cmocka_unit_test(an_older_database_is_the_alarm),
		cmocka_unit_test(a_forked_history_is_the_alarm),
		cmocka_unit_test(an_index_that_was_removed_is_the_alarm),
		cmocka_unit_test(twenty_power_cuts_lose_nothing_and_lock_nobody_out),
		cmocka_unit_test(a_tpm_that_goes_while_the_vault_is_open_evaluates_no_pin),
		cmocka_unit_test(power_cuts_at_any_command_of_a_try_are_no_alarm),
		cmocka_unit_test(moves_that_no_pin_paid_for_are_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
