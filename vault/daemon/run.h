/* run.h - what kinkod does, from an empty process to a clean end.
 */
#pragma once

#include "vault/base/err.h"
#include "vault/daemon/options.h"

/* Before anything else: no dump, no core, and of the environment only the language is left. */
enum err run_prepare(void) MUST_CHECK;

struct tpm_port;

/* Serves, sets up, ties a vault, or begins a new one; returns at the end of it. The way to the
 * machine's TPM is the program's own constant; a private vault never takes it. */
enum err run_task(const struct options *options, const struct tpm_port *tpm_port) MUST_CHECK;
