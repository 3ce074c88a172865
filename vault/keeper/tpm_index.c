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

/* Reading first finds out whether connection and session live, so that the extension, which is
 * never repeated, does not fail for that. */
enum err tpm_index_extend(const struct tpm_index *index, const struct digest *token,
			  struct digest *out_value)
{
	struct reading reading = {.index = index, .token = token};

	TPM_TURN(index->tpm);
	TRY(tpm_do(index->tpm, TPM_REPEATABLE, read_index, &reading));
	if (reading.answer == TPM_INDEX_ABSENT)
		return ERR_TPM_INDEX_MISSING;
	TRY(tpm_do(index->tpm, TPM_ONCE, extend_index, &reading));
	TRY(tpm_do(index->tpm, TPM_REPEATABLE, read_index, &reading));
	*out_value = reading.value;
	return reading.answer == TPM_INDEX_WRITTEN ? ERR_OK : ERR_TPM_INDEX_MISSING;
}

/* -- making and removing ---------------------------------------------------------------------- */

struct defining {
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

static enum err define_at(struct tpm *tpm, const struct defining *defining, uint32_t number,
			  bool *out_is_taken)
{
	TPM2B_NV_PUBLIC public_part = {.nvPublic = index_template};
	AUTO_HELD(handle) made = {tpm, ESYS_TR_NONE};
	TPM2B_AUTH password;
	TSS2_RC rc;

	TRY(tpm_use_session(tpm, NULL, TPM_HIDES_COMMAND));
	public_part.nvPublic.nvIndex = number;
	tpm_password(defining->auth, &password);
	rc = Esys_NV_DefineSpace(tpm->esys, ESYS_TR_RH_OWNER, tpm->session, ESYS_TR_NONE,
				 ESYS_TR_NONE, &password, &public_part, &made.index);
	secret_wipe(&password, sizeof password);
	tpm_forget_traffic(tpm);
	*out_is_taken = tpm_plain_code(rc) == TPM2_RC_NV_DEFINED;
	return *out_is_taken ? ERR_OK : tpm_owner_answer(tpm, rc, "NV_DefineSpace");
}

static enum err is_ours(struct tpm *tpm, const struct defining *defining, uint32_t number,
			bool *out_is_ours, bool *out_is_absent)
{
	AUTO_HELD(handle) handle = {tpm, ESYS_TR_NONE};
	struct reading reading = {0};
	enum err err = find_ours(tpm, number, defining->auth, &handle);

	*out_is_ours = false;
	*out_is_absent = err == ERR_OK && handle.index == ESYS_TR_NONE;
	if (err == ERR_OK && !*out_is_absent)
		err = read_handle(tpm, &handle, &reading);
	*out_is_ours = err == ERR_OK && !*out_is_absent;
	return err == ERR_TPM_REFUSED ? ERR_OK : err;
}

/* One place: it is ours already, becomes ours, or is somebody else's. */
static enum err try_place(struct tpm *tpm, const struct defining *defining, uint32_t number,
			  bool *out_is_ours)
{
	bool is_absent = false;
	bool is_taken = false;

	TRY(is_ours(tpm, defining, number, out_is_ours, &is_absent));
	if (!is_absent)
		return ERR_OK;
	TRY(define_at(tpm, defining, number, &is_taken));
	*out_is_ours = !is_taken;
	return ERR_OK;
}

static enum err define(struct tpm *tpm, void *work)
{
	struct defining *defining = work;

	for (uint32_t nth = 0; nth < HANDLES_TRIED; nth++) {
		bool is_done = false;

		defining->handle = candidate(defining->vault, nth);
		TRY(try_place(tpm, defining, defining->handle, &is_done));
		if (is_done)
			return ERR_OK;
	}
	return tpm_stands(tpm, ERR_TPM_FULL);
}

enum err tpm_index_define(struct tpm *tpm, const struct vault_id *vault, const struct secret *auth,
			  uint32_t *out_handle)
{
	struct defining defining = {.vault = vault, .auth = auth};

	TPM_TURN(tpm);
	tpm_hang_up(tpm); /* so that a refused password is one, and no lost session */
	TRY(tpm_do(tpm, TPM_REPEATABLE, define, &defining));
	*out_handle = defining.handle;
	return ERR_OK;
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
