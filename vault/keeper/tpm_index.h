/* tpm_index.h - the anchor in the TPM: an NV index of type extend.
 *
 * Its value can only go from V to SHA-256(V | token) (Part 3, TPM2_NV_Extend), so that it names
 * the whole history of the vault: an older copy of the database, or a fork of it, does not match.
 * It is read and extended only in a session under a password from the vault key, which no plain
 * write and no other program has, and not subject to lockout (noDA).
 *
 * Whoever holds the owner's authorisation (usually empty: root, and users of /dev/tpmrm0) can
 * delete it: that is a vault that refuses to open, never one that opens with old tries.
 */
#pragma once

#include <stdint.h>

#include "vault/base/digest.h"
#include "vault/base/err.h"
#include "vault/base/secret.h"
#include "vault/keeper/keys.h"
#include "vault/keeper/tpm.h"

struct tpm_index {
	struct tpm *tpm;
	uint32_t handle;
	const struct secret *auth; /* up to 32 bytes */
};

enum tpm_index_answer { TPM_INDEX_ABSENT, TPM_INDEX_UNWRITTEN, TPM_INDEX_WRITTEN };

/* The handle that the vault's id gives, or the next one that is free or that this password opens
 * already (of an enrolment that was cut off). Defines nothing. ERR_TPM_FULL: none. */
enum err tpm_index_choose(struct tpm *tpm, const struct vault_id *vault, const struct secret *auth,
			  uint32_t *out_handle) MUST_CHECK;
/* Defines it; one that the password opens is taken as it is. ERR_TPM_FULL: no room.
 * ERR_TPM_REFUSED: somebody else's is there. */
enum err tpm_index_make(const struct tpm_index *index) MUST_CHECK;

/* Absent and unwritten are answers, with zeros. ERR_TPM_REFUSED: it is not ours. */
enum err tpm_index_read(const struct tpm_index *index, enum tpm_index_answer *out_answer,
			struct digest *out_value) MUST_CHECK;

/* By `token`, which must lead to `next`: ERR_TPM_REFUSED, and nothing sent, where it stands
 * elsewhere. Sent once and never again by itself: after any other failure nobody knows where the
 * index stands until it has been read. ERR_TPM_INDEX_MISSING. */
enum err tpm_index_extend(const struct tpm_index *index, const struct digest *token,
			  const struct digest *next) MUST_CHECK;

/* Only an index that the password opens; absent is fine. */
enum err tpm_index_undefine(const struct tpm_index *index) MUST_CHECK;
