/* raise.h - a PIN row of an older, lower cost becomes one of today's, behind a login's answer.
 *
 * Fresh salt, next version, both rows in one transaction. Nobody waits for it, and a failure is
 * harmless: the rows stay as they are, and the next login tries again.
 */
#pragma once

#include "vault/keeper/attempt.h"

/* Goes on in a thread of its own, which keeper_free waits for. Takes the attempt's KEK over. */
void raise_cost(struct attempt *attempt, const struct secret *pin);
