/* bond.h - what the vault key is tied to: this host, or this host and its TPM. Opened, made, and
 * tied anew.
 */
#pragma once

#include "vault/keeper/keeper.h"
#include "vault/keeper/keys.h"
#include "vault/keeper/vault_key.h"

/* Opens the vault key in it. ERR_MACHINE_CHANGED: it needs a TPM, and none was given. */
enum err bond_open(const struct keeper_settings *settings, const struct vault_key_file *file,
		   struct secret **out_key) MUST_CHECK;

/* vault.key of a new vault: tied to the TPM where it can be used, and naming an index that is not
 * made yet; else to the host alone, and *out_trouble says why. */
enum err bond_make(const struct keeper_settings *settings, enum err *out_trouble) MUST_CHECK;
/* The same, for the host alone. Over one that never had a database. */
enum err bond_make_for_host(const struct keeper_settings *settings) MUST_CHECK;
/* Before there is a database: makes the index that the file names, where it is not there yet. */
enum err bond_need_index(const struct keeper_settings *settings, const struct vault_key_head *head,
			 const struct keys *keys) MUST_CHECK;

/* Ties `key` anew, under `host_key` alone or with the TPM; all else of the file stays. */
enum err bond_tie(struct vault_key_file *file, const struct keeper_settings *settings,
		  enum vault_binding binding, const struct secret *host_key,
		  const struct secret *key) MUST_CHECK;

/* The anchor that the file names. The password is borrowed. */
struct anchor bond_anchor(const struct vault_key_head *head, const struct keeper_settings *settings,
			  const struct secret *nv_auth);
