/* login.h - an open login from inside: the unsealed key and who may still be using it.
 *
 * A login has holders: the session it belongs to, and every signature under way. Signatures read
 * the key side by side; who ends the login first closes it to new ones, then waits for those that
 * run, then wipes.
 */
#pragma once

#include <stdatomic.h>

#include "vault/keeper/identity.h"
#include "vault/keeper/keeper_parts.h"

struct login {
	struct keeper *keeper; /* NULL: the keeper has ended */
	struct record_id record;
	struct digest id;
	struct login_facts facts;
	atomic_bool is_open;
	atomic_uint holders;
	pthread_rwlock_t key_lock; /* read by who uses the key, written by who wipes it */
	struct identity *identity;
	struct login *next;
};
