/* given_world.h - an empty vault that is open, and two certificates of the same name. */
#pragma once

#include "tests/unit/keeper/given.h"

struct world {
	struct place_for_vault *place;
	struct keeper *keeper;
	struct given_identity *first, *second;
};

/* For cmocka: set up and torn down around each test. */
int given_world(void **state);
int world_gone(void **state);
/* Closed and opened again. */
void world_reopen(struct world *world);
