/* attempt.h - one attempt with a PIN, from its turn to the opened key.
 *
 *   step              done when                       if it fails
 *   turn, slot        nobody else tries, memory free  (they wait)
 *   one try taken     on disk and anchored            nothing evaluated; the try serves the next
 *   PIN stretched     Argon2id ran                    the try is given back: nothing was learnt
 *   commitment equal  the PIN is right                ERR_PIN_WRONG; the try is spent
 *   tries refilled    on disk                         refused; the try serves the next
 *   key opened        in secret memory                ERR_VAULT_DAMAGED
 *
 * A kill at any point leaves at least as many tries counted as PINs were evaluated.
 */
#pragma once

#include "vault/keeper/keeper_parts.h"

struct attempt {
	struct keeper *keeper;
	uid_t uid;
	struct digest id;
	struct turn turn;
	struct stretch_slot slot;
	/* After attempt_run: */
	struct record *record;
	struct pin_row pin;
	struct bytes sealed_key;
	struct pin_halves halves;
	struct secret *key; /* PKCS#8 */
};

/* Gives slot and turn back, wipes the rest. */
void attempt_clear(struct attempt *attempt);
OWN_DEFINE_HELD(attempt, attempt_clear)

/* `attempt` is zeroed and stays where it is. *out_tries_left is written also for ERR_PIN_WRONG
 * and ERR_PIN_LOCKED. */
enum err attempt_run(struct attempt *attempt, struct keeper *keeper, uid_t uid,
		     const struct digest *id, const struct secret *pin, uint8_t tries,
		     uint8_t *out_tries_left) MUST_CHECK;
