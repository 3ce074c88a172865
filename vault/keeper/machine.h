/* machine.h - the machine key: what ties a vault to one machine.
 *
 * MK = BLAKE2b(key = S_host, second half | binding | vault id). The host kind has no second half;
 * a TPM's is what it unseals from vault.key. Both kinds open the same file format.
 */
#pragma once

#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/base/secret.h"
#include "vault/base/vault.h"
#include "vault/keeper/vault_key.h"

/* What the kinds differ in. */
struct machine_kind {
	enum vault_binding binding;
	/* The machine's own half out of vault.key's head; of size 0 for none. `device` is the
	 * kind's. */
	enum err (*second_half)(void *device, const struct secret *host_key,
				const struct vault_key_head *head, struct secret **out_half);
};

struct machine {
	const struct machine_kind *kind;
	void *device; /* borrowed; NULL for the host kind */
};

extern const struct machine_kind machine_kind_host;

/* The host secret is 32 bytes, or twice that while it is being replaced (old, new); which of
 * them belongs to the vault, vault.key's check value says. Anything else, or zeros, is
 * ERR_HOST_KEY_DAMAGED; NULL is ERR_HOST_KEY_MISSING; of another vault, ERR_HOST_KEY_FOREIGN. */
enum err machine_find_host_key(const struct secret *host_key, const struct vault_key_head *head,
			       struct secret **out_host_key) MUST_CHECK;
/* For a vault that is being made: exactly one key. */
enum err machine_check_host_key(const struct secret *host_key) MUST_CHECK;

/* MK, for the vault that the head names. */
enum err machine_master_key(const struct machine *machine, const struct secret *host_key,
			    const struct vault_key_head *head,
			    struct secret **out_master) MUST_CHECK;
