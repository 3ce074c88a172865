/* test_tpm_rebind.c - a vault goes over to a TPM and leaves it, against real TPMs (swtpm). */
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

static struct tpm_world given_host_world(struct given_tpm *given)
{
	struct tpm_world world = given_tpm_world(given);

	world.place->settings.tpm = NULL;
	tpm_world_starts(&world);
	given_imported(world.keeper, GIVEN_UID, world.identity, "abcd", IMPORT_IMPORTED);
	assert_int_equal(keeper_binding(world.keeper), VAULT_BINDING_HOST);
	keeper_free(TAKE(world.keeper));
	world.place->settings.tpm = world.tpm;
	return world;
}

static void is_bound(struct tpm_world *world, enum vault_binding binding)
{
	tpm_world_starts(world);
	assert_int_equal(keeper_binding(world->keeper), binding);
	assert_int_equal(tpm_world_login(world, "no"), ERR_PIN_WRONG);
	assert_int_equal(tpm_world_login(world, "abcd"), ERR_OK);
	keeper_free(TAKE(world->keeper));
	assert_int_equal(file_exists(world->place->anchor, ANCHOR_NAME),
			 binding == VAULT_BINDING_HOST);
	assert_int_equal(secret_size(world->place->host_key), 32);
}

static void a_vault_goes_over_to_the_tpm_and_back(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct tpm_world world = given_host_world(given);

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(rebinds(world.place, VAULT_BINDING_TPM), ERR_OK);
		is_bound(&world, VAULT_BINDING_TPM);
		assert_int_equal(tpm_world_indices(&world), 1);
		assert_int_equal(rebinds(world.place, VAULT_BINDING_TPM), ERR_OK); /* again */
		is_bound(&world, VAULT_BINDING_TPM);
		assert_int_equal(tpm_world_indices(&world), 1);
		assert_int_equal(rebinds(world.place, VAULT_BINDING_HOST), ERR_OK);
		is_bound(&world, VAULT_BINDING_HOST);
		assert_int_equal(tpm_world_indices(&world), 0);
	}
	/* It has really left: no TPM is needed any more. */
	world.place->settings.tpm = NULL;
	is_bound(&world, VAULT_BINDING_HOST);
	tpm_world_gone(&world);
}

static void an_earlier_vault_key_opens_only_with_its_earlier_host_key(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct tpm_world world = given_host_world(given);
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
	tpm_world_gone(&world);
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
static bool child_is_killed(struct tpm_world *world, enum vault_binding to, enum fault_kind kind,
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
static void begins_again(struct tpm_world *world, const struct place_for_vault *master)
{
	tpm_hang_up(world->tpm);
	given_power_cut(world->given);
	given_state_put_back(world->given);
	given_power(world->given);
	given_copy(master, world->place);
}

static void opens_somehow(struct tpm_world *world)
{
	read_host_key(world->place);
	tpm_world_starts(world);
	assert_int_equal(tpm_world_login(world, "abcd"), ERR_OK);
	keeper_free(TAKE(world->keeper));
}

static void killed_everywhere(struct tpm_world *world, enum vault_binding to)
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
		nth += given_stride();
		begins_again(world, master);
		was_killed = child_is_killed(world, to, kinds[nth % 2], nth);
		opens_somehow(world); /* old or new */
		assert_int_equal(rebinds_on_disk(world->place, to), ERR_OK);
		is_bound(world, to); /* the same command has finished */
		assert_int_equal(tpm_world_indices(world), to == VAULT_BINDING_TPM ? 1 : 0);
	}
	assert_true(nth > 15);
	print_message("killed at %u of %u points\n", nth / given_stride() - 1, nth - 1);
	given_place_gone(master);
}

static void enrolling_killed_anywhere_opens_and_is_finished_by_the_same_command(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct tpm_world world = given_host_world(given);

	(void)state;
	killed_everywhere(&world, VAULT_BINDING_TPM);
	tpm_world_gone(&world);
}

static void leaving_killed_anywhere_opens_and_is_finished_by_the_same_command(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct tpm_world world = given_host_world(given);

	(void)state;
	assert_int_equal(rebinds(world.place, VAULT_BINDING_TPM), ERR_OK);
	killed_everywhere(&world, VAULT_BINDING_HOST);
	tpm_world_gone(&world);
}

/* The TPM loses power at every command of going over. */
static void going_over_with_power_cuts_at_any_command(void **state)
{
	static const enum given_mishap kinds[] = {GIVEN_CUT_BEFORE, GIVEN_CUT_AFTER};
	GIVEN_TPM_OR_SKIP(given);
	struct tpm_world world = given_host_world(given);

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
			tpm_world_starts(&world);
			assert_int_equal(tpm_world_login(&world, "abcd"), ERR_OK);
			keeper_free(TAKE(world.keeper));
			assert_int_equal(rebinds(world.place, to), ERR_OK);
			is_bound(&world, to);
			assert_int_equal(tpm_world_indices(&world),
					 to == VAULT_BINDING_TPM ? 1 : 0);
			to = to == VAULT_BINDING_TPM ? VAULT_BINDING_HOST : VAULT_BINDING_TPM;
			was_cut = was_cut || nth % 2 == 0; /* both ways see their last command */
		}
		assert_int_equal(rebinds(world.place, VAULT_BINDING_HOST), ERR_OK);
	}
	tpm_world_gone(&world);
}

static void a_tpm_that_cannot_be_used_leaves_the_vault_as_it_was(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct tpm_world world = given_host_world(given);

	(void)state;
	given_owner_password(given, "", "secret");
	assert_int_equal(rebinds(world.place, VAULT_BINDING_TPM), ERR_TPM_OWNER_PASSWORD);
	tpm_world_starts(&world);
	assert_int_equal(keeper_binding(world.keeper), VAULT_BINDING_HOST);
	assert_int_equal(tpm_world_login(&world, "abcd"), ERR_OK);
	keeper_free(TAKE(world.keeper));
	tpm_hang_up(world.tpm);
	given_owner_password(given, "secret", "");
	tpm_hang_up(world.tpm);
	assert_true(given_full(given, 0x01000000) > 0);
	assert_int_equal(rebinds(world.place, VAULT_BINDING_TPM), ERR_TPM_FULL);
	tpm_world_starts(&world);
	assert_int_equal(tpm_world_login(&world, "abcd"), ERR_OK);
	tpm_world_gone(&world);
}

/* After going over, what was before is refused: the host's anchor and database of that time. */
static void a_database_from_before_the_enrolment_is_the_alarm(void **state)
{
	GIVEN_TPM_OR_SKIP(given);
	struct tpm_world world = given_host_world(given);
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
	tpm_world_refuses(&world, "rolled-back");
	bytes_clear(&vault_key);
	given_place_gone(earlier);
	tpm_world_gone(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
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
