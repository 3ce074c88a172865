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

/* At the handle that the vault's id gives, or the next free one; one that this password opens
 * already (of an enrolment that was cut off) is taken as it is. ERR_TPM_FULL. */
enum err tpm_index_define(struct tpm *tpm, const struct vault_id *vault, const struct secret *auth,
			  uint32_t *out_handle) MUST_CHECK;

/* Absent and unwritten are answers, with zeros. ERR_TPM_REFUSED: it is not ours. */
enum err tpm_index_read(const struct tpm_index *index, enum tpm_index_answer *out_answer,
			struct digest *out_value) MUST_CHECK;

/* Sent once and never again by itself: when it fails, nobody knows where the index stands until
 * it has been read. ERR_TPM_INDEX_MISSING. Answers the value that was read afterwards. */
enum err tpm_index_extend(const struct tpm_index *index, const struct digest *token,
			  struct digest *out_value) MUST_CHECK;

/* Only an index that the password opens; absent is fine. */
enum err tpm_index_undefine(const struct tpm_index *index) MUST_CHECK;
