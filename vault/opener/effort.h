/* effort.h - how much work one original may cost, decided before the work is done.
 *
 * A file of 2.5 kB can ask for 2^31 rounds. Each count is declared where it is read: before
 * the MAC for everything in clear, after decryption for what was hidden inside. Work is also
 * spent when several forms of a PIN are tried: the first form always may, the others only
 * while the whole stays within the same limit.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vault/base/err.h"

enum {
	EFFORT_ROUNDS_MAX = 1000000,     /* in one place */
	EFFORT_ALL_ROUNDS_MAX = 3000000, /* in the whole file */
	EFFORT_BAGS_MAX = 256,
	EFFORT_DEPTH_MAX = 4, /* bags within bags */
	EFFORT_SALT_MAX = 1024,
};

struct effort {
	uint64_t declared;
	uint64_t spent;
	unsigned bags;
};

/* All: ERR_ORIGINAL_EXPENSIVE with what and how much. */
enum err effort_declare(struct effort *effort, const char *what, uint64_t rounds) MUST_CHECK;
enum err effort_add_bag(struct effort *effort) MUST_CHECK;
enum err effort_check_depth(unsigned depth) MUST_CHECK;
enum err effort_check_salt(size_t size) MUST_CHECK;

/* Whether the nth try of a derivation may run; counts it when it may. */
bool effort_spend(struct effort *effort, uint64_t rounds, size_t nth_try);
