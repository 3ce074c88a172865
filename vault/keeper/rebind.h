/* rebind.h - an existing vault is tied to the TPM, or to the host alone again. No row of a
 * certificate is touched: the vault key is wrapped anew, under a new host secret.
 *
 *   1  host.key = old and new          the caller, who may write it
 *   2  the next anchor gets a value    rebind_vault
 *   3  the manifest names both         rebind_vault
 *   4  vault.key                       rebind_vault
 *   5  host.key = new                  the caller: rebind_host_key says which of the two it is
 *   6  the left anchor is removed      rebind_finish
 *
 * Killed anywhere the vault opens, as it was until 4 and as it will be from there on; the same
 * calls from the beginning finish it. No other keeper may be open meanwhile.
 */
#pragma once

#include "vault/keeper/keeper.h"

/* How the vault is tied now, from vault.key alone. */
enum err rebind_binding(int state_folder, enum vault_binding *out_binding) MUST_CHECK;

/* Old and new for 1: `host_key` with a fresh one behind it, or as it is where it is both already.
 */
enum err rebind_both_keys(const struct secret *host_key, struct secret **out_both) MUST_CHECK;

/* settings->host_key is both. Nothing to do where the vault is tied like that already. Also a
 * refused vault's refusal. */
enum err rebind_vault(const struct keeper_settings *settings,
		      enum vault_binding binding) MUST_CHECK;

/* The one of both that vault.key is under. */
enum err rebind_host_key(int state_folder, const struct secret *both,
			 struct secret **out_host_key) MUST_CHECK;

/* When the TPM does not let its index go, the vault is well all the same: its trouble is said,
 * and the same call tries again. */
enum err rebind_finish(const struct keeper_settings *settings,
		       enum vault_binding binding) MUST_CHECK;
