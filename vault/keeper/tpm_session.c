/* tpm_session.c - see tpm_session.h */
#include "vault/keeper/tpm_session.h"

#include <stdbool.h>
#include <string.h>

#include <sodium.h>

enum { PASSWORD_SIZE = 32, STACK_USED_BY_LIBRARY = 64 * 1024, FLUSH_TRIES = 3, FLUSH_PAUSE = 20 };

/* TCG TPM v2.0 Provisioning Guidance 7.5.1: a storage key of ECC P-256 with an all-zero unique
 * field; with noDA, because a parent without it cannot load its children in lockout. Deterministic:
 * the same TPM makes the same key until its owner clears it. */
static const TPM2B_PUBLIC srk_template = {
	.publicArea =
		{
			.type = TPM2_ALG_ECC,
			.nameAlg = TPM2_ALG_SHA256,
			.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
					    TPMA_OBJECT_SENSITIVEDATAORIGIN |
					    TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA |
					    TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT,
			.parameters.eccDetail =
				{
					.symmetric = {.algorithm = TPM2_ALG_AES,
						      .keyBits.aes = 128,
						      .mode.aes = TPM2_ALG_CFB},
					.scheme.scheme = TPM2_ALG_NULL,
					.curveID = TPM2_ECC_NIST_P256,
					.kdf.scheme = TPM2_ALG_NULL,
				},
			.unique.ecc = {.x.size = 32, .y.size = 32},
		},
};

static const TPMT_SYM_DEF session_cipher = {
	.algorithm = TPM2_ALG_AES, .keyBits.aes = 128, .mode.aes = TPM2_ALG_CFB};

/* Without a resource manager a TPM holds three objects and no more: one refusal is not the end.
 * What is lost already, or lies behind a broken connection, needs no flush. */
static bool is_worth_repeating(TSS2_RC rc)
{
	return (rc & TSS2_RC_LAYER_MASK) != TSS2_TCTI_RC_LAYER &&
	       tpm_meaning_of(rc).cure != TPM_CURE_RESTART;
}

void tpm_object_flush(struct tpm_object *object)
{
	TSS2_RC rc = TPM2_RC_RETRY;

	if (object->handle == ESYS_TR_NONE || object->tpm == NULL || object->tpm->esys == NULL)
		return;
	for (unsigned tries = 0; tries < FLUSH_TRIES && is_worth_repeating(rc); tries++) {
		rc = Esys_FlushContext(object->tpm->esys, object->handle);
		if (rc == TSS2_RC_SUCCESS)
			break;
		tpm_pause(FLUSH_PAUSE);
	}
	if (rc != TSS2_RC_SUCCESS)
		(void)Esys_TR_Close(object->tpm->esys, &object->handle);
	object->handle = ESYS_TR_NONE;
}

enum err tpm_owner_answer(struct tpm *tpm, TSS2_RC rc, const char *command)
{
	enum err err = tpm_answer(tpm, rc, command);

	return err == ERR_TPM_REFUSED ? tpm_stands(tpm, ERR_TPM_OWNER_PASSWORD) : err;
}

/* -- the storage root key --------------------------------------------------------------------- */

static enum err create_srk(struct tpm *tpm, struct tpm_object *out_srk)
{
	static const TPM2B_SENSITIVE_CREATE no_password = {0};
	static const TPM2B_DATA no_info = {0};
	static const TPML_PCR_SELECTION no_pcr = {0};
	struct tpm_object srk = {tpm, ESYS_TR_NONE};

	TRY(tpm_owner_answer(tpm,
			     Esys_CreatePrimary(tpm->esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD,
						ESYS_TR_NONE, ESYS_TR_NONE, &no_password,
						&srk_template, &no_info, &no_pcr, &srk.handle, NULL,
						NULL, NULL, NULL),
			     "CreatePrimary"));
	*out_srk = srk;
	return ERR_OK;
}

static enum err name_of(struct tpm *tpm, const struct tpm_object *object, TPM2B_NAME *out_name)
{
	TPM2B_NAME *name = NULL;

	TRY(tpm_answer(tpm, Esys_TR_GetName(tpm->esys, object->handle, &name), "GetName"));
	*out_name = *name;
	Esys_Free(name);
	return ERR_OK;
}

enum err tpm_make_srk(struct tpm *tpm, struct tpm_object *out_srk)
{
	AUTO_HELD(tpm_object) srk = {tpm, ESYS_TR_NONE};
	TPM2B_NAME name = {0};

	if (tpm->srk_name.size == 0)
		return tpm_stands(tpm, err_note(ERR_INTERNAL, "no SRK is trusted yet"));
	TRY(create_srk(tpm, &srk));
	TRY(name_of(tpm, &srk, &name));
	if (name.size != tpm->srk_name.size ||
	    sodium_memcmp(name.name, tpm->srk_name.name, name.size) != 0)
		return tpm_stands(tpm, err_note(ERR_TPM_REPLACED, "the SRK has another Name"));
	*out_srk = srk;
	srk.handle = ESYS_TR_NONE;
	return ERR_OK;
}

enum err tpm_learn_srk(struct tpm *tpm)
{
	AUTO_HELD(tpm_object) srk = {tpm, ESYS_TR_NONE};
	TPM2B_NAME name = {0};

	TRY(create_srk(tpm, &srk));
	TRY(name_of(tpm, &srk, &name));
	tpm_end_session(tpm); /* it may be salted to another one */
	tpm->srk_name = name;
	return ERR_OK;
}

/* -- the session ------------------------------------------------------------------------------ */

static enum err start_session(struct tpm *tpm, const struct tpm_object *srk)
{
	ESYS_TR session = ESYS_TR_NONE;

	TRY(tpm_answer(tpm,
		       Esys_StartAuthSession(tpm->esys, srk->handle, ESYS_TR_NONE, ESYS_TR_NONE,
					     ESYS_TR_NONE, ESYS_TR_NONE, NULL, TPM2_SE_HMAC,
					     &session_cipher, TPM2_ALG_SHA256, &session),
		       "StartAuthSession"));
	tpm->session = session;
	return ERR_OK;
}

static enum err start_session_anyhow(struct tpm *tpm, const struct tpm_object *srk)
{
	AUTO_HELD(tpm_object) made = {tpm, ESYS_TR_NONE};

	if (srk != NULL)
		return start_session(tpm, srk);
	TRY(tpm_make_srk(tpm, &made));
	return start_session(tpm, &made);
}

enum err tpm_use_session(struct tpm *tpm, const struct tpm_object *srk, TPMA_SESSION hides)
{
	static const TPMA_SESSION all = 0xFF;

	if (tpm->session == ESYS_TR_NONE)
		TRY(start_session_anyhow(tpm, srk));
	return tpm_answer(tpm,
			  Esys_TRSess_SetAttributes(tpm->esys, tpm->session,
						    TPMA_SESSION_CONTINUESESSION | hides, all),
			  "SetAttributes");
}

void tpm_end_session(struct tpm *tpm)
{
	struct tpm_object session = {tpm, tpm->session};

	tpm_object_flush(&session);
	tpm->session = ESYS_TR_NONE;
}

/* -- passwords and what the library remembers ------------------------------------------------- */

void tpm_password(const struct secret *auth, TPM2B_AUTH *out_password)
{
	size_t size = secret_size(auth) < PASSWORD_SIZE ? secret_size(auth) : PASSWORD_SIZE;

	*out_password = (TPM2B_AUTH){.size = (uint16_t)size};
	memcpy(out_password->buffer, secret_view(auth), size);
	if (size > 0)
		out_password->buffer[size - 1] |= 1;
}

enum err tpm_set_password(struct tpm *tpm, ESYS_TR handle, const struct secret *auth)
{
	TPM2B_AUTH password;
	TSS2_RC rc;

	tpm_password(auth, &password);
	rc = Esys_TR_SetAuth(tpm->esys, handle, &password);
	secret_wipe(&password, sizeof password);
	return tpm_answer(tpm, rc, "SetAuth");
}

/* The library joins a password to the session's key for its HMACs, anew for each command. This
 * one, with the same session twice, it prepares and then refuses to send (and if a later version
 * sends it, the TPM refuses). */
static void forget_in_session(struct tpm *tpm, ESYS_TR handle)
{
	static const TPMA_SESSION all = 0xFF;
	TPM2B_SENSITIVE_DATA *nothing = NULL;

	if (tpm->session == ESYS_TR_NONE)
		return;
	(void)Esys_TRSess_SetAttributes(tpm->esys, tpm->session,
					TPMA_SESSION_CONTINUESESSION | TPM_HIDES_ANSWER, all);
	if (Esys_Unseal_Async(tpm->esys, handle, tpm->session, tpm->session, ESYS_TR_NONE) ==
	    TSS2_RC_SUCCESS)
		(void)Esys_Unseal_Finish(tpm->esys, &nothing);
	Esys_Free(nothing);
}

void tpm_forget_password(struct tpm *tpm, ESYS_TR handle)
{
	static const TPM2B_AUTH blank = {.size = PASSWORD_SIZE};

	if (handle == ESYS_TR_NONE)
		return;
	(void)Esys_TR_SetAuth(tpm->esys, handle, &blank);
	forget_in_session(tpm, handle);
}

/* The library keeps its own copy of the last command's parameters, a union of all commands, in
 * case it must send them again. A command that it copies and then refuses, because its parent
 * is none, overwrites them and reaches no TPM. Random bytes overwrite the last answer; what the
 * library's functions left below us on the stack goes last. */
void tpm_forget_traffic(struct tpm *tpm)
{
	static const TPM2B_SENSITIVE_CREATE blank = {0};
	static const TPM2B_PUBLIC blank_public = {0};
	static const TPM2B_DATA blank_info = {0};
	static const TPML_PCR_SELECTION blank_pcr = {0};
	TPM2B_DIGEST *random = NULL;

	(void)Esys_Create_Async(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
				&blank, &blank_public, &blank_info, &blank_pcr);
	(void)Esys_GetRandom(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, 64, &random);
	Esys_Free(random);
	sodium_stackzero(STACK_USED_BY_LIBRARY);
}
