/* tpm_seal.h - the TPM's half of the machine key: 32 bytes that only this TPM opens again.
 *
 * Sealed under the SRK, for this TPM and this parent (fixedTPM, fixedParent), with a password
 * from the host secret, not subject to dictionary attack lockout (noDA: an unclean power cut
 * would count as a wrong password), and bound to no PCRs: firmware updates lock nobody out.
 * The half crosses to and from the TPM encrypted.
 */
#pragma once

#include "vault/base/bytes.h"
#include "vault/base/err.h"
#include "vault/base/secret.h"
#include "vault/keeper/tpm.h"

enum { TPM_HALF_SIZE = 32 };

/* `half` is TPM_HALF_SIZE bytes, `auth` up to 32. The result opens again: it was tried. */
enum err tpm_seal(struct tpm *tpm, const struct secret *auth, const struct secret *half,
		  struct bytes *out_sealed) MUST_CHECK;
/* ERR_TPM_REPLACED: sealed by another TPM, or damaged. ERR_TPM_REFUSED: another password. */
enum err tpm_unseal(struct tpm *tpm, const struct secret *auth, const struct bytes *sealed,
		    struct secret **out_half) MUST_CHECK;
