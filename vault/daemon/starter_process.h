/* starter_process.h - what the starter does in its own process, from its fork to its end.
 */
#pragma once

#include "vault/daemon/starter.h"

/* Leaves behind all that was the daemon's, then executes an opener for each request on `socket`,
 * until the daemon is gone. */
_Noreturn void starter_be(int socket, const struct starter_settings *settings);
