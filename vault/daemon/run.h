/* run.h - what kinkod does, from an empty process to a clean end.
 */
#pragma once

#include "vault/base/err.h"
#include "vault/daemon/options.h"

/* Before anything else: no dump, no core, and of the environment only the language is left. */
enum err run_prepare(void) MUST_CHECK;
/* Serves, sets up, or begins a new vault; returns at the end of it. */
enum err run_task(const struct options *options) MUST_CHECK;
