/* anchor_nv.c - see anchor_nv.h */
#include "vault/keeper/anchor_nv.h"

#include "vault/keeper/tpm_index.h"

static struct tpm_index index_of(const struct anchor *anchor)
{
	return (struct tpm_index){anchor->tpm, anchor->nv_handle, anchor->nv_auth};
}

static enum err alarm_if_lost(enum err err)
{
	return err == ERR_TPM_REFUSED || err == ERR_TPM_INDEX_MISSING
		       ? err_note(ERR_ROLLED_BACK, "the TPM's index is another one, or elsewhere")
		       : err;
}

enum err anchor_nv_read(const struct anchor *anchor, enum anchor_answer *out_answer,
			struct digest *out_value)
{
	struct tpm_index index = index_of(anchor);
	enum tpm_index_answer answer = TPM_INDEX_ABSENT;
	struct digest value;

	TRY(alarm_if_lost(tpm_index_read(&index, &answer, &value)));
	if (answer == TPM_INDEX_ABSENT)
		return err_note(ERR_ROLLED_BACK, "the TPM's index is gone");
	*out_answer = answer == TPM_INDEX_WRITTEN ? ANCHOR_WRITTEN : ANCHOR_UNWRITTEN;
	*out_value = value;
	return ERR_OK;
}

enum err anchor_nv_move(const struct anchor *anchor, const struct digest *token,
			const struct digest *next)
{
	struct tpm_index index = index_of(anchor);

	return alarm_if_lost(tpm_index_extend(&index, token, next));
}
