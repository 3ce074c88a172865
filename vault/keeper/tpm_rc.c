/* tpm_rc.c - see tpm_rc.h. Codes: TPM 2.0 Library Part 2, 6.6; layers: TSS 2.0 Overview. */
#include "vault/keeper/tpm_rc.h"

#include <stdbool.h>

#include <tss2/tss2_tpm2_types.h>

#include "vault/base/own.h"

enum { KERNEL_SPOKE_FOR_TPM = 11 << 16, NUMBER_AND_PARAMETER = 0xF40 };

/* A resource manager, the kernel's or another, passes codes on under a layer of its own. */
static bool is_of_tpm(TSS2_RC rc)
{
	TSS2_RC layer = rc & TSS2_RC_LAYER_MASK;

	return layer == TSS2_TPM_RC_LAYER || layer == KERNEL_SPOKE_FOR_TPM ||
	       layer == TSS2_RESMGR_TPM_RC_LAYER;
}

TSS2_RC tpm_plain_code(TSS2_RC rc)
{
	if (!is_of_tpm(rc))
		return rc;
	rc &= ~TSS2_RC_LAYER_MASK;
	return (rc & TPM2_RC_FMT1) != 0 ? rc & ~(TSS2_RC)NUMBER_AND_PARAMETER : rc;
}

static const struct row {
	TSS2_RC code;
	struct tpm_meaning meaning;
} rows[] = {
	{TPM2_RC_SUCCESS, {ERR_OK, TPM_CURE_NONE}},
	{TPM2_RC_BAD_TAG, {ERR_TPM_VERSION, TPM_CURE_NONE}}, /* how a TPM 1.2 says no */
	{TPM2_RC_LOCKOUT, {ERR_TPM_LOCKED_OUT, TPM_CURE_NONE}},
	{TPM2_RC_HIERARCHY, {ERR_TPM_OFF, TPM_CURE_NONE}},
	{TPM2_RC_DISABLED, {ERR_TPM_OFF, TPM_CURE_NONE}},
	{TPM2_RC_NV_SPACE, {ERR_TPM_FULL, TPM_CURE_NONE}},

	/* A session that another process has in the place of our lost one fails like this too. */
	{TPM2_RC_AUTH_FAIL, {ERR_TPM_REFUSED, TPM_CURE_RESTART}},
	{TPM2_RC_BAD_AUTH, {ERR_TPM_REFUSED, TPM_CURE_RESTART}},

	{TPM2_RC_RETRY, {ERR_TPM_BUSY, TPM_CURE_WAIT}},
	{TPM2_RC_YIELDED, {ERR_TPM_BUSY, TPM_CURE_WAIT}},
	{TPM2_RC_TESTING, {ERR_TPM_BUSY, TPM_CURE_WAIT}},
	{TPM2_RC_CANCELED, {ERR_TPM_BUSY, TPM_CURE_WAIT}},
	{TPM2_RC_NV_RATE, {ERR_TPM_BUSY, TPM_CURE_WAIT}},
	{TPM2_RC_NV_UNAVAILABLE, {ERR_TPM_BUSY, TPM_CURE_WAIT}},

	/* Full of other programs' objects and sessions, which come and go. */
	{TPM2_RC_OBJECT_MEMORY, {ERR_TPM_BUSY, TPM_CURE_WAIT}},
	{TPM2_RC_SESSION_MEMORY, {ERR_TPM_BUSY, TPM_CURE_WAIT}},
	{TPM2_RC_MEMORY, {ERR_TPM_BUSY, TPM_CURE_WAIT}},
	{TPM2_RC_SESSION_HANDLES, {ERR_TPM_BUSY, TPM_CURE_WAIT}},
	{TPM2_RC_OBJECT_HANDLES, {ERR_TPM_BUSY, TPM_CURE_WAIT}},

	{TPM2_RC_INITIALIZE, {ERR_TPM_FAULT, TPM_CURE_RESTART}},
	{TPM2_RC_CONTEXT_GAP, {ERR_TPM_FAULT, TPM_CURE_RESTART}},
	{TPM2_RC_TOO_MANY_CONTEXTS, {ERR_TPM_FAULT, TPM_CURE_RESTART}},
	{TPM2_RC_HANDLE, {ERR_TPM_FAULT, TPM_CURE_RESTART}},
	{TPM2_RC_VALUE, {ERR_TPM_FAULT, TPM_CURE_RESTART}},
	{TSS2_ESYS_RC_MEMORY, {ERR_MEMORY, TPM_CURE_RESTART}},
};

/* REFERENCE_H0 to _H6 and _S0 to _S6: an object or a session that is no longer loaded. */
static bool is_lost_reference(TSS2_RC code)
{
	return code >= TPM2_RC_REFERENCE_H0 && code <= TPM2_RC_REFERENCE_S6;
}

struct tpm_meaning tpm_meaning_of(TSS2_RC rc)
{
	TSS2_RC code = tpm_plain_code(rc);

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].code == code && (code != TPM2_RC_SUCCESS || rc == TPM2_RC_SUCCESS))
			return rows[i].meaning;
	if ((rc & TSS2_RC_LAYER_MASK) == TSS2_TCTI_RC_LAYER)
		return (struct tpm_meaning){ERR_TPM_GONE, TPM_CURE_RESTART};
	if (!is_of_tpm(rc) || is_lost_reference(code))
		return (struct tpm_meaning){ERR_TPM_FAULT, TPM_CURE_RESTART};
	return (struct tpm_meaning){ERR_TPM_FAULT, TPM_CURE_NONE};
}
