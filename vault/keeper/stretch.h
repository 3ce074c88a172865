/* stretch.h - from a PIN to a key: Argon2id, at most two at a time, fair between users.
 *
 * A derivation costs hundreds of megabytes. Who wants one first waits for a slot, and only then
 * touches a try; the memory goes back to the system after each.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "vault/base/own.h"
#include "vault/base/secret.h"
#include "vault/keeper/keys.h"
#include "vault/keeper/rows.h"
#include "vault/keeper/seal.h"

enum { STRETCH_SLOTS = 2 };

struct stretcher;

enum err stretcher_new(struct stretcher **out_stretcher) MUST_CHECK;
void stretcher_free(struct stretcher *stretcher);
OWN_DEFINE(stretcher, stretcher_free)

struct stretch_slot {
	struct stretcher *stretcher; /* NULL: none */
	uid_t uid;
	bool is_granted;
	struct stretch_slot *next; /* while it waits */
};

/* Waits for a slot. Users with waiting derivations are served in turn, whoever has more. */
void stretch_slot_take(struct stretcher *stretcher, uid_t uid, struct stretch_slot *out_slot);
void stretch_slot_end(struct stretch_slot *slot);
OWN_DEFINE_HELD(stretch_slot, stretch_slot_end)

/* What a PIN gives for one version of one key row. */
struct pin_halves {
	struct secret *kek; /* opens the key row */
	uint8_t commitment[COMMITMENT_SIZE];
};
void pin_halves_clear(struct pin_halves *halves);
OWN_DEFINE_HELD(pin_halves, pin_halves_clear)

/* The two steps: Argon2id, which is dear, and the split, which names the key row (its kind,
 * record and version). ERR_MEMORY when the derivation could not run: nothing was learnt. */
enum err stretch_pin(const struct stretch_slot *slot, const struct secret *pin,
		     const uint8_t salt[SALT_SIZE], const struct keeper_cost *cost,
		     struct secret **out_stretched) MUST_CHECK;
enum err stretch_split(const struct keys *keys, const struct seat *key_row,
		       const struct secret *stretched, struct pin_halves *out_halves) MUST_CHECK;

/* Whether `cost` should be raised to `today`. */
bool cost_is_below(const struct keeper_cost *cost, const struct keeper_cost *today);
