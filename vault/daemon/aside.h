/* aside.h - sets an old vault aside, untouched, so that a new one can begin.
 *
 * host.key, the anchor and the state, in this order, each into an old-TIME folder beside its own
 * place: a key never comes to lie beside its data. Killed anywhere in between, what is left is a
 * vault that is refused, and the same call goes on with the rest.
 */
#pragma once

#include "vault/daemon/setup.h"

/* Called with the full path of what was moved and the folder it is in now. */
typedef void aside_report(const char *from, const char *to, void *context);

enum err aside_move(const struct place *place, const struct folders *folders,
		    const struct owner *owner, aside_report *report, void *context) MUST_CHECK;
