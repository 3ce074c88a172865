/* tpm_index.c - see tpm_index.h */
#include "vault/keeper/tpm_index.h"

#include <string.h>

#include "vault/keeper/tpm_context.h"
#include "vault/keeper/tpm_session.h"

/* TCG Registry of Reserved TPM 2.0 Handles: owner's indices. */
enum { HANDLE_FIRST = 0x01800000, HANDLE_COUNT = 0x00400000, HANDLES_TRIED = 64 };

static const TPMS_NV_PUBLIC index_template = {
	.nameAlg = TPM2_ALG_SHA256,
	.attributes = (TPMA_NV)TPM2_NT_EXTEND << TPMA_NV_TPM2_NT_SHIFT | TPMA_NV_AUTHREAD |
		      TPMA_NV_AUTHWRITE | TPMA_NV_NO_DA,
	.dataSize = DIGEST_SIZE,
};

struct reading {
	const struct tpm_index *index;
	const struct digest *token; /* when extending */
	enum tpm_index_answer answer;
	struct digest value;
};

/* -- an index in the library's hands ---------------------------------------------------------- */

struct handle {
	struct tpm *tpm;
	ESYS_TR index; /* ESYS_TR_NONE: absent */
};

static void handle_drop(struct handle *handle)
{
	if (handle->index == ESYS_TR_NONE)
		return;
	tpm_forget_password(handle->tpm, handle->index);
	(void)Esys_TR_Close(handle->tpm->esys, &handle->index);
	handle->index = ESYS_TR_NONE;
}
OWN_DEFINE_HELD(handle, handle_drop)

/* What the TPM says of an index is not proven here; whoever lies about it fails the session's
 * HMAC, which covers the index's Name. */
static enum err check_form(struct tpm *tpm, const struct handle *handle)
{
	TPM2B_NV_PUBLIC *found = NULL;
	bool is_ours;

	TRY(tpm_answer(tpm,
		       Esys_NV_ReadPublic(tpm->esys, handle->index, ESYS_TR_NONE, ESYS_TR_NONE,
					  ESYS_TR_NONE, &found, NULL),
		       "NV_ReadPublic"));
	is_ours = (found->nvPublic.attributes & ~TPMA_NV_WRITTEN) == index_template.attributes &&
		  found->nvPublic.nameAlg == index_template.nameAlg &&
		  found->nvPublic.dataSize == index_template.dataSize &&
		  found->nvPublic.authPolicy.size == 0;
	Esys_Free(found);
	return is_ours ? ERR_OK
		       : tpm_stands(tpm, err_note(ERR_TPM_REFUSED, "a foreign index is there"));
}

static enum err find(struct tpm *tpm, uint32_t number, struct handle *out_handle)
{
	TSS2_RC rc = Esys_TR_FromTPMPublic(tpm->esys, number, ESYS_TR_NONE, ESYS_TR_NONE,
					   ESYS_TR_NONE, &out_handle->index);

	if (tpm_plain_code(rc) == TPM2_RC_HANDLE) {
		out_handle->index = ESYS_TR_NONE;
		return ERR_OK;
	}
	return tpm_answer(tpm, rc, "NV_ReadPublic");
}

/* Absent, or of our form and ready to be asked with the password. */
static enum err find_ours(struct tpm *tpm, uint32_t number, const struct secret *auth,
			  struct handle *out_handle)
{
	TRY(find(tpm, number, out_handle));
	if (out_handle->index == ESYS_TR_NONE)
		return ERR_OK;
	TRY(check_form(tpm, out_handle));
	return tpm_set_password(tpm, out_handle->index, auth);
}

/* -- reading ---------------------------------------------------------------------------------- */

static enum err take_value(struct tpm *tpm, const TPM2B_MAX_NV_BUFFER *data,
			   struct digest *out_value)
{
	if (data->size != DIGEST_SIZE)
		return tpm_stands(
			tpm, err_note(ERR_TPM_FAULT, "the index has %d bytes", (int)data->size));
	memcpy(out_value->bytes, data->buffer, DIGEST_SIZE);
	return ERR_OK;
}

static enum err read_handle(struct tpm *tpm, const struct handle *handle, struct reading *reading)
{
	TPM2B_MAX_NV_BUFFER *data = NULL;
	TSS2_RC rc;
	enum err err;

	TRY(tpm_use_session(tpm, NULL, TPM_HIDES_ANSWER));
	rc = Esys_NV_Read(tpm->esys, handle->index, handle->index, tpm->session, ESYS_TR_NONE,
			  ESYS_TR_NONE, DIGEST_SIZE, 0, &data);
	reading->value = (struct digest){{0}};
	if (tpm_plain_code(rc) == TPM2_RC_NV_UNINITIALIZED) {
		reading->answer = TPM_INDEX_UNWRITTEN;
		return ERR_OK;
	}
	reading->answer = TPM_INDEX_WRITTEN;
	err = tpm_answer(tpm, rc, "NV_Read");
	if (err == ERR_OK)
		err = take_value(tpm, data, &reading->value);
	Esys_Free(data);
	return err;
}

static enum err read_index(struct tpm *tpm, void *work)
{
	AUTO_HELD(handle) handle = {tpm, ESYS_TR_NONE};
	struct reading *reading = work;

	TRY(find_ours(tpm, reading->index->handle, reading->index->auth, &handle));
	reading->answer = TPM_INDEX_ABSENT;
	return handle.index == ESYS_TR_NONE ? ERR_OK : read_handle(tpm, &handle, reading);
}

enum err tpm_index_read(const struct tpm_index *index, enum tpm_index_answer *out_answer,
			struct digest *out_value)
{
	struct reading reading = {.index = index};

	TPM_TURN(index->tpm);
	TRY(tpm_do(index->tpm, TPM_REPEATABLE, read_index, &reading));
	*out_answer = reading.answer;
	*out_value = reading.value;
	return ERR_OK;
}

/* -- extending -------------------------------------------------------------------------------- */

static enum err extend_index(struct tpm *tpm, void *work)
{
	AUTO_HELD(handle) handle = {tpm, ESYS_TR_NONE};
	TPM2B_MAX_NV_BUFFER data = {.size = DIGEST_SIZE};
	const struct reading *reading = work;

	TRY(find_ours(tpm, reading->index->handle, reading->index->auth, &handle));
	if (handle.index == ESYS_TR_NONE)
		return tpm_stands(tpm, ERR_TPM_INDEX_MISSING);
	TRY(tpm_use_session(tpm, NULL, TPM_HIDES_COMMAND));
	memcpy(data.buffer, reading->token->bytes, DIGEST_SIZE);
	return tpm_answer(tpm,
			  Esys_NV_Extend(tpm->esys, handle.index, handle.index, tpm->session,
					 ESYS_TR_NONE, ESYS_TR_NONE, &data),
			  "NV_Extend");
}

static enum err leads_to(const struct reading *reading, const struct digest *next)
{
	struct digest reached;

	if (reading->answer == TPM_INDEX_ABSENT)
		return ERR_TPM_INDEX_MISSING;
	digest_of_two(reading->value.bytes, DIGEST_SIZE, reading->token->bytes, DIGEST_SIZE,
		      &reached);
	return digest_equal(&reached, next)
		       ? ERR_OK
		       : err_note(ERR_TPM_REFUSED, "the index stands elsewhere");
}

/* Reading first also finds out whether connection and session live, so that the extension, which
 * is never repeated, does not fail for that. */
enum err tpm_index_extend(const struct tpm_index *index, const struct digest *token,
			  const struct digest *next)
{
	struct reading reading = {.index = index, .token = token};

	TPM_TURN(index->tpm);
	TRY(tpm_do(index->tpm, TPM_REPEATABLE, read_index, &reading));
	TRY(leads_to(&reading, next));
	TRY(tpm_do(index->tpm, TPM_ONCE, extend_index, &reading));
	TRY(tpm_do(index->tpm, TPM_REPEATABLE, read_index, &reading));
	return digest_equal(&reading.value, next)
		       ? ERR_OK
		       : err_note(ERR_TPM_FAULT, "the index went elsewhere");
}

/* -- making and removing ---------------------------------------------------------------------- */

enum place { PLACE_FREE, PLACE_OURS, PLACE_TAKEN };

struct choosing {
	const struct vault_id *vault;
	const struct secret *auth;
	uint32_t handle;
};

static uint32_t candidate(const struct vault_id *vault, uint32_t nth)
{
	uint32_t start =
		(uint32_t)vault->bytes[0] << 16 | (uint32_t)vault->bytes[1] << 8 | vault->bytes[2];

	return HANDLE_FIRST + (start + nth) % HANDLE_COUNT;
}

static enum err look_at(struct tpm *tpm, uint32_t number, const struct secret *auth,
			enum place *out_place)
{
	AUTO_HELD(handle) handle = {tpm, ESYS_TR_NONE};
	struct reading reading = {0};
	enum err err = find_ours(tpm, number, auth, &handle);

	if (err == ERR_OK && handle.index == ESYS_TR_NONE) {
		*out_place = PLACE_FREE;
		return ERR_OK;
	}
	if (err == ERR_OK)
		err = read_handle(tpm, &handle, &reading);
	*out_place = err == ERR_OK ? PLACE_OURS : PLACE_TAKEN;
	return err == ERR_TPM_REFUSED ? ERR_OK : err;
}

static enum err choose(struct tpm *tpm, void *work)
{
	struct choosing *choosing = work;

	for (uint32_t nth = 0; nth < HANDLES_TRIED; nth++) {
		enum place place = PLACE_TAKEN;

		choosing->handle = candidate(choosing->vault, nth);
		TRY(look_at(tpm, choosing->handle, choosing->auth, &place));
		if (place != PLACE_TAKEN)
			return ERR_OK;
	}
	return tpm_stands(tpm, ERR_TPM_FULL);
}

enum err tpm_index_choose(struct tpm *tpm, const struct vault_id *vault, const struct secret *auth,
			  uint32_t *out_handle)
{
	struct choosing choosing = {.vault = vault, .auth = auth};

	TPM_TURN(tpm);
	tpm_end_session(tpm); /* in a fresh one, a refused password is one, and no lost session */
	TRY(tpm_do(tpm, TPM_REPEATABLE, choose, &choosing));
	*out_handle = choosing.handle;
	return ERR_OK;
}

static enum err define(struct tpm *tpm, const struct tpm_index *index)
{
	TPM2B_NV_PUBLIC public_part = {.nvPublic = index_template};
	AUTO_HELD(handle) made = {tpm, ESYS_TR_NONE};
	TPM2B_AUTH password;
	TSS2_RC rc;

	TRY(tpm_use_session(tpm, NULL, TPM_HIDES_COMMAND));
	public_part.nvPublic.nvIndex = index->handle;
	tpm_password(index->auth, &password);
	rc = Esys_NV_DefineSpace(tpm->esys, ESYS_TR_RH_OWNER, tpm->session, ESYS_TR_NONE,
				 ESYS_TR_NONE, &password, &public_part, &made.index);
	secret_wipe(&password, sizeof password);
	tpm_forget_traffic(tpm);
	return tpm_owner_answer(tpm, rc, "NV_DefineSpace");
}

/* Repeated after a lost answer, it finds what it made. */
static enum err make(struct tpm *tpm, void *work)
{
	const struct tpm_index *index = work;
	enum place place = PLACE_TAKEN;

	TRY(look_at(tpm, index->handle, index->auth, &place));
	if (place == PLACE_TAKEN)
		return tpm_stands(tpm, err_note(ERR_TPM_REFUSED, "a foreign index is there"));
	return place == PLACE_OURS ? ERR_OK : define(tpm, index);
}

enum err tpm_index_make(const struct tpm_index *index)
{
	struct tpm_index copy = *index;

	TPM_TURN(index->tpm);
	tpm_end_session(index->tpm);
	return tpm_do(index->tpm, TPM_REPEATABLE, make, &copy);
}

static enum err undefine(struct tpm *tpm, void *work)
{
	AUTO_HELD(handle) handle = {tpm, ESYS_TR_NONE};
	struct reading *reading = work;

	TRY(find_ours(tpm, reading->index->handle, reading->index->auth, &handle));
	if (handle.index == ESYS_TR_NONE)
		return ERR_OK;
	TRY(read_handle(tpm, &handle, reading)); /* the password proves that it is ours */
	TRY(tpm_use_session(tpm, NULL, 0));
	TRY(tpm_owner_answer(tpm,
			     Esys_NV_UndefineSpace(tpm->esys, ESYS_TR_RH_OWNER, handle.index,
						   tpm->session, ESYS_TR_NONE, ESYS_TR_NONE),
			     "NV_UndefineSpace"));
	handle.index = ESYS_TR_NONE; /* the library has closed it */
	return ERR_OK;
}

enum err tpm_index_undefine(const struct tpm_index *index)
{
	struct reading reading = {.index = index};

	TPM_TURN(index->tpm);
	return tpm_do(index->tpm, TPM_REPEATABLE, undefine, &reading);
}
