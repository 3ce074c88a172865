/* tpm_seal.c - see tpm_seal.h */
#include "vault/keeper/tpm_seal.h"

#include <stdbool.h>
#include <string.h>

#include <tss2/tss2_mu.h>

#include "vault/keeper/tpm_context.h"
#include "vault/keeper/tpm_session.h"

struct sealing {
	const struct secret *auth;
	const struct secret *half;
	TPM2B_PUBLIC public_part;
	TPM2B_PRIVATE private_part;
	struct secret *opened;
};

static const TPM2B_PUBLIC half_template = {
	.publicArea =
		{
			.type = TPM2_ALG_KEYEDHASH,
			.nameAlg = TPM2_ALG_SHA256,
			.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
					    TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA,
			.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL,
		},
};

/* -- the file's form: TPM2B_PUBLIC, TPM2B_PRIVATE --------------------------------------------- */

static enum err encode(const struct sealing *sealing, struct bytes *out_sealed)
{
	uint8_t bytes[sizeof sealing->public_part + sizeof sealing->private_part];
	size_t size = 0;

	if (Tss2_MU_TPM2B_PUBLIC_Marshal(&sealing->public_part, bytes, sizeof bytes, &size) !=
		    TSS2_RC_SUCCESS ||
	    Tss2_MU_TPM2B_PRIVATE_Marshal(&sealing->private_part, bytes, sizeof bytes, &size) !=
		    TSS2_RC_SUCCESS)
		return err_note(ERR_TPM_FAULT, "the sealed half has no proper form");
	return bytes_copy(bytes, size, out_sealed);
}

/* The library does not compare the size before the public part with what follows. */
static bool is_public_whole(const struct bytes *sealed, size_t end)
{
	uint16_t size = 0;
	size_t at = 0;

	return Tss2_MU_UINT16_Unmarshal(sealed->data, sealed->size, &at, &size) ==
		       TSS2_RC_SUCCESS &&
	       at + size == end;
}

static enum err decode(const struct bytes *sealed, struct sealing *out_sealing)
{
	size_t at = 0;

	if (Tss2_MU_TPM2B_PUBLIC_Unmarshal(sealed->data, sealed->size, &at,
					   &out_sealing->public_part) != TSS2_RC_SUCCESS ||
	    !is_public_whole(sealed, at) ||
	    Tss2_MU_TPM2B_PRIVATE_Unmarshal(sealed->data, sealed->size, &at,
					    &out_sealing->private_part) != TSS2_RC_SUCCESS ||
	    at != sealed->size ||
	    out_sealing->public_part.publicArea.objectAttributes !=
		    half_template.publicArea.objectAttributes)
		return err_note(ERR_TPM_REPLACED, "the sealed half has no proper form");
	return ERR_OK;
}

/* -- sealing ---------------------------------------------------------------------------------- */

static TSS2_RC create(struct tpm *tpm, const struct tpm_object *srk,
		      const TPM2B_SENSITIVE_CREATE *sensitive, struct sealing *sealing)
{
	static const TPM2B_DATA no_info = {0};
	static const TPML_PCR_SELECTION no_pcr = {0};
	TPM2B_PUBLIC *public_part = NULL;
	TPM2B_PRIVATE *private_part = NULL;
	TSS2_RC rc = Esys_Create(tpm->esys, srk->handle, tpm->session, ESYS_TR_NONE, ESYS_TR_NONE,
				 sensitive, &half_template, &no_info, &no_pcr, &private_part,
				 &public_part, NULL, NULL, NULL);

	if (rc == TSS2_RC_SUCCESS) {
		sealing->public_part = *public_part;
		sealing->private_part = *private_part;
	}
	Esys_Free(public_part);
	Esys_Free(private_part);
	return rc;
}

static enum err create_sealed(struct tpm *tpm, const struct tpm_object *srk,
			      struct sealing *sealing)
{
	TPM2B_SENSITIVE_CREATE sensitive = {.sensitive.data.size = TPM_HALF_SIZE};
	TSS2_RC rc;

	tpm_password(sealing->auth, &sensitive.sensitive.userAuth);
	memcpy(sensitive.sensitive.data.buffer, secret_view(sealing->half), TPM_HALF_SIZE);
	rc = create(tpm, srk, &sensitive, sealing);
	secret_wipe(&sensitive, sizeof sensitive);
	tpm_forget_traffic(tpm);
	return tpm_answer(tpm, rc, "Create");
}

static enum err seal(struct tpm *tpm, void *work)
{
	AUTO_HELD(tpm_object) srk = {tpm, ESYS_TR_NONE};

	TRY(tpm_make_srk(tpm, &srk));
	TRY(tpm_use_session(tpm, &srk, TPM_HIDES_COMMAND | TPM_HIDES_ANSWER));
	return create_sealed(tpm, &srk, work);
}

/* -- unsealing -------------------------------------------------------------------------------- */

/* Every complaint about what is loaded means that it is not of this TPM. */
static enum err load_answer(struct tpm *tpm, TSS2_RC rc)
{
	static const TSS2_RC foreign[] = {TPM2_RC_INTEGRITY, TPM2_RC_BINDING, TPM2_RC_SIZE,
					  TPM2_RC_VALUE,     TPM2_RC_TYPE,    TPM2_RC_HASH};
	TSS2_RC code = tpm_plain_code(rc);

	for (size_t i = 0; i < COUNT_OF(foreign); i++)
		if (code == foreign[i] && (rc & TPM2_RC_P) != 0)
			return tpm_stands(tpm, err_note(ERR_TPM_REPLACED,
							"the TPM answers 0x%x to Load", rc));
	return tpm_answer(tpm, rc, "Load");
}

static enum err load(struct tpm *tpm, const struct tpm_object *srk, const struct sealing *sealing,
		     struct tpm_object *out_loaded)
{
	struct tpm_object loaded = {tpm, ESYS_TR_NONE};

	TRY(tpm_use_session(tpm, srk, 0));
	TRY(load_answer(tpm,
			Esys_Load(tpm->esys, srk->handle, tpm->session, ESYS_TR_NONE, ESYS_TR_NONE,
				  &sealing->private_part, &sealing->public_part, &loaded.handle)));
	*out_loaded = loaded;
	return ERR_OK;
}

static enum err take_half(struct tpm *tpm, TPM2B_SENSITIVE_DATA *data, struct secret **out_half)
{
	enum err err = data->size == TPM_HALF_SIZE
			       ? secret_take(data->buffer, TPM_HALF_SIZE, out_half)
			       : ERR_TPM_REPLACED;

	secret_wipe(data, sizeof *data);
	return err == ERR_OK ? ERR_OK : tpm_stands(tpm, err);
}

static enum err open_loaded(struct tpm *tpm, const struct tpm_object *loaded,
			    const struct sealing *sealing, struct secret **out_half)
{
	TPM2B_SENSITIVE_DATA *data = NULL;
	enum err err = tpm_set_password(tpm, loaded->handle, sealing->auth);

	TRY(err);
	err = tpm_answer(tpm,
			 Esys_Unseal(tpm->esys, loaded->handle, tpm->session, ESYS_TR_NONE,
				     ESYS_TR_NONE, &data),
			 "Unseal");
	if (err == ERR_OK)
		err = take_half(tpm, data, out_half);
	Esys_Free(data);
	tpm_forget_password(tpm, loaded->handle);
	tpm_forget_traffic(tpm);
	return err;
}

static enum err unseal(struct tpm *tpm, void *work)
{
	AUTO_HELD(tpm_object) srk = {tpm, ESYS_TR_NONE};
	AUTO_HELD(tpm_object) loaded = {tpm, ESYS_TR_NONE};
	struct sealing *sealing = work;

	TRY(tpm_make_srk(tpm, &srk));
	TRY(load(tpm, &srk, sealing, &loaded));
	TRY(tpm_use_session(tpm, &srk, TPM_HIDES_ANSWER));
	return open_loaded(tpm, &loaded, sealing, &sealing->opened);
}

/* -- for the keeper --------------------------------------------------------------------------- */

static enum err prove(struct tpm *tpm, struct sealing *sealing)
{
	AUTO(secret) opened = NULL;

	TRY(tpm_do(tpm, TPM_REPEATABLE, unseal, sealing));
	opened = TAKE(sealing->opened);
	return secret_equal(opened, sealing->half)
		       ? ERR_OK
		       : err_note(ERR_TPM_FAULT, "what was sealed does not open again");
}

enum err tpm_seal(struct tpm *tpm, const struct secret *auth, const struct secret *half,
		  struct bytes *out_sealed)
{
	struct sealing sealing = {.auth = auth, .half = half};

	TPM_TURN(tpm);
	if (secret_size(half) != TPM_HALF_SIZE)
		return err_note(ERR_INTERNAL, "a half has %zu bytes", secret_size(half));
	TRY(tpm_do(tpm, TPM_REPEATABLE, seal, &sealing));
	TRY(prove(tpm, &sealing));
	return encode(&sealing, out_sealed);
}

enum err tpm_unseal(struct tpm *tpm, const struct secret *auth, const struct bytes *sealed,
		    struct secret **out_half)
{
	struct sealing sealing = {.auth = auth};

	TPM_TURN(tpm);
	TRY(decode(sealed, &sealing));
	TRY(tpm_do(tpm, TPM_REPEATABLE, unseal, &sealing));
	*out_half = sealing.opened;
	return ERR_OK;
}
