/* tie.h - kinkod --enroll-tpm and --leave-tpm: ties the system vault to the TPM, or to this host
 * alone again, without its certificates noticing.
 *
 * Root writes host.key, the system user everything else, in the order of vault/keeper/rebind.h.
 * Stopped anywhere, the vault opens, and the same command finishes.
 */
#pragma once

#include "vault/daemon/setup.h"
#include "vault/keeper/keeper.h"

/* settings->host_key does not count: it is read and replaced in folders->config. ERR_NEED_ROOT. */
enum err tie_vault(const struct folders *folders, const struct owner *owner,
		   const struct keeper_settings *settings, enum vault_binding binding) MUST_CHECK;
