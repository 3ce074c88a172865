/* given_world.c - see given_world.h */
#include "tests/unit/keeper/given_world.h"

int given_world(void **state)
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

int world_gone(void **state)
{
	struct world *world = *state;

	keeper_free(world->keeper);
	given_place_gone(world->place);
	given_identity_gone(world->first);
	given_identity_gone(world->second);
	free(world);
	return 0;
}

void world_reopen(struct world *world)
{
	keeper_free(world->keeper);
	world->keeper = given_keeper(world->place);
}
