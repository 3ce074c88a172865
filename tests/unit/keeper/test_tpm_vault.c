/* test_tpm_vault.c - vaults that are tied to a TPM, against real TPMs (swtpm). */
#include "tests/unit/keeper/given.h"
#include "tests/unit/keeper/given_fault.h"
#include "tests/unit/keeper/given_tpm.h"
#include "vault/base/file.h"
#include "vault/keeper/anchor.h"
#include "vault/keeper/rebind.h"
#include "vault/keeper/tpm_context.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct keeper_cost cost_with_tpm = {.memory_bytes = 16384, .passes = 1};

struct world {
	struct given_tpm *given;
	struct tpm *tpm;
	struct place_for_vault *place;
	struct given_identity *identity;
	struct keeper *keeper;
};

static struct tpm *given_connection(struct given_tpm *given)
{
	struct tpm *tpm = NULL;

	assert_int_equal(tpm_new(&given->port, &tpm), ERR_OK);
	return tpm;
}

static struct world given_world(struct given_tpm *given)
{
	struct world world = {.given = given};

	world.tpm = given_connection(given);
	world.place = given_place();
	world.place->settings.tpm = world.tpm;
	world.place->settings.cost_with_tpm = cost_with_tpm;
	world.identity = given_identity(GIVEN_P256, "ONE");
	return world;
}

static void world_gone(struct world *world)
{
	keeper_free(world->keeper);
	tpm_free(world->tpm);
	given_place_gone(world->place);
	given_identity_gone(world->identity);
	given_tpm_gone(world->given);
}

static void starts(struct world *world)
{
	keeper_free(TAKE(world->keeper));
	world->keeper = given_keeper(world->place);
}

static void refuses(struct world *world, const char *word)
{
	keeper_free(TAKE(world->keeper));
	assert_int_equal(keeper_open(&world->place->settings, &world->keeper), ERR_OK);
	assert_string_equal(err_word(keeper_refusal(world->keeper)), word);
	keeper_free(TAKE(world->keeper));
}

static struct world given_full_world(struct given_tpm *given)
{
	struct world world = given_world(given);

	starts(&world);
	given_imported(world.keeper, GIVEN_UID, world.identity, "abcd", IMPORT_IMPORTED);
	return world;
}

static enum err login(struct world *world, const char *pin)
{
	uint8_t left = 0;

	return given_login(world->keeper, GIVEN_UID, world->identity, pin, &left);
}

static void snapshot_gone(struct place_for_vault *place)
{
	given_place_gone(place);
}

/* -- opening ---------------------------------------------------------------------------------- */

static void a_first_start_with_a_tpm_ties_the_vault_to_it(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct world world = given_full_world(given);

	(void)state;
	assert_int_equal(keeper_binding(world.keeper), VAULT_BINDING_TPM);
	assert_int_equal(keeper_tpm_trouble(world.keeper), ERR_OK);
	assert_false(file_exists(world.place->anchor, ANCHOR_NAME));
	for (unsigned i = 0; i < 3; i++) {
		starts(&world);
		assert_int_equal(keeper_binding(world.keeper), VAULT_BINDING_TPM);
		assert_int_equal(login(&world, "no"), ERR_PIN_WRONG);
		assert_int_equal(login(&world, "abcd"), ERR_OK);
	}
	world_gone(&world);
}

static void a_tpm_that_cannot_be_used_leaves_a_new_vault_to_the_host(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct world world = given_world(given);

	(void)state;
	given_owner_password(given, "", "secret");
	starts(&world);
	assert_int_equal(keeper_binding(world.keeper), VAULT_BINDING_HOST);
	assert_int_equal(keeper_tpm_trouble(world.keeper), ERR_TPM_OWNER_PASSWORD);
	starts(&world);
	given_imported(world.keeper, GIVEN_UID, world.identity, "abcd", IMPORT_IMPORTED);
	world_gone(&world);
}

static void a_full_tpm_leaves_a_new_vault_to_the_host(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct world world = given_world(given);

	(void)state;
	assert_true(given_full(given, 0x01000000) > 0);
	starts(&world);
	assert_int_equal(keeper_binding(world.keeper), VAULT_BINDING_HOST);
	assert_int_equal(keeper_tpm_trouble(world.keeper), ERR_TPM_FULL);
	world_gone(&world);
}

static void another_machine_opens_nothing(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct given_tpm *other = given_tpm();
	struct world world = given_full_world(given);
	struct world thief = given_world(other);
	struct digest before, after;

	(void)state;
	keeper_free(TAKE(world.keeper));
	given_copy(world.place, thief.place);
	before = given_contents(thief.place);

	/* Nothing of the host: its host.key is another. */
	refuses(&thief, "host-key-foreign");
	/* Database and host.key, without the TPM: another TPM, and none. */
	thief.place->settings.host_key = world.place->host_key;
	refuses(&thief, "tpm-replaced");
	thief.place->settings.tpm = NULL;
	refuses(&thief, "machine-changed");
	/* The TPM itself, without host.key. */
	thief.place->settings.tpm = world.tpm;
	thief.place->settings.host_key = thief.place->host_key;
	refuses(&thief, "host-key-foreign");
	thief.place->settings.host_key = NULL;
	refuses(&thief, "host-key-missing");

	after = given_contents(thief.place);
	assert_memory_equal(&before, &after, sizeof before);
	starts(&world);
	assert_int_equal(login(&world, "abcd"), ERR_OK);
	world_gone(&thief);
	world_gone(&world);
}

static void each_trouble_of_the_tpm_is_said_and_mended(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct world world = given_full_world(given);

	(void)state;
	given_power_cut(given);
	refuses(&world, "tpm-gone");
	given_power(given);
	tpm_hang_up(world.tpm);
	given_owner_password(given, "", "secret");
	refuses(&world, "tpm-owner-password");
	tpm_hang_up(world.tpm);
	given_owner_password(given, "secret", "");
	tpm_hang_up(world.tpm);
	given_owner_off(given);
	refuses(&world, "tpm-off");
	given_power_cut(given);
	given_power(given);
	tpm_hang_up(world.tpm);
	given_lockout(given);
	starts(&world);
	assert_int_equal(login(&world, "abcd"), ERR_OK);
	world_gone(&world);
}

static void a_cleared_tpm_refuses_and_nothing_is_written(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct world world = given_full_world(given);
	struct digest before, after;

	(void)state;
	keeper_free(TAKE(world.keeper));
	before = given_contents(world.place);
	tpm_hang_up(world.tpm);
	given_cleared(given);
	refuses(&world, "tpm-replaced");
	after = given_contents(world.place);
	assert_memory_equal(&before, &after, sizeof before);
	world_gone(&world);
}

static void another_machine_id_beside_the_same_tpm_is_only_told_of(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct world world = given_full_world(given);

	(void)state;
	assert_false(keeper_machine_differs(world.keeper));
	world.place->settings.machine_id = "another";
	starts(&world);
	assert_true(keeper_machine_differs(world.keeper));
	assert_int_equal(login(&world, "abcd"), ERR_OK);
	world_gone(&world);
}

/* -- rollback --------------------------------------------------------------------------------- */

static void an_older_database_is_the_alarm(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct world world = given_full_world(given);
	struct place_for_vault *older[5];

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		keeper_free(TAKE(world.keeper));
		older[i] = given_place();
		given_copy(world.place, older[i]);
		starts(&world);
		assert_int_equal(login(&world, "no"), ERR_PIN_WRONG);
		assert_int_equal(login(&world, "abcd"), ERR_OK);
	}
	keeper_free(TAKE(world.keeper));
	for (unsigned i = 0; i < 5; i++) {
		given_copy(older[i], world.place); /* database, vault.key and anchor folder */
		refuses(&world, "rolled-back");
		snapshot_gone(older[i]);
	}
	world_gone(&world);
}

/* Commit, power cut before the anchor moves, keep that image; restore, spend a try; put the image
 * back: a counter would fit, the extended value does not. */
static void a_forked_history_is_the_alarm(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct world world = given_full_world(given);
	struct place_for_vault *before = given_place();
	struct place_for_vault *fork = given_place();

	(void)state;
	keeper_free(TAKE(world.keeper));
	given_copy(world.place, before);
	starts(&world);
	given->plan = (struct given_plan){GIVEN_CUT_BEFORE, TPM2_CC_NV_Extend, 0, 1, 0};
	assert_int_equal(login(&world, "no"), ERR_STATE_UNSETTLED);
	keeper_free(TAKE(world.keeper));
	given_copy(world.place, fork);
	given->plan = (struct given_plan){0};
	given_power(given);

	given_copy(before, world.place);
	starts(&world);
	assert_int_equal(login(&world, "no"), ERR_PIN_WRONG);
	keeper_free(TAKE(world.keeper));
	given_copy(fork, world.place);
	refuses(&world, "rolled-back");
	snapshot_gone(before);
	snapshot_gone(fork);
	world_gone(&world);
}

static void an_index_that_was_removed_is_the_alarm(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct world world = given_full_world(given);
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
	refuses(&world, "rolled-back");
	world_gone(&world);
}

/* -- power cuts ------------------------------------------------------------------------------- */

static void twenty_power_cuts_lose_nothing_and_lock_nobody_out(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct world world = given_full_world(given);

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(login(&world, i % 2 == 0 ? "abcd" : "no"),
				 i % 2 == 0 ? ERR_OK : ERR_PIN_WRONG);
		given_power_cut(given);
		given_power(given);
		if (i % 4 == 3)
			starts(&world);
	}
	assert_int_equal(login(&world, "abcd"), ERR_OK);
	world_gone(&world);
}

static void a_tpm_that_goes_while_the_vault_is_open_evaluates_no_pin(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct world world = given_full_world(given);

	(void)state;
	stretched_forget();
	given_power_cut(given);
	assert_int_equal(login(&world, "no"), ERR_STATE_UNSETTLED);
	assert_int_not_equal(login(&world, "abcd"), ERR_OK);
	assert_int_equal(stretched_count(), 0);
	given_power(given);
	assert_int_equal(login(&world, "abcd"), ERR_OK);
	world_gone(&world);
}

/* The power fails at every command of a try: no alarm, and no try evaluated for free. */
static void cuts_at_every_command(enum given_mishap when)
{
	GIVEN_TPM_OR_SKIP(given);
	struct world world = given_full_world(given);
	bool was_cut = true;

	for (unsigned nth = 0; was_cut; nth++) {
		unsigned before = given_tries_left(world.keeper, GIVEN_UID, world.identity);
		unsigned after;

		assert_true(nth < 40);
		stretched_forget();
		given->plan = (struct given_plan){when, 0, nth, 1, 0};
		(void)!login(&world, "no");
		was_cut = given->plan.times == 0;
		given->plan = (struct given_plan){0};
		keeper_free(TAKE(world.keeper)); /* the machine goes as well */
		if (was_cut)
			given_power(given);
		starts(&world);
		after = given_tries_left(world.keeper, GIVEN_UID, world.identity);
		assert_true(before - after >= stretched_count() && before - after <= 1);
		assert_int_equal(login(&world, "abcd"), ERR_OK);
	}
	world_gone(&world);
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
	struct world world = given_full_world(given); /* one import */
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
	assert_int_equal(login(&world, "no"), ERR_PIN_WRONG);
	assert_int_equal(login(&world, "abcd"), ERR_OK);
	assert_int_equal(given_import(world.keeper, GIVEN_OTHER_UID, world.identity, "abcd", "",
				      false, false, &result, &warnings, &again),
			 ERR_OK);
	world_gone(&world);
}

/* -- enrolling and leaving -------------------------------------------------------------------- */

/* What kinkod does, in its order; host.key is the place's. */
static enum err rebinds(struct place_for_vault *place, enum vault_binding binding)
{
	AUTO(secret) both = NULL;
	AUTO(secret) now = NULL;

	TRY(rebind_both_keys(place->host_key, &both));
	secret_free(place->host_key);
	place->host_key = TAKE(both);
	place->settings.host_key = place->host_key;
	TRY(rebind_vault(&place->settings, binding));
	TRY(rebind_host_key(place->state, place->host_key, &now));
	secret_free(place->host_key);
	place->host_key = TAKE(now);
	place->settings.host_key = place->host_key;
	return rebind_finish(&place->settings, binding);
}

static struct world given_host_world(struct given_tpm *given)
{
	struct world world = given_world(given);

	world.place->settings.tpm = NULL;
	starts(&world);
	given_imported(world.keeper, GIVEN_UID, world.identity, "abcd", IMPORT_IMPORTED);
	assert_int_equal(keeper_binding(world.keeper), VAULT_BINDING_HOST);
	keeper_free(TAKE(world.keeper));
	world.place->settings.tpm = world.tpm;
	return world;
}

static void is_bound(struct world *world, enum vault_binding binding)
{
	starts(world);
	assert_int_equal(keeper_binding(world->keeper), binding);
	assert_int_equal(login(world, "no"), ERR_PIN_WRONG);
	assert_int_equal(login(world, "abcd"), ERR_OK);
	keeper_free(TAKE(world->keeper));
	assert_int_equal(file_exists(world->place->anchor, ANCHOR_NAME),
			 binding == VAULT_BINDING_HOST);
	assert_int_equal(secret_size(world->place->host_key), 32);
}

static unsigned indices_of(struct world *world)
{
	TSS2_TCTI_CONTEXT *tcti;
	ESYS_CONTEXT *esys;
	unsigned count;

	tpm_hang_up(world->tpm);
	esys = given_esys(world->given, &tcti);
	count = given_handles(esys, 0x01800000);
	given_esys_gone(esys, tcti);
	return count;
}

static void a_vault_goes_over_to_the_tpm_and_back(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct world world = given_host_world(given);

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(rebinds(world.place, VAULT_BINDING_TPM), ERR_OK);
		is_bound(&world, VAULT_BINDING_TPM);
		assert_int_equal(indices_of(&world), 1);
		assert_int_equal(rebinds(world.place, VAULT_BINDING_TPM), ERR_OK); /* again */
		is_bound(&world, VAULT_BINDING_TPM);
		assert_int_equal(indices_of(&world), 1);
		assert_int_equal(rebinds(world.place, VAULT_BINDING_HOST), ERR_OK);
		is_bound(&world, VAULT_BINDING_HOST);
		assert_int_equal(indices_of(&world), 0);
	}
	/* It has really left: no TPM is needed any more. */
	world.place->settings.tpm = NULL;
	is_bound(&world, VAULT_BINDING_HOST);
	world_gone(&world);
}

static void an_earlier_vault_key_opens_only_with_its_earlier_host_key(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct world world = given_host_world(given);
	struct place_for_vault *earlier = given_place();
	AUTO(secret) earlier_key = NULL;

	(void)state;
	given_copy(world.place, earlier);
	assert_int_equal(secret_clone(world.place->host_key, &earlier_key), ERR_OK);
	assert_int_equal(rebinds(world.place, VAULT_BINDING_TPM), ERR_OK);
	is_bound(&world, VAULT_BINDING_TPM);

	earlier->settings.host_key = world.place->host_key;
	{
		AUTO(keeper) keeper = NULL;

		assert_int_equal(keeper_open(&earlier->settings, &keeper), ERR_OK);
		assert_string_equal(err_word(keeper_refusal(keeper)), "host-key-foreign");
	}
	/* Both from a backup: the declared limit, without the TPM. */
	earlier->settings.host_key = earlier_key;
	{
		AUTO(keeper) keeper = given_keeper(earlier);

		assert_int_equal(keeper_binding(keeper), VAULT_BINDING_HOST);
	}
	given_place_gone(earlier);
	world_gone(&world);
}

/* A child goes over and is stopped at its n-th call that changes a file; host.key is a file here
 * too, so that the kill between any two steps is among them. */
static void write_host_key(const struct place_for_vault *place, const struct secret *key)
{
	assert_int_equal(file_replace(place->state, "test.host.key", 0600, secret_view(key),
				      secret_size(key)),
			 ERR_OK);
}

static void read_host_key(struct place_for_vault *place)
{
	enum file_answer answer;

	secret_free(place->host_key);
	place->host_key = NULL;
	assert_int_equal(
		file_read_secret(place->state, "test.host.key", 64, &answer, &place->host_key),
		ERR_OK);
	place->settings.host_key = place->host_key;
}

static enum err rebinds_on_disk(struct place_for_vault *place, enum vault_binding binding)
{
	AUTO(secret) both = NULL;
	AUTO(secret) now = NULL;

	read_host_key(place);
	TRY(rebind_both_keys(place->host_key, &both));
	write_host_key(place, both);
	read_host_key(place);
	TRY(rebind_vault(&place->settings, binding));
	TRY(rebind_host_key(place->state, place->host_key, &now));
	write_host_key(place, now);
	read_host_key(place);
	return rebind_finish(&place->settings, binding);
}

/* One process at a time talks to the TPM: each has a connection of its own. */
static bool child_is_killed(struct world *world, enum vault_binding to, enum fault_kind kind,
			    unsigned nth)
{
	int status = 0;
	pid_t child;

	tpm_free(world->tpm);
	world->tpm = NULL;
	world->place->settings.tpm = NULL;
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		world->place->settings.tpm = given_connection(world->given);
		fault_arm(kind, nth, EIO);
		_exit(rebinds_on_disk(world->place, to) == ERR_OK ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	/* The kernel would forget the child's session; here the whole machine stops. */
	given_power_cut(world->given);
	given_power(world->given);
	world->tpm = given_connection(world->given);
	world->place->settings.tpm = world->tpm;
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == FAULT_EXIT);
	return WEXITSTATUS(status) == FAULT_EXIT;
}

/* Vault and TPM as they were when the round began. */
static void begins_again(struct world *world, const struct place_for_vault *master)
{
	tpm_hang_up(world->tpm);
	given_power_cut(world->given);
	given_state_put_back(world->given);
	given_power(world->given);
	given_copy(master, world->place);
}

static void opens_somehow(struct world *world)
{
	read_host_key(world->place);
	starts(world);
	assert_int_equal(login(world, "abcd"), ERR_OK);
	keeper_free(TAKE(world->keeper));
}

/* Files and commands to the TPM make some two hundred points: one in five, or with
 * KINKO_EVERY_POINT each. */
static unsigned stride(void)
{
	return getenv("KINKO_EVERY_POINT") != NULL ? 1 : 5;
}

static void killed_everywhere(struct world *world, enum vault_binding to)
{
	static const enum fault_kind kinds[] = {FAULT_KILL, FAULT_KILL_TORN};
	struct place_for_vault *master = given_place();
	bool was_killed = true;
	unsigned nth = 0;

	write_host_key(world->place, world->place->host_key);
	given_copy(world->place, master);
	tpm_hang_up(world->tpm);
	given_power_cut(world->given);
	given_state_kept(world->given);
	while (was_killed) {
		nth += stride();
		begins_again(world, master);
		was_killed = child_is_killed(world, to, kinds[nth % 2], nth);
		opens_somehow(world); /* old or new */
		assert_int_equal(rebinds_on_disk(world->place, to), ERR_OK);
		is_bound(world, to); /* the same command has finished */
		assert_int_equal(indices_of(world), to == VAULT_BINDING_TPM ? 1 : 0);
	}
	assert_true(nth > 15);
	print_message("killed at %u of %u points\n", nth / stride() - 1, nth - 1);
	given_place_gone(master);
}

static void enrolling_killed_anywhere_opens_and_is_finished_by_the_same_command(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct world world = given_host_world(given);

	(void)state;
	killed_everywhere(&world, VAULT_BINDING_TPM);
	world_gone(&world);
}

static void leaving_killed_anywhere_opens_and_is_finished_by_the_same_command(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct world world = given_host_world(given);

	(void)state;
	assert_int_equal(rebinds(world.place, VAULT_BINDING_TPM), ERR_OK);
	killed_everywhere(&world, VAULT_BINDING_HOST);
	world_gone(&world);
}

/* The TPM loses power at every command of going over. */
static void going_over_with_power_cuts_at_any_command(void **state)
{
	static const enum given_mishap kinds[] = {GIVEN_CUT_BEFORE, GIVEN_CUT_AFTER};
	GIVEN_TPM_OR_SKIP(given);
	struct world world = given_host_world(given);

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		bool was_cut = true;
		enum vault_binding to = VAULT_BINDING_TPM;

		for (unsigned nth = 0; was_cut; nth++) {
			assert_true(nth < 200);
			tpm_hang_up(world.tpm);
			given->plan = (struct given_plan){kinds[i], 0, nth, 1, 0};
			(void)!rebinds(world.place, to);
			was_cut = given->plan.times == 0;
			given->plan = (struct given_plan){0};
			if (was_cut)
				given_power(given);
			starts(&world);
			assert_int_equal(login(&world, "abcd"), ERR_OK);
			keeper_free(TAKE(world.keeper));
			assert_int_equal(rebinds(world.place, to), ERR_OK);
			is_bound(&world, to);
			assert_int_equal(indices_of(&world), to == VAULT_BINDING_TPM ? 1 : 0);
			to = to == VAULT_BINDING_TPM ? VAULT_BINDING_HOST : VAULT_BINDING_TPM;
			was_cut = was_cut || nth % 2 == 0; /* both ways see their last command */
		}
		assert_int_equal(rebinds(world.place, VAULT_BINDING_HOST), ERR_OK);
	}
	world_gone(&world);
}

static void a_tpm_that_cannot_be_used_leaves_the_vault_as_it_was(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct world world = given_host_world(given);

	(void)state;
	given_owner_password(given, "", "secret");
	assert_int_equal(rebinds(world.place, VAULT_BINDING_TPM), ERR_TPM_OWNER_PASSWORD);
	starts(&world);
	assert_int_equal(keeper_binding(world.keeper), VAULT_BINDING_HOST);
	assert_int_equal(login(&world, "abcd"), ERR_OK);
	keeper_free(TAKE(world.keeper));
	tpm_hang_up(world.tpm);
	given_owner_password(given, "secret", "");
	tpm_hang_up(world.tpm);
	assert_true(given_full(given, 0x01000000) > 0);
	assert_int_equal(rebinds(world.place, VAULT_BINDING_TPM), ERR_TPM_FULL);
	starts(&world);
	assert_int_equal(login(&world, "abcd"), ERR_OK);
	world_gone(&world);
}

/* After going over, what was before is refused: the host's anchor and database of that time. */
static void a_database_from_before_the_enrolment_is_the_alarm(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct world world = given_host_world(given);
	struct place_for_vault *earlier = given_place();
	struct bytes vault_key = {NULL, 0};
	enum file_answer answer;

	(void)state;
	given_copy(world.place, earlier);
	assert_int_equal(rebinds(world.place, VAULT_BINDING_TPM), ERR_OK);
	assert_int_equal(file_read(world.place->state, "vault.key", 16384, &answer, &vault_key),
			 ERR_OK);
	given_copy(earlier, world.place);
	assert_int_equal(
		file_replace(world.place->state, "vault.key", 0600, vault_key.data, vault_key.size),
		ERR_OK);
	refuses(&world, "rolled-back");
	bytes_clear(&vault_key);
	given_place_gone(earlier);
	world_gone(&world);
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
		cmocka_unit_test(a_vault_goes_over_to_the_tpm_and_back),
		cmocka_unit_test(an_earlier_vault_key_opens_only_with_its_earlier_host_key),
		cmocka_unit_test(
			enrolling_killed_anywhere_opens_and_is_finished_by_the_same_command),
		cmocka_unit_test(leaving_killed_anywhere_opens_and_is_finished_by_the_same_command),
		cmocka_unit_test(going_over_with_power_cuts_at_any_command),
		cmocka_unit_test(a_tpm_that_cannot_be_used_leaves_the_vault_as_it_was),
		cmocka_unit_test(a_database_from_before_the_enrolment_is_the_alarm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
