/* rebuild.h - the same contents as a new file under a new PIN: PBES2 with AES-256 and
 * HMAC-SHA-256, a SHA-256 MAC, all with 100,000 rounds.
 */
#pragma once

#include "vault/base/err.h"
#include "vault/base/secret.h"
#include "vault/opener/choice.h"

enum { REBUILD_ROUNDS = 100000 };

/* Key, leaf, chain, their names and the local id. */
enum err rebuild(const struct choice *choice, const struct library *library,
		 const struct secret *new_pin, struct secret **out_original) MUST_CHECK;
