/* tpm_session.h - inside the TPM's files only: the storage root key, the session salted to it,
 * and passwords (authValues) on their way into the library. */
#pragma once

#include <tss2/tss2_esys.h>

#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/base/secret.h"
#include "vault/keeper/tpm_context.h"

/* Something loaded in the TPM, flushed at the end of the scope. */
struct tpm_object {
	struct tpm *tpm;
	ESYS_TR handle;
};
void tpm_object_flush(struct tpm_object *object);
OWN_DEFINE_HELD(tpm_object, tpm_object_flush)

/* The SRK, whose Name is the expected one. ERR_TPM_REPLACED. */
enum err tpm_make_srk(struct tpm *tpm, struct tpm_object *out_srk) MUST_CHECK;
/* Trusts the SRK of this TPM from now on. */
enum err tpm_learn_srk(struct tpm *tpm) MUST_CHECK;

/* Which way the first parameter is hidden: one of the two, both, or 0. */
enum { TPM_HIDES_COMMAND = TPMA_SESSION_DECRYPT, TPM_HIDES_ANSWER = TPMA_SESSION_ENCRYPT };

/* tpm->session, ready for the next command; started when there is none, salted to `srk` (NULL:
 * one is made for that). */
enum err tpm_use_session(struct tpm *tpm, const struct tpm_object *srk,
			 TPMA_SESSION hides) MUST_CHECK;
void tpm_end_session(struct tpm *tpm);

/* The password as the TPM knows it: at most 32 bytes, never ending in zero, because a TPM drops
 * zeros there (Part 1, 19.6.5). The caller wipes it. */
void tpm_password(const struct secret *auth, TPM2B_AUTH *out_password);
enum err tpm_set_password(struct tpm *tpm, ESYS_TR handle, const struct secret *auth) MUST_CHECK;
/* Overwrites the library's copies. */
void tpm_forget_password(struct tpm *tpm, ESYS_TR handle);
/* Overwrites the library's copies of the last command's parameters and of its answer. */
void tpm_forget_traffic(struct tpm *tpm);

/* The owner's refusal has another meaning than one of our own password. */
enum err tpm_owner_answer(struct tpm *tpm, TSS2_RC rc, const char *command) MUST_CHECK;
