/* table.c - see table.h */
#include "vault/keeper/table.h"

#include <assert.h>
#include <stdlib.h>

#include <sodium.h>

#include "vault/base/digest.h"

enum { FIRST_CAPACITY = 16 };

_Static_assert(sizeof((struct table){0}.seed) == crypto_shorthash_KEYBYTES, "SipHash's key");

void table_init(struct table *table)
{
	*table = (struct table){0};
	random_fill(table->seed, sizeof table->seed);
}

void table_clear(struct table *table)
{
	free(table->slots);
	*table = (struct table){0};
}

uint64_t table_hash(const struct table *table, const void *bytes, size_t size)
{
	uint64_t hash;

	(void)crypto_shorthash((unsigned char *)&hash, bytes, size, table->seed);
	return hash;
}

static size_t next_of(const struct table *table, size_t at)
{
	return (at + 1) & (table->capacity - 1);
}

static size_t home_of(const struct table *table, uint64_t hash)
{
	return (size_t)hash & (table->capacity - 1);
}

static void place(struct table *table, uint64_t hash, void *item)
{
	size_t at = home_of(table, hash);

	while (table->slots[at].item != NULL)
		at = next_of(table, at);
	table->slots[at] = (struct table_slot){hash, item};
}

/* At most three quarters full, so that a free slot always ends a search. */
enum err table_reserve(struct table *table)
{
	struct table grown = *table;

	if (table->capacity > 0 && table->count + 1 <= table->capacity / 4 * 3)
		return ERR_OK;
	grown.capacity = table->capacity == 0 ? FIRST_CAPACITY : table->capacity * 2;
	grown.slots = calloc(grown.capacity, sizeof *grown.slots);
	if (grown.slots == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < table->capacity; i++)
		if (table->slots[i].item != NULL)
			place(&grown, table->slots[i].hash, table->slots[i].item);
	free(table->slots);
	*table = grown;
	return ERR_OK;
}

void table_add(struct table *table, uint64_t hash, void *item)
{
	assert(table->count < table->capacity);
	place(table, hash, item);
	table->count++;
}

void *table_find(const struct table *table, uint64_t hash, table_match *match, const void *key)
{
	if (table->capacity == 0)
		return NULL;
	for (size_t at = home_of(table, hash); table->slots[at].item != NULL;
	     at = next_of(table, at))
		if (table->slots[at].hash == hash && match(table->slots[at].item, key))
			return table->slots[at].item;
	return NULL;
}

/* Moves later ones of the same run into the gap, so that no search ends too early (Knuth, The
 * Art of Computer Programming 3, 6.4, algorithm R). */
static void close_gap(struct table *table, size_t gap)
{
	for (size_t at = next_of(table, gap); table->slots[at].item != NULL;
	     at = next_of(table, at)) {
		size_t home = home_of(table, table->slots[at].hash);
		size_t from_home = (at - home) & (table->capacity - 1);
		size_t from_gap = (at - gap) & (table->capacity - 1);
		if (from_home < from_gap)
			continue;
		table->slots[gap] = table->slots[at];
		gap = at;
	}
	table->slots[gap] = (struct table_slot){0, NULL};
}

void table_remove(struct table *table, uint64_t hash, const void *item)
{
	size_t at;

	if (table->capacity == 0)
		return;
	at = home_of(table, hash);
	while (table->slots[at].item != NULL && table->slots[at].item != item)
		at = next_of(table, at);
	if (table->slots[at].item == NULL)
		return;
	close_gap(table, at);
	table->count--;
}
