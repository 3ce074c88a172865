/* ids.c - see ids.h */
#include "policy/ids.h"

#include <stdlib.h>

enum err ids_add(struct ids *ids, uint32_t id)
{
	uint32_t *items = reallocarray(ids->items, ids->count + 1, sizeof *items);

	if (items == NULL)
		return ERR_MEMORY;
	items[ids->count] = id;
	ids->items = items;
	ids->count++;
	return ERR_OK;
}

bool ids_hold(const struct ids *ids, uint32_t id)
{
	for (size_t i = 0; i < ids->count; i++)
		if (ids->items[i] == id)
			return true;
	return false;
}

void ids_clear(struct ids *ids)
{
	if (ids == NULL)
		return;
	free(ids->items);
	*ids = (struct ids){0, NULL};
}
