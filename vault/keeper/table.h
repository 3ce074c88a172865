/* table.h - finds things by a hash: open addressing, keyed so that nobody can choose collisions.
 *
 * Holds pointers it does not own. After table_reserve the next table_add cannot fail.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vault/base/err.h"

struct table_slot {
	uint64_t hash;
	void *item; /* NULL: free */
};

struct table {
	uint8_t seed[16];
	size_t count;
	size_t capacity; /* a power of two, or 0 */
	struct table_slot *slots;
};

typedef bool table_match(const void *item, const void *key);

void table_init(struct table *table);
void table_clear(struct table *table);

uint64_t table_hash(const struct table *table, const void *bytes, size_t size);
enum err table_reserve(struct table *table) MUST_CHECK;
void table_add(struct table *table, uint64_t hash, void *item);
void *table_find(const struct table *table, uint64_t hash, table_match *match, const void *key);
void table_remove(struct table *table, uint64_t hash, const void *item);
