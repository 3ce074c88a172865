/* unlocking.h - one opening of one original: whose PIN, by which library, at what cost so far.
 */
#pragma once

#include <stddef.h>

#include "vault/base/secret.h"
#include "vault/opener/effort.h"
#include "vault/opener/library.h"
#include "vault/opener/passphrase.h"

struct unlocking {
	const struct library *library;
	const struct secret *pin; /* NULL: empty */
	struct effort effort;
	size_t fitting[PASSPHRASE_KINDS]; /* the form of the PIN that fitted last */
};
