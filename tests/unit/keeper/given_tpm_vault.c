/* given_tpm_vault.c - see given_tpm_vault.h */
#include "tests/unit/keeper/given_tpm_vault.h"
#include "vault/keeper/tpm_context.h"

static const struct keeper_cost cost_with_tpm = {.memory_bytes = 16384, .passes = 1};

struct tpm *given_connection(struct given_tpm *given)
{
	struct tpm *tpm = NULL;

	assert_int_equal(tpm_new(&given->port, &tpm), ERR_OK);
	return tpm;
}

struct tpm_world given_tpm_world(struct given_tpm *given)
{
	struct tpm_world world = {.given = given};

	world.tpm = given_connection(given);
	world.place = given_place();
	world.place->settings.tpm = world.tpm;
	world.place->settings.cost_with_tpm = cost_with_tpm;
	world.identity = given_identity(GIVEN_P256, "ONE");
	return world;
}

void tpm_world_gone(struct tpm_world *world)
{
	keeper_free(world->keeper);
	tpm_free(world->tpm);
	given_place_gone(world->place);
	given_identity_gone(world->identity);
	given_tpm_gone(world->given);
}

void tpm_world_starts(struct tpm_world *world)
{
	keeper_free(TAKE(world->keeper));
	world->keeper = given_keeper(world->place);
}

void tpm_world_refuses(struct tpm_world *world, const char *word)
{
	keeper_free(TAKE(world->keeper));
	assert_int_equal(keeper_open(&world->place->settings, &world->keeper), ERR_OK);
	assert_string_equal(err_word(keeper_refusal(world->keeper)), word);
	keeper_free(TAKE(world->keeper));
}

struct tpm_world given_full_tpm_world(struct given_tpm *given)
{
	struct tpm_world world = given_tpm_world(given);

	tpm_world_starts(&world);
	given_imported(world.keeper, GIVEN_UID, world.identity, "abcd", IMPORT_IMPORTED);
	return world;
}

unsigned tpm_world_indices(struct tpm_world *world)
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

enum err tpm_world_login(struct tpm_world *world, const char *pin)
{
	uint8_t left = 0;

	return given_login(world->keeper, GIVEN_UID, world->identity, pin, &left);
}

unsigned given_stride(void)
{
	return getenv("KINKO_EVERY_POINT") != NULL ? 1 : 5;
}
