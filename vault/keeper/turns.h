/* turns.h - one operation with a PIN at a time per certificate; others wait in order.
 *
 * Five programs that log in at once with the right PIN are served one after another and never
 * see each other's tries.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "vault/base/digest.h"
#include "vault/base/err.h"
#include "vault/base/own.h"

struct turns;

/* Held by the caller for the length of its turn. */
struct turn {
	struct turns *turns; /* NULL: not taken */
	uid_t uid;
	struct digest id;
	uint64_t ticket;
	struct turn *next;
};

enum err turns_new(struct turns **out_turns) MUST_CHECK;
void turns_free(struct turns *turns);
OWN_DEFINE(turns, turns_free)

/* Waits until all who came before for this certificate have ended. */
void turn_take(struct turns *turns, uid_t uid, const struct digest *id, struct turn *out_turn);
void turn_end(struct turn *turn);
OWN_DEFINE_HELD(turn, turn_end)
