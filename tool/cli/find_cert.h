/* find_cert.h - the certificate that a command is about.
 */
#pragma once

#include <sys/types.h>

#include "tool/cli/run.h"
#include "vault/base/err.h"
#include "vault/cert/entry.h"

/* CERT, or the active one when it is NULL: ERR_NO_ACTIVE, ERR_VAULT_EMPTY. */
enum err find_cert_or_active(struct run *run, const char *cert, struct entry *out_entry) MUST_CHECK;
/* CERT, or one that the person at the terminal chooses from the list; without a terminal
 * ERR_ARGUMENT_MISSING. `owner` NULL: one's own. */
enum err find_cert_or_ask(struct run *run, const uid_t *owner, const char *cert,
			  struct entry *out_entry) MUST_CHECK;
